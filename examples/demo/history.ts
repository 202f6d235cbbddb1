/** Owns the demo's past: the story as lines of an import file (docs/import.md), with times that end today. */
import { type Chat, chats, newcomer, password, people, type Person, readers } from "./story.ts";

const dayMs = 86_400_000;
const lineMs = 120_000;

type Line = Record<string, unknown>;

/** The whole file. `now` decides which day is today. */
export function historyFile(now: number): string {
  const lines = [...personLines(), ...chats.flatMap((chat) => chatLines(chat, now))];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function personLines(): Line[] {
  const line = ({ id, handle, name, bio }: Person): Line => ({
    type: "person",
    id,
    handle,
    name,
    ...(bio === "" ? {} : { bio }),
  });
  return [...[newcomer, ...people].map((person) => ({ ...line(person), password })), ...readers.map(line)];
}

function chatLines({ id, kind, title, members, lines }: Chat, now: number): Line[] {
  const messages: Line[] = [];
  let at = 0;
  for (const [index, text] of lines.entries()) {
    const line = lineOf(text);
    // Nothing is in the future, and time does not go back: what would is a little after the line above.
    const due = line.at === null ? at + lineMs : startOfDay(now) - line.at.days * dayMs + line.at.ms;
    at = Math.max(at + 1, Math.min(due, now - (lines.length - index) * 1_000));
    messages.push({
      type: "message",
      conversation: id,
      id: String(index + 1),
      sender: line.sender,
      at,
      text: line.text.replaceAll(/@([a-z]+)/g, (whole, name: string) => {
        const person = personOf(name);
        return person === undefined ? whole : `@${person.handle}`;
      }),
      ...(line.replyTo === null ? {} : { replyTo: line.replyTo }),
      ...mentionsOf(line.text),
      ...(line.reactions.length === 0 ? {} : { reactions: line.reactions }),
    });
  }
  const createdAt = Number(messages[0]?.["at"] ?? now) - 60_000;
  const head = { type: "conversation", kind, id, createdAt, members: [...members] };
  return [title === undefined ? head : { ...head, title }, ...messages];
}

interface Script {
  readonly at: { days: number; ms: number } | null;
  readonly sender: string;
  readonly text: string;
  readonly replyTo: string | null;
  readonly reactions: readonly { emoji: string; by: string[] }[];
}

function lineOf(script: string): Script {
  const match = /^(?:(\d+) (\d\d):(\d\d) )?([a-z]+): (?:<< (\d+) )?(.*?)(?: \+(\S+) ([a-z,]+))?$/s.exec(script);
  if (match === null) throw new Error(`This is no line of the demo's story: ${script}`);
  const [, days, hours, minutes, sender = "", replyTo = null, text = "", emoji, by] = match;
  return {
    at: days === undefined ? null : { days: Number(days), ms: (Number(hours) * 60 + Number(minutes)) * 60_000 },
    sender,
    text,
    replyTo,
    reactions: emoji === undefined ? [] : [{ emoji, by: (by ?? "").split(",") }],
  };
}

function mentionsOf(text: string): { mentions?: string[] } {
  const mentions = [...text.matchAll(/@([a-z]+)/g)].flatMap(([, name = ""]) => personOf(name)?.id ?? []);
  return mentions.length === 0 ? {} : { mentions };
}

function personOf(name: string): Person | undefined {
  return [newcomer, ...people].find(({ id }) => id === name);
}

function startOfDay(at: number): number {
  return Math.floor(at / dayMs) * dayMs;
}
