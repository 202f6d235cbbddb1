/**
 * Owns what a file of an import says, line by line: whether each line has its form, names only what stands above it, and comes in the order of the times. Every fault is a
 * sentence that names the field and never what stands in it.
 */
import { importFields, importLines, type ImportLine, type ImportLines } from "../../schema/operator/import.ts";
import { parseJson, parseWith } from "../../schema/wire/frames/parse.ts";

/** `repliedSender`: who sent the message that a reply names. */
export type Checked = { ok: true; line: ImportLine; repliedSender?: string } | { ok: false; fault: string };

type Happened = ImportLines["message"] | ImportLines["join"] | ImportLines["leave"];
type Type = keyof ImportLines;

type Talk = {
  kind: "dm" | "group";
  members: Set<string>;
  /** The time of the last line. */
  at: number;
  /** Who sent each message, by the number of the person. */
  said: Map<string, number>;
};

const types = Object.keys(importLines) as Type[];
const isType = (value: unknown): value is Type => types.includes(value as Type);
/** A key of a line is shown so far. */
const keyShown = 40;

export class FileCheck {
  readonly #people: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #handles = new Set<string>();
  readonly #talks = new Map<string, Talk>();
  /** Direct chats by their two: there is one per pair. */
  readonly #pairs = new Set<string>();

  take(text: string): Checked {
    const read = readLine(text);
    if (!read.ok) return read;
    const { line } = read;
    if (line.type === "person") return this.#person(line);
    return line.type === "conversation" ? this.#conversation(line) : this.#happened(line);
  }

  #person(line: ImportLines["person"]): Checked {
    if (this.#numbers.has(line.id)) return bad("id: a person of this id stands above");
    if (this.#handles.has(line.handle)) return bad("handle: a person above has it");
    this.#numbers.set(line.id, this.#people.push(line.id) - 1);
    this.#handles.add(line.handle);
    return { ok: true, line };
  }

  #conversation(line: ImportLines["conversation"]): Checked {
    if (this.#talks.has(line.id)) return bad("id: a conversation of this id stands above");
    const stranger = line.members.findIndex((id) => !this.#numbers.has(id));
    if (stranger !== -1) return bad(`members.${stranger}: nobody of this id stands above`);
    const members = new Set(line.members);
    if (line.createdAt > Date.now()) return bad("createdAt: is in the future");
    if (line.kind === "dm") {
      const pair = JSON.stringify([...members].toSorted());
      if (this.#pairs.has(pair)) return bad("members: the two have a direct chat above, and can have only one");
      this.#pairs.add(pair);
    }
    this.#talks.set(line.id, { kind: line.kind, members, at: line.createdAt, said: new Map() });
    return { ok: true, line };
  }

  #happened(line: Happened): Checked {
    const talk = this.#talks.get(line.conversation);
    if (talk === undefined) return bad("conversation: none of this id stands above");
    const timely = line.at >= talk.at;
    if (!timely) return bad("at: is before the line above it in this conversation, or before its createdAt");
    if (line.at > Date.now()) return bad("at: is in the future");
    const checked = line.type === "message" ? this.#message(line, talk) : this.#move(line, talk);
    if (checked.ok) talk.at = line.at;
    return checked;
  }

  #message(line: ImportLines["message"], talk: Talk): Checked {
    const { id, sender, replyTo, mentions = [], reactions = [] } = line;
    const number = this.#numbers.get(sender);
    if (number === undefined) return bad("sender: nobody of this id stands above");
    if (talk.kind === "dm" && !talk.members.has(sender)) return bad("sender: is not one of the two");
    if (talk.said.has(id)) return bad("id: a message of this conversation above has it");
    const replied = replyTo === undefined ? undefined : talk.said.get(replyTo);
    if (replyTo !== undefined && replied === undefined)
      return bad("replyTo: no message of this id stands above in this conversation");
    if (mentions.some((named) => !this.#numbers.has(named))) return bad("mentions: nobody of such an id stands above");
    if (reactions.some(({ by }) => by.some((named) => !this.#numbers.has(named))))
      return bad("reactions: nobody of such an id stands above");
    if (Math.max(line.editedAt ?? 0, line.unsentAt ?? 0) > Date.now())
      return bad(`${line.editedAt === undefined ? "unsentAt" : "editedAt"}: is in the future`);
    talk.said.set(id, number);
    const repliedSender = replied === undefined ? undefined : this.#people[replied];
    return { ok: true, line, ...(repliedSender === undefined ? {} : { repliedSender }) };
  }

  #move(line: ImportLines["join"] | ImportLines["leave"], { kind, members }: Talk): Checked {
    const { type, person } = line;
    if (kind === "dm") return bad(`type: nobody ${type === "join" ? "joins" : "leaves"} a direct chat`);
    if (!this.#numbers.has(person)) return bad("person: nobody of this id stands above");
    if (members.has(person) === (type === "join"))
      return bad(type === "join" ? "person: is a member already" : "person: is no member");
    if (type === "join") members.add(person);
    else members.delete(person);
    return { ok: true, line };
  }
}

function readLine(text: string): { ok: true; line: ImportLine } | { ok: false; fault: string } {
  const json = parseJson(text);
  if (!json.ok) return bad("is not valid JSON");
  const { value } = json;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return bad("is not a JSON object");
  const { type } = value as { type?: unknown };
  if (!isType(type)) return bad(`type: must be one of ${types.join(", ")}`);
  const strange = Object.keys(value).find((key) => !importFields[type].includes(key));
  if (strange !== undefined) return bad(`${JSON.stringify(strange.slice(0, keyShown))}: is no field of a ${type}`);
  const parsed = parseWith<ImportLine>(importLines[type], value);
  return parsed.ok ? { ok: true, line: parsed.value } : bad(parsed.refusal.detail);
}

function bad(fault: string): { ok: false; fault: string } {
  return { ok: false, fault };
}
