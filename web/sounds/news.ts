/** Owns which changes of an inbox are worth a sound: a message of somebody else's, in a chat that is not muted. Pure. */
import type { Summary } from "parley-sdk";

/** What is remembered of a row. */
interface Heard {
  readonly seq: number;
  readonly mentionsUnread: number;
}

/** Remembers the rows of an inbox. What it had before the first look, and what it learns while catching up, is no news. */
export class News {
  readonly #userId: string;
  #heard: ReadonlyMap<string, Heard> | undefined;

  constructor(userId: string) {
    this.#userId = userId;
  }

  /** Looks at all rows. Answers those with a new message that may sound; none with `isSilent`. */
  look(rows: readonly Summary[], now: number, isSilent: boolean): readonly Summary[] {
    const before = this.#heard;
    this.#heard = new Map(rows.map((row) => [row.conversationId, heardOf(row)]));
    if (before === undefined || isSilent) return [];
    return rows.filter((row) => this.#maySound(row, before.get(row.conversationId), now));
  }

  #maySound(row: Summary, before: Heard | undefined, now: number): boolean {
    const { lastMessage, mutedUntil, notify } = row;
    if (lastMessage === null || lastMessage.senderId === this.#userId || lastMessage.unsent) return false;
    if (row.request || row.left || (mutedUntil !== null && mutedUntil > now)) return false;
    if (lastMessage.seq <= (before?.seq ?? 0) || lastMessage.seq <= row.read) return false;
    return notify === "all" || (notify === "mentions" && row.mentionsUnread > (before?.mentionsUnread ?? 0));
  }
}

function heardOf({ lastMessage, mentionsUnread }: Summary): Heard {
  return { seq: lastMessage?.seq ?? 0, mentionsUnread };
}
