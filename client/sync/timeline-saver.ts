/** Owns when a timeline is written to its cache: a little after a change, one write after the other. */
import type { Message } from "../../schema/wire/message.ts";
import type { Clock } from "../contract/platform.ts";
import type { Beside, ConversationCache } from "../storage/conversation-cache.ts";
import type { Timeline } from "../timeline/timeline.ts";

const saveAfterMs = 50;

export interface TimelineSaverParts {
  readonly clock: Clock;
  readonly cache: ConversationCache;
  readonly timeline: Timeline;
  /** What is stored beside the timeline. */
  readonly beside: () => Beside;
  /** What is held has been stored; these messages were written for it. */
  readonly onSaved: (messages: Iterable<Message>) => void;
  /** A write has ended, whether storage has taken it or not. */
  readonly onEnded: () => void;
}

export class TimelineSaver {
  readonly #parts: TimelineSaverParts;
  #cancelSave: (() => void) | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(parts: TimelineSaverParts) {
    this.#parts = parts;
  }

  /** What changes until then is written together. */
  soon(): void {
    this.#cancelSave ??= this.#parts.clock.after(saveAfterMs, () => void this.flush());
  }

  /** Writes what is not stored yet. */
  async flush(): Promise<void> {
    const { cache, timeline, beside, onSaved, onEnded } = this.#parts;
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    this.#saving = this.#saving
      .then(() => cache.save(timeline, beside()))
      .then(onSaved, () => undefined)
      .then(onEnded);
    await this.#saving;
  }

  /** Resolves when what is held now is stored, or storage has refused it. */
  async stored(): Promise<void> {
    await (this.#cancelSave === undefined ? this.#saving : this.flush());
  }

  /** Writes what a timer would have written. */
  close(): void {
    if (this.#cancelSave !== undefined) void this.flush();
  }
}
