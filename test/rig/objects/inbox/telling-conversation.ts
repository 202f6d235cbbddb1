/** A large group that tells one member's inbox their row, as its object would, for runs in which the member's object dies at any moment. */
import type { DeliveryItem } from "../../../../objects/contract/delivery/delivery.ts";
import type { PulledRow } from "../../../../objects/contract/delivery/pulled-row.ts";
import { epoch, type ConversationId, type UserId } from "../../../../schema/ids.ts";
import { outcomeOf } from "./crash.ts";
import type { Member } from "./inboxes.ts";

type Message = {
  seq: number;
  senderId: UserId;
  rev: number;
  createdRev: number;
  isUnsent: boolean;
  isMention: boolean;
};
const other = "u_sender" as UserId;

export class TellingConversation {
  readonly id: ConversationId;
  readonly #member: Member;
  readonly #messages: Message[] = [];
  /** Seqs that are due to the member one by one, and since which rev. */
  readonly #due = new Map<number, number>();
  readonly #calls = new Set<Promise<void>>();
  /** Begun or ended memberships of anybody. */
  #memberships = 1;
  #membership = 1;
  #joinedSeq = 0;
  #joinedRev = 1;
  #left: PulledRow | undefined;
  #read = 0;
  rev = 0;
  /** What the member's inbox has, as far as answers say. */
  #told = { membership: 0, rev: 0, read: 0 };

  constructor(id: ConversationId, member: Member) {
    this.id = id;
    this.#member = member;
  }

  send(isOwn: boolean, isMention: boolean): void {
    const seq = this.#messages.length + 1;
    this.rev++;
    const senderId = isOwn && this.#left === undefined ? this.#member.id : other;
    this.#messages.push({ seq, senderId, rev: this.rev, createdRev: this.rev, isUnsent: false, isMention });
    if (this.#left !== undefined) return;
    if (senderId !== other) this.#read = seq;
    if (senderId !== other || isMention) this.#due.set(seq, this.rev);
  }

  unsend(seq: number): void {
    const message = this.#messages[seq - 1];
    if (message === undefined || message.isUnsent) return;
    this.rev++;
    const wasConcerned = message.isMention || message.senderId !== other;
    this.#messages[seq - 1] = { ...message, rev: this.rev, isUnsent: true, isMention: false };
    if (this.#left === undefined && wasConcerned && seq > this.#joinedSeq) this.#due.set(seq, this.rev);
  }

  /** A receipt takes no rev. */
  read(upTo: number): void {
    if (this.#left === undefined) this.#read = Math.max(this.#read, Math.min(upTo, this.#messages.length));
  }

  /** The member leaves, or comes back. Neither takes a rev. */
  turn(): void {
    this.#memberships += 3;
    if (this.#left === undefined) {
      const { rev, headSeq, at, ...row } = this.row();
      this.#membership = this.#memberships;
      const gone = { hasLeft: true, last: null, unread: 0, mentionsUnread: 0, membership: this.#membership };
      this.#left = { ...row, rev, headSeq, at, ...gone };
      this.#due.clear();
    } else {
      this.#left = undefined;
      this.#membership = this.#memberships;
      this.#joinedSeq = this.#read = this.#messages.length;
      this.#joinedRev = this.rev + 1;
    }
  }

  row(): PulledRow {
    if (this.#left !== undefined) return this.#left;
    const unread = this.#messages.filter((one) => one.seq > this.#read && one.senderId === other && !one.isUnsent);
    const last = this.#messages.at(-1);
    return {
      conversationId: this.id,
      epoch: epoch.parse("by-hand"),
      membership: this.#membership,
      rev: this.rev,
      headSeq: this.#messages.length,
      at: this.#messages.length,
      last: last === undefined || last.seq <= this.#joinedSeq ? null : this.#facts(last),
      kind: "group",
      mode: "large",
      title: "By hand",
      role: "member",
      hasLeft: false,
      joinedSeq: this.#joinedSeq,
      joinedRev: this.#joinedRev,
      read: this.#read,
      unread: unread.length,
      mentionsUnread: unread.filter((one) => one.isMention).length,
      requestBy: null,
    };
  }

  /** Tells the present state, with what is due or without, and does not wait. `delayed`: the state is from now, and the call is made when that resolves. */
  tell(hasItems: boolean, delayed: Promise<unknown> = Promise.resolve()): void {
    const row = this.row();
    const items = hasItems ? this.#items() : [];
    const call = delayed
      .then(() => outcomeOf(this.#member.calls.deliverRow({ row, items })))
      .then((answer) => {
        if (answer === "cut off" || answer.isFailed === true) return;
        this.#noteTold(row, hasItems);
      });
    this.#calls.add(call);
    void call.finally(() => this.#calls.delete(call));
  }

  /** Tells until everything is confirmed. */
  async settle(): Promise<void> {
    for (let n = 0; ; n++) {
      await Promise.all(this.#calls);
      const { membership, rev, read } = this.row();
      const { membership: toldMembership, rev: toldRev, read: toldRead } = this.#told;
      if (membership === toldMembership && rev === toldRev && read === toldRead && this.#due.size === 0) return;
      if (n > 200) throw new Error("the inbox is never told");
      this.tell(true);
    }
  }

  #noteTold({ membership, rev, read }: PulledRow, hadItems: boolean): void {
    if (hadItems) for (const [seq, since] of this.#due) if (since <= rev) this.#due.delete(seq);
    const told = this.#told;
    const isLater =
      membership > told.membership || (membership === told.membership && (rev > told.rev || read > told.read));
    if (isLater) this.#told = { membership, rev, read };
  }

  #items(): DeliveryItem[] {
    const messages = [...this.#due.keys()].flatMap((seq) => this.#messages[seq - 1] ?? []);
    return messages
      .sort((a, b) => a.rev - b.rev)
      .map((one): DeliveryItem => {
        const { seq, rev, createdRev } = one;
        const json = JSON.stringify({ conversationId: this.id, seq, rev });
        return rev === createdRev
          ? { rev, kind: "message", json, message: this.#facts(one) }
          : {
              rev,
              kind: "change",
              json: `"conversationId":"${this.id}","rev":${rev},"messages":[${json}]`,
              message: this.#facts(one),
            };
      });
  }

  #facts({ seq, senderId, isUnsent, isMention, createdRev }: Message) {
    const mentions = isMention ? [this.#member.id] : [];
    return { seq, senderId, sentAt: createdRev, preview: isUnsent ? "" : `text ${seq}`, isUnsent, mentions };
  }
}
