/** A conversation as a list of changes, the deliveries that may be made of it, and the numbers of an inbox, counted from that list. */
import type { ArrivedItem, ArrivedMessage, Arrival, DeliveryDecision } from "../../../core/inbox/inbox.ts";
import { type Mark, type MarkCounts, type Marks, noMark } from "../../../core/inbox/inbox-marks.ts";
import { conversationId, epoch, type Seq, userId } from "../../../schema/ids.ts";

export const me = userId.parse("u_me");
export const others = [userId.parse("u_ana"), userId.parse("u_bo")];

/** Marks as a store keeps them. */
export class KeptMarks implements Marks {
  readonly #marks: ReadonlyMap<Seq, Mark>;

  constructor(marks: ReadonlyMap<Seq, Mark> = new Map()) {
    this.#marks = marks;
  }

  of(seq: Seq): Mark {
    return this.#marks.get(seq) ?? noMark;
  }

  count(after: Seq, upTo: Seq): MarkCounts {
    const marks = [...this.#marks].flatMap(([seq, mark]) => (seq > after && seq <= upTo ? [mark] : []));
    return {
      unsent: marks.filter((mark) => mark.isUnsent).length,
      mentions: marks.filter((mark) => mark.isMention).length,
    };
  }

  after({ row, marks, begins }: Extract<DeliveryDecision, { do: "apply" }>): KeptMarks {
    if (begins || row.hasLeft) return new KeptMarks(marks);
    return new KeptMarks(new Map([...this.#marks, ...marks].filter(([seq]) => seq > row.read)));
  }
}

/** The events: each takes one rev, except reading, which takes none. `who` 0 is the reader, `target` chooses a message. */
export type Happening =
  | { do: "send"; who: number; isMention: boolean }
  | { do: "edit" | "unsend"; target: number; isMention: boolean }
  | { do: "notice" }
  | { do: "read"; upTo: number };

type Stored = ArrivedMessage & { createdRev: number; rev: number };
type Log = { item: ArrivedItem; at: number; read: number };

export class Story {
  readonly #log: Log[] = [];
  readonly #messages: Stored[] = [];
  read = 0;

  constructor(happenings: readonly Happening[]) {
    for (const happening of happenings) this.#happen(happening);
  }

  get rev(): number {
    return this.#log.length;
  }

  get headSeq(): number {
    return this.#messages.length;
  }

  #happen(happening: Happening): void {
    const rev = this.rev + 1;
    switch (happening.do) {
      case "send": {
        const senderId = happening.who === 0 ? me : (others[(happening.who - 1) % others.length] ?? me);
        const seq = this.headSeq + 1;
        const mentions = happening.isMention ? [me] : [];
        const message = {
          seq,
          senderId,
          sentAt: rev * 10,
          preview: `${seq}`,
          isUnsent: false,
          mentions,
          createdRev: rev,
          rev,
        };
        this.#messages.push(message);
        if (senderId === me) this.read = seq;
        this.#tell({ rev, kind: "message", message });
        return;
      }
      case "edit":
      case "unsend": {
        const target = this.#messages[happening.target % Math.max(1, this.headSeq)];
        if (target === undefined || target.isUnsent) return;
        const isUnsent = happening.do === "unsend";
        const changed = {
          ...target,
          rev,
          isUnsent,
          preview: isUnsent ? "" : `${target.seq} at ${rev}`,
          mentions: !isUnsent && happening.isMention ? [me] : [],
        };
        this.#messages[target.seq - 1] = changed;
        this.#tell({ rev, kind: "change", message: changed });
        return;
      }
      case "notice":
        this.#tell({ rev, kind: "change", message: null });
        return;
      case "read":
        this.read = Math.max(this.read, Math.min(happening.upTo, this.headSeq));
    }
  }

  #tell(item: ArrivedItem): void {
    this.#log.push({ item, at: item.rev * 10, read: this.read });
  }

  /**
   * The delivery of `(sinceRev, rev]`: from memory, in the form of that time, or from the store, each message once at its last rev.
   * The watermark is the present one or the one of that time; both occur.
   */
  arrival(
    sinceRev: number,
    rev: number,
    { isStored, isReadLate }: { isStored: boolean; isReadLate: boolean },
  ): Arrival {
    const covered = this.#log.slice(sinceRev, rev);
    const items = isStored
      ? this.#storedItems(sinceRev, rev)
      : covered.filter(({ item }) => !this.#isForgotten(item)).map(({ item }) => item);
    const end = this.#log[rev - 1];
    const seqs = items.map((item) => item.message?.seq ?? 0);
    // Messages that this delivery does not bring do not count as known.
    const headSeq = rev === this.rev ? this.headSeq : Math.max(0, ...seqs);
    return {
      conversationId: conversationId.parse("g_1"),
      epoch: epoch.parse("e"),
      sinceRev,
      rev,
      headSeq,
      at: rev === this.rev ? rev * 10 : (end?.at ?? 0),
      facts:
        sinceRev === 0
          ? {
              kind: "group",
              mode: "small",
              title: "t",
              peer: null,
              role: "member",
              hasLeft: false,
              joinedSeq: 0,
              joinedRev: 1,
            }
          : null,
      items,
      read: isReadLate ? this.read : (end?.read ?? 0),
    };
  }

  #storedItems(sinceRev: number, rev: number): ArrivedItem[] {
    return this.#log.slice(sinceRev, rev).flatMap(({ item }): ArrivedItem[] => {
      if (item.message === null) return [item];
      const present = this.#messages[item.message.seq - 1];
      if (present === undefined || present.rev !== item.rev) return [];
      return present.createdRev === item.rev ? [{ rev: item.rev, kind: "message", message: present }] : [item];
    });
  }

  /** A text that was unsent is not delivered from memory either. */
  #isForgotten(item: ArrivedItem): boolean {
    return item.message !== null && !item.message.isUnsent && this.#messages[item.message.seq - 1]?.isUnsent === true;
  }

  /** The unread messages, by counting. */
  unread(): number {
    return this.#unreadMessages().length;
  }

  mentionsUnread(): number {
    return this.#unreadMessages().filter((message) => message.mentions.includes(me)).length;
  }

  #unreadMessages(): Stored[] {
    return this.#messages.filter((message) => message.seq > this.read && message.senderId !== me && !message.isUnsent);
  }

  last(): Stored | undefined {
    return this.#messages.at(-1);
  }
}
