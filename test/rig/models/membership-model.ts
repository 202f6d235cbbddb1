/**
 * A model of a conversation that one person joins and leaves, and of its deliveries to that person's inbox: which rev the inbox has acknowledged, what
 * the next delivery holds, and what an answer changes, as in objects/conversation/fan-out/fan-out.ts. Tests lose, delay and repeat the calls and answers.
 */
import type { ArrivedFacts, ArrivedItem, ArrivedMessage, Arrival } from "../../../core/inbox/inbox.ts";
import { conversationId, epoch, type Rev, type Seq, type TimeMs } from "../../../schema/ids.ts";
import { me, others } from "./inbox-model.ts";

export type Happening = "send" | "mention" | "edit" | "unsend" | "title" | "join" | "leave";

type Membership = { joinedRev: Rev; joinedSeq: Seq; leftRev: Rev | null };
type Log = { item: ArrivedItem; headSeq: Seq; title: string };

const atOf = (rev: Rev): TimeMs => rev * 10;

export class Comings {
  readonly #log: Log[] = [];
  readonly #messages: (ArrivedMessage & { rev: Rev; createdRev: Rev })[] = [];
  readonly #isHistoryShown: boolean;
  #title = "0";
  #detailsRev: Rev = 1;
  membership: Membership = { joinedRev: 1, joinedSeq: 0, leftRev: null };
  /** The rev that the conversation believes the inbox to have. */
  acked: Rev = 0;

  constructor(isHistoryShown: boolean) {
    this.#isHistoryShown = isHistoryShown;
    this.#tell({ rev: 1, kind: "change", message: null });
  }

  get rev(): Rev {
    return this.#log.length;
  }

  get end(): Rev {
    return this.membership.leftRev ?? this.rev;
  }

  happen(happening: Happening): void {
    const rev = this.rev + 1;
    const isIn = this.membership.leftRev === null;
    switch (happening) {
      case "send":
      case "mention": {
        const seq = this.#messages.length + 1;
        const mentions = happening === "mention" && isIn ? [me] : [];
        const message = {
          seq,
          senderId: others[0] ?? me,
          sentAt: atOf(rev),
          preview: `text ${seq}`,
          isUnsent: false,
          mentions,
        };
        this.#messages.push({ ...message, rev, createdRev: rev });
        this.#tell({ rev, kind: "message", message });
        return;
      }
      case "edit":
      case "unsend": {
        const target = this.#messages.at(-1 - (rev % 3)) ?? this.#messages.at(-1);
        if (target === undefined || target.isUnsent) return;
        const isUnsent = happening === "unsend";
        const message = {
          ...target,
          rev,
          isUnsent,
          preview: isUnsent ? "" : `text ${target.seq} at ${rev}`,
          mentions: [],
        };
        this.#messages[target.seq - 1] = message;
        this.#tell({ rev, kind: "change", message });
        return;
      }
      case "title":
        this.#title = `${rev}`;
        this.#touchDetails();
        return;
      case "join":
        if (isIn) return;
        this.#touchDetails();
        this.membership = { joinedRev: rev, joinedSeq: this.#messages.length, leftRev: null };
        this.acked = rev - 1;
        return;
      case "leave":
        if (!isIn) return;
        this.#touchDetails();
        this.membership = { ...this.membership, leftRev: rev };
    }
  }

  #touchDetails(): void {
    this.#detailsRev = this.rev + 1;
    this.#tell({ rev: this.rev + 1, kind: "change", message: null });
  }

  #tell(item: ArrivedItem): void {
    this.#log.push({ item, headSeq: this.#messages.length, title: this.#title });
  }

  /** The delivery that would go out now, of at most so many revs; undefined where there is none. */
  delivery(revsMax: number, isStored: boolean): Arrival | undefined {
    const sinceRev = this.acked;
    const { joinedRev, joinedSeq, leftRev } = this.membership;
    if (sinceRev >= this.end) return undefined;
    const rev = Math.min(this.end, sinceRev + revsMax);
    const floor = this.#isHistoryShown ? 0 : joinedSeq;
    const items = this.#log.slice(sinceRev, rev).flatMap(({ item }): ArrivedItem[] => {
      if (item.message === null) return [item];
      if (item.message.seq <= floor) return [];
      const present = this.#messages[item.message.seq - 1];
      if (present === undefined || (present.isUnsent && !item.message.isUnsent)) return [];
      if (!isStored) return [item];
      return present.rev === item.rev ? [{ ...item, message: present }] : [];
    });
    const before = this.#messages[joinedSeq - 1];
    const isOver = leftRev !== null && rev === leftRev;
    const facts: ArrivedFacts = {
      kind: "group",
      mode: "small",
      title: this.#log[this.end - 1]?.title ?? "",
      peer: null,
      role: "member",
      hasLeft: isOver,
      joinedSeq,
      joinedRev,
    };
    return {
      conversationId: conversationId.parse("g_1"),
      epoch: epoch.parse("e"),
      sinceRev,
      rev,
      headSeq:
        isOver || rev === this.rev
          ? (this.#log[rev - 1]?.headSeq ?? 0)
          : Math.max(0, ...items.map((item) => item.message?.seq ?? 0)),
      at: atOf(this.end),
      facts: sinceRev < this.#detailsRev || sinceRev < joinedRev ? facts : null,
      items,
      read: joinedSeq,
      ...(sinceRev < joinedRev && leftRev === null ? { last: this.#isHistoryShown ? (before ?? null) : null } : {}),
    };
  }

  /** Takes an answer into `acked`; false where the same delivery would go out again. */
  answered(delivery: Arrival, rev: Rev): boolean {
    this.acked = Math.max(Math.min(rev, this.rev), this.membership.joinedRev - 1);
    return !(this.acked < delivery.rev && this.acked === delivery.sinceRev);
  }

  title(): string {
    return this.#log[this.end - 1]?.title ?? "";
  }

  /** The unread messages, by counting: others' messages of this membership. */
  unread(): number {
    if (this.membership.leftRev !== null) return 0;
    return this.#messages.filter((message) => message.seq > this.membership.joinedSeq && !message.isUnsent).length;
  }

  /** The last message that the row of a present member shows. */
  last(): { seq: Seq; preview: string } | undefined {
    const last = this.#messages.at(-1);
    if (last === undefined || (last.seq <= this.membership.joinedSeq && !this.#isHistoryShown)) return undefined;
    return { seq: last.seq, preview: last.preview };
  }

  /** Texts that came after the end of the membership. None of them may be in the inbox. */
  hidden(): string[] {
    const { leftRev } = this.membership;
    if (leftRev === null) return [];
    return [
      ...this.#messages.map((message) => message.preview),
      ...this.#log.slice(leftRev).map(({ title }) => title),
    ].filter((text) => text !== "" && text !== this.title());
  }
}
