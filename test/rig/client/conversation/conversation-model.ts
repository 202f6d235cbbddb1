/** A small model of a conversation on the server. Tests compare what a client has folded with it. */
import { clientId, conversationId, userId } from "../../../../schema/ids.ts";
import type { Message, Notice } from "../../../../schema/wire/message.ts";
import type { Stretch } from "../../../../client/timeline/stretch.ts";

export const modelConversation = conversationId.parse("c1");
export const modelUsers = ["ana", "bo", "cy"].map((id) => userId.parse(id));
type Bound = "newest" | { before: number } | { after: number } | { around: number };

export class ConversationModel {
  readonly #pageNoticesMax: number;
  readonly messages = new Map<number, Message>();
  readonly notices: Notice[] = [];
  readonly #createdRev = new Map<number, number>();
  /** The frames that were broadcast, by rev. */
  readonly frames: (Stretch & { readonly isNew: boolean })[] = [];
  rev = 0;
  seq = 0;

  /** `pageNoticesMax`: a page of messages with more notices leaves the older ones out. */
  constructor(pageNoticesMax = Infinity) {
    this.#pageNoticesMax = pageNoticesMax;
  }

  send(
    by: number,
    text = `text ${this.seq + 1}`,
    more: Partial<Pick<Message, "clientId" | "attachments">> = {},
  ): Message {
    this.rev++;
    this.seq++;
    const message: Message = {
      conversationId: modelConversation,
      seq: this.seq,
      rev: this.rev,
      senderId: this.#user(by),
      clientId: clientId.parse(`k${this.seq}`),
      text,
      sentAt: this.rev,
      editedAt: null,
      unsentAt: null,
      replyTo: null,
      mentions: [],
      reactions: [],
      attachments: [],
      hash: "",
      ...more,
    };
    this.#createdRev.set(this.seq, this.rev);
    this.#put(message, true);
    return message;
  }

  edit(seq: number): void {
    const message = this.messages.get(seq);
    if (message === undefined || message.unsentAt !== null) return;
    this.rev++;
    this.#put({ ...message, rev: this.rev, text: `${message.text}!`, editedAt: this.rev }, false);
  }

  unsend(seq: number): void {
    const message = this.messages.get(seq);
    if (message === undefined || message.unsentAt !== null) return;
    this.rev++;
    this.#put({ ...message, rev: this.rev, text: "", unsentAt: this.rev, reactions: [] }, false);
  }

  react(seq: number): void {
    const message = this.messages.get(seq);
    if (message === undefined || message.unsentAt !== null) return;
    this.rev++;
    const reactions = message.reactions.length > 0 ? [] : [{ emoji: "👍", count: 1, userIds: [this.#user(1)] }];
    this.#put({ ...message, rev: this.rev, reactions }, false);
  }

  notice(): void {
    this.rev++;
    const notice: Notice = {
      conversationId: modelConversation,
      rev: this.rev,
      afterSeq: this.seq,
      at: this.rev,
      by: this.#user(0),
      kind: "title_changed",
      title: `t${this.rev}`,
    };
    this.notices.push(notice);
    this.frames.push({ since: this.rev - 1, rev: this.rev, messages: [], notices: [notice], isNew: false });
  }

  /** The rev that a message had when the conversation was at `rev`; 0 if it was not there yet. */
  revAt(seq: number, rev: number): number {
    return Math.max(
      0,
      ...this.frames
        .filter((frame) => frame.rev <= rev && frame.messages.some((each) => each.seq === seq))
        .map((frame) => frame.rev),
    );
  }

  page(bound: Bound, limit: number) {
    let from = this.seq - limit + 1;
    let to = this.seq;
    if (bound !== "newest") {
      if ("before" in bound) [from, to] = [bound.before - limit, bound.before - 1];
      else if ("after" in bound) [from, to] = [bound.after + 1, bound.after + limit];
      else [from, to] = [bound.around - Math.floor(limit / 2), bound.around + Math.ceil(limit / 2) - 1];
    }
    from = Math.max(1, from);
    to = Math.min(this.seq, to);
    const messages = [...this.messages.values()].filter(({ seq }) => seq >= from && seq <= to);
    const within = this.notices.filter(({ afterSeq }) => afterSeq >= from - 1 && afterSeq <= to);
    const cut = Math.max(0, within.length - this.#pageNoticesMax);
    const cutRev = within[cut - 1]?.rev;
    return {
      messages,
      notices: within.slice(cut),
      ...(cutRev === undefined ? {} : { noticesCutRev: cutRev }),
      head: this.head,
      hasBefore: from > 1,
      hasAfter: to < this.seq,
    };
  }

  changes(rev: number, mutated: boolean, limit: number) {
    const messages = [...this.messages.values()].filter(
      (each) => each.rev > rev && (!mutated || (this.#createdRev.get(each.seq) ?? 0) <= rev),
    );
    const items = [
      ...messages.map((message) => ({ rev: message.rev, message, notice: undefined })),
      ...this.notices
        .filter((each) => each.rev > rev)
        .map((notice) => ({ rev: notice.rev, message: undefined, notice })),
    ];
    items.sort((a, b) => a.rev - b.rev);
    const within = items.slice(0, limit);
    const more = within.length < items.length;
    return {
      epoch: "e1",
      head: this.head,
      rev: more ? (within.at(-1)?.rev ?? rev) : this.rev,
      more,
      messages: within.flatMap(({ message }) => message ?? []),
      notices: within.flatMap(({ notice }) => notice ?? []),
    };
  }

  get head() {
    return { seq: this.seq, rev: this.rev, hash: "" };
  }

  #put(message: Message, isNew: boolean): void {
    this.messages.set(message.seq, message);
    this.frames.push({ since: this.rev - 1, rev: this.rev, messages: [message], notices: [], isNew });
  }

  #user(by: number) {
    const id = modelUsers[by % modelUsers.length];
    if (id === undefined) throw new Error("no such user");
    return id;
  }
}
