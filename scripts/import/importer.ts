/**
 * Owns bringing a file to a server: line by line, in bounded memory but for the ids of its messages, the conversations side by side. The server knows every line that it has stored, so this may be killed at any moment and started again.
 */
import { setImmediate as turn } from "node:timers/promises";
import {
  importConversationDone,
  importDone,
  type ImportHappened,
  type ImportLine,
  importPeopleDone,
  type ImportPerson,
} from "../../schema/operator/import.ts";
import { Slots } from "../../core/slots.ts";
import { batches } from "../../schema/limits.ts";
import { linesOf } from "../export/lines.ts";
import { type Checked, FileCheck } from "./file-check.ts";
import { type Entry, Lane } from "./lane.ts";
import { type OperatorDoor, Stopped } from "./operator-door.ts";
import { beginning, type Place, type PlaceFile } from "./place.ts";

/** Of one call: well below what a body may hold, for JSON grows when it is written anew. */
const callBytesMax = 600_000;
const callLinesMax = 500;
const callsAtOnce = 4;
/** Of lines that were read and not brought yet. */
const heldBytesMax = 16_777_216;
/** A conversation with few lines holds back the place in the file no longer than this. */
const behindBytesMax = 8_388_608;
const placeEveryMs = 1_000;

export type Counts = { people: number; conversations: number; stored: number; known: number; skipped: number };
export type Progress = Counts & Place;

export type ImportOptions = {
  file: string;
  door: OperatorDoor;
  /** Undefined for the standard input, which cannot be read again. */
  placeFile: PlaceFile | undefined;
  skipsBad: boolean;
  /** Begins at the first line, whatever was brought before. */
  isAgain: boolean;
  /** Leaves the conversations closed, so that another file can bring more. */
  keepsClosed: boolean;
  onBad: (line: number, fault: string) => void;
  onProgress?: (progress: Progress) => void;
};

/** A line is wrong, and lines that are wrong are not skipped. What stands before it is brought, if it was not the server that refused it. */
export class BadLine extends Error {
  readonly line: number;

  constructor(line: number, fault: string) {
    super(`line ${line}: ${fault}`);
    this.line = line;
  }
}

