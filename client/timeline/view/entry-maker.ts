/** Owns the entries of a timeline: one for each state of what it shows, so that what did not change is the same object. */
import type { Rev, Seq } from "../../../schema/ids.ts";
import type { Message, Notice } from "../../../schema/wire/message.ts";
import type { PendingMessage, TimelineEntry } from "../../contract/conversation/conversation.ts";

/** More holes than a conversation shows at a time. */
const holesMax = 100;

/** Entries are made once for each state of a message, so that what did not change is the same object. */
export class EntryMaker {
  readonly #holes = new Map<Seq, TimelineEntry & { kind: "hole" }>();
  readonly #entries = new WeakMap<object, TimelineEntry>();
  readonly #userId: string;

  constructor(userId: string) {
    this.#userId = userId;
  }

  message(message: Message): TimelineEntry {
    return this.#once(message, () => {
      const isOwn = message.senderId === this.#userId;
      // An own message keeps the key that it had while it was pending.
      const key = isOwn ? keyOfPending(message.clientId) : `m:${message.seq}`;
      return { kind: "message", key, message, isOwn };
    });
  }

  notice(notice: Notice): TimelineEntry {
    return this.#once(notice, () => ({ kind: "notice", key: `n:${notice.rev}`, notice }));
  }

  pending(pending: PendingMessage): TimelineEntry {
    return this.#once(pending, () => ({ kind: "pending", key: keyOfPending(pending.clientId), pending }));
  }

  hole(after: Seq, before: Seq): TimelineEntry {
    const known = this.#holes.get(after);
    if (known?.hole.before === before) return known;
    if (this.#holes.size >= holesMax) this.#holes.clear();
    const entry = { kind: "hole", key: `h:${after}`, hole: { after, before } } as const;
    this.#holes.set(after, entry);
    return entry;
  }

  cut(cut: { readonly rev: Rev }): TimelineEntry {
    return this.#once(cut, () => ({ kind: "cut", key: `x:${cut.rev}` }));
  }

  #once(of: object, make: () => TimelineEntry): TimelineEntry {
    const known = this.#entries.get(of);
    if (known !== undefined) return known;
    const made = make();
    this.#entries.set(of, made);
    return made;
  }
}

function keyOfPending(clientId: string): string {
  return `c:${clientId}`;
}
