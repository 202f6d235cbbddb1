/** Owns the lines of one conversation that were read and not brought yet. They go in order, one call at a time; different conversations go side by side. */
import type { ImportHappened, ImportLines } from "../../schema/operator/import.ts";
import type { Place } from "./place.ts";

export type Entry = { line: number; happened: ImportHappened; bytes: number };

export class Lane {
  readonly place: Place;
  readonly conversation: Omit<ImportLines["conversation"], "type">;
  /** Undefined until the server has answered it. */
  conversationId: string | undefined;
  /** The conversation itself was refused, and with it every line of it is. */
  isRefused = false;
  /** Of the first line that waits; undefined where none does. */
  begin: Place | undefined;
  entries: Entry[] = [];
  bytes = 0;
  /** The last call of this conversation, which the next one waits for. */
  tail: Promise<void> = Promise.resolve();

  constructor({ type: _type, ...conversation }: ImportLines["conversation"], place: Place) {
    this.conversation = conversation;
    this.place = place;
  }

  add(entry: Entry, place: Place): void {
    this.begin ??= place;
    this.entries.push(entry);
    this.bytes += entry.bytes;
  }

  take(): { entries: Entry[]; bytes: number; begin: Place } | undefined {
    const { entries, bytes, begin } = this;
    if (begin === undefined) return undefined;
    this.entries = [];
    this.bytes = 0;
    this.begin = undefined;
    return { entries, bytes, begin };
  }
}