export class Importer {
  readonly #options: ImportOptions;
  readonly #check = new FileCheck();
  readonly #counts: Counts = { people: 0, conversations: 0, stored: 0, known: 0, skipped: 0 };
  readonly #lanes = new Map<string, Lane>();
  readonly #slots = new Slots(callsAtOnce);
  /** Where calls that are under way begin. */
  readonly #underWay = new Set<Place>();
  readonly #calls = new Set<Promise<void>>();
  #people: { place: Place; person: ImportPerson }[] = [];
  #arePeopleUnderWay = false;
  #at: Place = beginning;
  #heldBytes = 0;
  #fault: Error | undefined;
  #placedAt = 0;

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  /** Throws `BadLine` or `Stopped`; what was stored before stays so, and the next run goes on there. */
  async run(): Promise<Counts> {
    const { file, placeFile, isAgain, keepsClosed } = this.#options;
    const from = isAgain || placeFile === undefined ? beginning : placeFile.read();
    let stop: BadLine | undefined;
    try {
      for await (const read of linesOf(file)) {
        if (this.#fault !== undefined) break;
        const place = this.#at;
        const checked = "fault" in read ? read : read.text.trim() === "" ? undefined : this.#check.take(read.text);
        const isNew = place.offset >= from.offset;
        if (isNew && checked !== undefined && "fault" in checked && !this.#options.skipsBad) {
          stop = new BadLine(place.line, checked.fault);
          break;
        }
        this.#at = { offset: place.offset + read.bytes, line: place.line + 1 };
        if (checked !== undefined && isNew) await this.#take(checked, place, read.bytes);
        else if (checked !== undefined) this.#reread(checked, place);
        await this.#pace(from);
      }
      if (this.#fault === undefined) await this.#end(stop !== undefined || keepsClosed);
    } catch (error) {
      this.#fault ??= asError(error);
    }
    await this.#settled();
    if (this.#at.offset >= from.offset) this.#keepPlace(true);
    const fault = this.#fault ?? stop;
    if (fault !== undefined) throw fault;
    return this.#counts;
  }

  /** Brings all that was read. */
  async #end(staysClosed: boolean): Promise<void> {
    await this.#flushPeople();
    for (const lane of this.#lanes.values()) this.#flush(lane);
    await this.#settled();
    if (staysClosed || this.#fault !== undefined) return;
    const end = this.#at;
    for (const lane of this.#lanes.values()) if (!lane.isRefused) this.#call(lane, end, () => this.#open(lane));
    await this.#settled();
  }

  async #settled(): Promise<void> {
    while (this.#calls.size > 0) await Promise.all(this.#calls);
  }

  /** What lies before the place is stored. It is read for what the lines behind it name. */
  #reread(checked: Checked | { fault: string }, place: Place): void {
    if ("line" in checked && checked.line.type === "conversation")
      this.#lanes.set(checked.line.id, new Lane(checked.line, place));
  }

  async #take(checked: Checked | { fault: string }, place: Place, bytes: number): Promise<void> {
    if (!("line" in checked)) return this.#bad(place.line, checked.fault);
    const { line, repliedSender } = checked;
    if (line.type === "person") {
      const { type: _, ...person } = line;
      this.#people.push({ place, person });
      const withPassword = this.#people.filter(({ person: { password } }) => password !== undefined).length;
      if (this.#people.length >= batches.importPeople || withPassword >= batches.importPasswords) this.#sendPeople();
      return;
    }
    // What comes behind people may name them.
    await this.#flushPeople();
    if (line.type === "conversation") {
      const lane = new Lane(line, place);
      this.#lanes.set(line.id, lane);
      this.#call(lane, place, async () => void (await this.#idOf(lane)));
      return;
    }
    const lane = this.#lanes.get(line.conversation);
    if (lane === undefined) return this.#bad(place.line, "conversation: none of this id stands above");
    lane.add({ line: place.line, happened: happenedOf(line, repliedSender), bytes }, place);
    this.#heldBytes += bytes;
    if (lane.entries.length >= callLinesMax || lane.bytes >= callBytesMax) this.#flush(lane);
  }

  /** The server's id of a conversation, which is founded by this where it is not there. Undefined where it was refused. */
  async #idOf(lane: Lane): Promise<string | undefined> {
    if (lane.conversationId !== undefined || lane.isRefused) return lane.conversationId;
    const answer = await this.#options.door.ask({ do: "conversation", conversation: lane.conversation });
    if (answer.ok) {
      lane.conversationId = importConversationDone.parse(answer.body).conversationId;
      this.#counts.conversations++;
    } else {
      lane.isRefused = true;
      this.#bad(lane.place.line, answer.problem.detail);
    }
    return lane.conversationId;
  }

  #flush(lane: Lane): void {
    const taken = lane.take();
    if (taken === undefined) return;
    this.#call(lane, taken.begin, () => this.#sendLines(lane, taken.entries), taken.bytes);
  }

  async #sendLines(lane: Lane, entries: readonly Entry[]): Promise<void> {
    const conversationId = await this.#idOf(lane);
    if (conversationId === undefined) {
      for (const { line } of entries) this.#bad(line, "conversation: was refused");
      return;
    }
    const lines = entries.map(({ happened }) => happened);
    const done = await this.#done({ do: "history", conversationId, skipsFaults: this.#options.skipsBad, lines });
    this.#counts.stored += done.stored;
    this.#counts.known += done.known;
    for (const { index, detail } of done.faults) this.#bad(entries[index]?.line ?? 0, detail);
  }

  async #open(lane: Lane): Promise<void> {
    const conversationId = await this.#idOf(lane);
    if (conversationId !== undefined) await this.#done({ do: "open", conversationId });
  }

