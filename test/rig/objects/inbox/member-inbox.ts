/** A conversation that delivers to one member as its object would, and a device of that member, for runs in which the member's object dies at any moment. */
import type { Delivery, DeliveryItem } from "../../../../objects/contract/delivery/delivery.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { outcomeOf } from "./crash.ts";
import { delivery, factsByHand, type Member } from "./inboxes.ts";
import type { Frame } from "../socket.ts";

type Message = { seq: number; senderId: UserId; isUnsent: boolean; isMention: boolean };
const other = "u_sender" as UserId;

/** The conversation, and the rev that it believes the member's inbox to have. */
export class DeliveringConversation {
  readonly id: ConversationId;
  readonly #member: Member;
  readonly #messages: Message[] = [];
  readonly #items: DeliveryItem[] = [];
  #read = 0;
  #acked = 0;
  /** The rev up to which calls were made; they need not be answered. */
  #sent = 0;
  readonly #calls = new Set<Promise<void>>();
  #window = 0;

  constructor(id: ConversationId, member: Member) {
    this.id = id;
    this.#member = member;
  }

  get rev(): number {
    return this.#items.length;
  }

  get isSettled(): boolean {
    return this.#acked === this.rev && this.#calls.size === 0;
  }

  send(isOwn: boolean, isMention: boolean): void {
    const seq = this.#messages.length + 1;
    this.#messages.push({ seq, senderId: isOwn ? this.#member.id : other, isUnsent: false, isMention });
    if (isOwn) this.#read = seq;
    this.#note("message", seq);
  }

  unsend(seq: number): void {
    const message = this.#messages[seq - 1];
    if (message === undefined || message.isUnsent) return;
    this.#messages[seq - 1] = { ...message, isUnsent: true, isMention: false };
    this.#note("change", seq);
  }

  /** A receipt takes no rev, so it rides with the next change. */
  read(upTo: number): void {
    this.#read = Math.max(this.#read, Math.min(upTo, this.#messages.length));
  }

  /** Makes a call with some of what was not sent yet, and does not wait for it. `isLost`: the call never arrives. */
  deliver(upTo: number, isLost = false): void {
    const rev = Math.min(this.rev, upTo);
    const sinceRev = this.#sent;
    if (rev <= sinceRev) return;
    this.#sent = rev;
    if (isLost) return;
    const window = this.#window;
    const call = outcomeOf(this.#member.calls.deliver(this.#delivery(sinceRev, rev))).then((answer) => {
      const isBehind = answer === "cut off" || answer.isFailed === true || answer.rev < sinceRev;
      if (answer !== "cut off") this.#acked = Math.max(this.#acked, answer.rev);
      // All calls of the window are void, so the answers to its other calls change nothing more.
      if (!isBehind || window !== this.#window) return;
      this.#window++;
      this.#sent = this.#acked;
    });
    this.#calls.add(call);
    void call.finally(() => this.#calls.delete(call));
  }

  /** Repeats the calls from the last answer on, until everything is answered. */
  async settle(): Promise<void> {
    for (let n = 0; !this.isSettled; n++) {
      if (n > 200) throw new Error(`still at ${this.#acked} of ${this.rev}`);
      await Promise.all(this.#calls);
      if (this.#acked < this.rev) {
        this.#sent = this.#acked;
        this.#window++;
        this.deliver(this.rev);
      }
    }
  }

  /** The numbers of the row, by counting. */
  numbers(): { unread: number; mentionsUnread: number; rev: number; read: number } {
    const unread = this.#messages.filter((one) => one.seq > this.#read && one.senderId === other && !one.isUnsent);
    const mentions = unread.filter((one) => one.isMention);
    return { unread: unread.length, mentionsUnread: mentions.length, rev: this.rev, read: this.#read };
  }

  #note(kind: "message" | "change", seq: number): void {
    const rev = this.rev + 1;
    const told = this.#messages[seq - 1];
    if (told === undefined) throw new Error(`no message ${seq}`);
    const { senderId, isUnsent, isMention } = told;
    const facts = {
      seq,
      senderId,
      sentAt: rev,
      preview: isUnsent ? "" : `text ${seq}`,
      isUnsent,
      mentions: isMention ? [this.#member.id] : [],
    };
    const message = JSON.stringify({ conversationId: this.id, seq, rev });
    const json = kind === "message" ? message : `"conversationId":"${this.id}","rev":${rev},"messages":[${message}]`;
    this.#items.push({ rev, kind, json, message: facts });
  }

  /** From the journal: a message that was changed in the stretch comes once, in its present state. */
  #delivery(sinceRev: number, rev: number): Delivery {
    const items = this.#items.slice(sinceRev, rev);
    const seqs = this.#items.slice(0, rev).map((item) => (item.kind === "message" ? (item.message?.seq ?? 0) : 0));
    return delivery(this.id, rev, {
      sinceRev,
      rev,
      items,
      headSeq: Math.max(0, ...seqs),
      at: rev,
      read: rev === this.rev ? this.#read : 0,
      facts: sinceRev === 0 ? factsByHand : null,
    });
  }
}

export type Folded = Pick<Summary, "unread" | "mentionsUnread" | "version"> & { rev: number };

/** A device that folds the frames that it receives, and resumes from the version that it has reached. */
export class FoldingDevice {
  readonly rows = new Map<string, Folded>();
  version = 0;
  epoch = "";

  /** Folds a frame; `seen` has what was sent for each version. Throws if a version falls, or if the device has to start anew. */
  fold(frame: Frame, seen: Map<number, string>): void {
    const known = this.version;
    if (frame.type === "hello") {
      this.epoch = frame["epoch"] as string;
      if ((frame["version"] as number) < known) throw new Error(`the hello fell from ${known}`);
    }
    // A page may bring nothing.
    if (frame.type === "inbox") this.#reach(frame["version"] as number, frame["more"] !== undefined);
    if (frame.type === "inbox") {
      if (frame["reset"] === true && known > 0) throw new Error(`made to start anew at ${known}`);
      for (const row of frame["conversations"] as Summary[]) this.#row(row, seen);
      return;
    }
    const numbers = frame["inbox"] as { version: number; unread: number; mentionsUnread: number } | undefined;
    if (numbers === undefined) return;
    this.#reach(numbers.version);
    const { conversationId, rev } = (frame["message"] ?? frame) as { conversationId: string; rev: number };
    note(seen, numbers.version, `${conversationId} ${rev} ${numbers.unread} ${numbers.mentionsUnread}`);
    this.rows.set(conversationId, { ...numbers, rev });
  }

  #row({ conversationId, version, unread, mentionsUnread, head }: Summary, seen: Map<number, string>): void {
    const known = this.rows.get(conversationId);
    note(seen, version, `${conversationId} ${head.rev} ${unread} ${mentionsUnread}`);
    if (known !== undefined && known.version > version)
      throw new Error(`a row fell from ${known.version} to ${version}`);
    this.rows.set(conversationId, { version, unread, mentionsUnread, rev: head.rev });
  }

  #reach(version: number, mayRest = false): void {
    if (version < this.version || (version === this.version && !mayRest))
      throw new Error(`the version went from ${this.version} to ${version}`);
    this.version = version;
  }
}

function note(seen: Map<number, string>, version: number, what: string): void {
  const earlier = seen.get(version);
  if (earlier !== undefined && earlier !== what)
    throw new Error(`version ${version} was "${earlier}" and is "${what}"`);
  seen.set(version, what);
}