  async #done(batch: object): Promise<ReturnType<typeof importDone.parse>> {
    const answer = await this.#options.door.ask(batch);
    if (!answer.ok) throw new Stopped(`The server refuses to go on: ${answer.problem.detail}.`);
    return importDone.parse(answer.body);
  }

  #sendPeople(): void {
    const people = this.#people;
    const [first] = people;
    if (first === undefined) return;
    this.#people = [];
    this.#arePeopleUnderWay = true;
    this.#call(undefined, first.place, async () => {
      const answer = await this.#options.door.ask({ do: "people", people: people.map(({ person }) => person) });
      if (!answer.ok) throw new Stopped(`line ${first.place.line} and others: ${answer.problem.detail}.`);
      const done = importPeopleDone.parse(answer.body);
      this.#counts.people += done.stored;
      for (const { index, detail } of done.faults) this.#bad(people[index]?.place.line ?? 0, detail);
    });
  }

  async #flushPeople(): Promise<void> {
    this.#sendPeople();
    if (!this.#arePeopleUnderWay) return;
    await this.#settled();
    this.#arePeopleUnderWay = false;
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** A call begins when the one before it of the same conversation has ended. After a fault none begins. */
  #call(lane: Lane | undefined, begin: Place, work: () => Promise<void>, bytes = 0): void {
    const mark = { ...begin };
    this.#underWay.add(mark);
    const before = lane?.tail ?? Promise.resolve();
    const own = before
      .then(() =>
        this.#slots.run(async () => {
          if (this.#fault !== undefined) return;
          try {
            await work();
            this.#underWay.delete(mark);
          } catch (error) {
            // The place stays before this call, which is repeated by the next run.
            this.#fault ??= asError(error);
          }
        }),
      )
      .finally(() => {
        this.#heldBytes -= bytes;
        this.#calls.delete(own);
      });
    if (lane !== undefined) lane.tail = own;
    this.#calls.add(own);
  }

  /** Reading waits while too much is in memory. Then the lines that the place waits for are brought. */
  async #pace(from: Place): Promise<void> {
    while (this.#heldBytes > heldBytesMax && this.#fault === undefined) {
      if (this.#calls.size === 0) for (const lane of this.#lanes.values()) this.#flush(lane);
      await Promise.race(this.#calls);
    }
    if (this.#at.line % 256 !== 0) return;
    await turn();
    if (this.#at.offset >= from.offset) this.#keepPlace(false);
  }

  #keepPlace(isLast: boolean): void {
    if (!isLast && Date.now() - this.#placedAt < placeEveryMs) return;
    this.#placedAt = Date.now();
    for (const lane of this.#lanes.values())
      if (!isLast && lane.begin !== undefined && this.#at.offset - lane.begin.offset > behindBytesMax)
        this.#flush(lane);
    const waiting = [...this.#lanes.values()].flatMap(({ begin }) => begin ?? []);
    const marks = [...this.#underWay, ...waiting, ...this.#people.slice(0, 1).map(({ place }) => place)];
    const place = marks.reduce((least, mark) => (mark.offset < least.offset ? mark : least), this.#at);
    this.#options.placeFile?.write(place);
    this.#options.onProgress?.({ ...this.#counts, ...this.#at });
  }

  #bad(line: number, fault: string): void {
    if (!this.#options.skipsBad) throw new BadLine(line, fault);
    this.#counts.skipped++;
    this.#options.onBad(line, fault);
  }
}

/** As the door takes it: the conversation stands once, for all lines of a call. */
function happenedOf(line: Exclude<ImportLine, { type: "person" | "conversation" }>, sender?: string): ImportHappened {
  const { conversation: _, ...happened } = line;
  if (happened.type !== "message") return happened;
  const { replyTo, ...message } = happened;
  return replyTo === undefined || sender === undefined ? message : { ...message, replyTo: { id: replyTo, sender } };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
