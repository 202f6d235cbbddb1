/**
 * Owns history that an operator brings from elsewhere: a conversation is founded, its messages are stored with their times and senders in
 * the order of the source, and then it is opened, which brings it to its members' inboxes as read. Until then its members receive nothing of it.
 * A message that was imported before is found by its clientId, so a repeat stores nothing.
 */
import { textBody } from "../../../core/body.ts";
import { done, type Outcome, refuse } from "../../../schema/errors.ts";
import type { ClientId, Seq } from "../../../schema/ids.ts";
import { utf8Bytes } from "../../../schema/text.ts";
import type { ImportedConversation, ImportedMessage, ImportedSeq, ImportStep } from "../../contract/importing.ts";
import type { SegmentName } from "../../contract/archive.ts";
import { type Fetched, unreadable } from "../archive/fetched.ts";
import { now } from "../../shared/platform/clock.ts";
import type { StorageRoom } from "../../shared/platform/storage-room.ts";
import { type ConversationDatabase, type ConversationTransactor as Transactor, noEffects } from "../effects.ts";
import { changeItem, sharedDetailsOf } from "../fan-out/items.ts";
import type { Membership } from "../members/membership.ts";
import type { State, Store } from "../store.ts";
import type { Writes } from "../writes.ts";
import type { Journal } from "../messages/journal.ts";
import { linkAfter } from "../messages/link.ts";
import type { Messages } from "../messages/messages.ts";
import type { Sent } from "../messages/sent.ts";

/** Stand in place of the digest of the draft by which people found a conversation: more messages may come (`importing`), or it is open (`imported`). */
const importing = "importing";
const imported = "imported";

export type ImportParts = {
  db: ConversationDatabase;
  store: Store;
  messages: Messages;
  sent: Sent;
  journal: Journal;
  membership: Membership;
  writes: Writes;
  room: StorageRoom;
  fetched: Fetched;
};

export class Imports {
  readonly #db: ConversationDatabase;
  readonly #store: Store;
  readonly #messages: Messages;
  readonly #sent: Sent;
  readonly #journal: Journal;
  readonly #membership: Membership;
  readonly #writes: Writes;
  readonly #room: StorageRoom;
  readonly #fetched: Fetched;

  constructor(parts: ImportParts) {
    this.#db = parts.db;
    this.#store = parts.store;
    this.#messages = parts.messages;
    this.#sent = parts.sent;
    this.#journal = parts.journal;
    this.#membership = parts.membership;
    this.#writes = parts.writes;
    this.#room = parts.room;
    this.#fetched = parts.fetched;
  }

  async step(step: ImportStep): Promise<Outcome<ImportedSeq[]>> {
    switch (step.do) {
      case "found":
        return this.#found(step.conversation);
      case "messages":
        for (;;) {
          const appended = this.#appendBatch(step.messages);
          if (!("away" in appended)) return appended;
          if (!(await this.#fetched.fetch(appended.away))) return { ok: false, refusal: unreadable };
        }
      case "open":
        return this.#open();
    }
  }

  /** Founds the conversation, once. A conversation that people founded here takes no imports. */
  #found({ id, kind, title, createdAt, people }: ImportedConversation): Outcome<ImportedSeq[]> {
    const [owner] = people;
    if (this.#store.state !== undefined) return this.#isImported() ? done([]) : notImported;
    if (owner === undefined) return refuse("bad_request", "members: a conversation has members");
    const by = owner.user.id;
    const group = { title: title ?? "", mode: "small", policy: {}, draftDigest: importing } as const;
    this.#db.transact((tx) => {
      const base = { id, by, people, createdAt };
      const founding = kind === "dm" ? ({ kind, ...base } as const) : ({ kind, ...base, ...group } as const);
      const state = this.#membership.found(tx, founding, noEffects());
      if (kind === "dm") this.#store.setDetails(tx, state, { draftDigest: importing }, 1);
    });
    return done([]);
  }

  /** Stores messages, all of them or none. They come in the order of their times. */
  #appendBatch(batch: readonly ImportedMessage[]): Outcome<ImportedSeq[]> | { away: SegmentName } {
    const { state } = this.#store;
    if (state === undefined || !this.#isImported()) return notImported;
    const full = this.#room.refusal(batch.reduce((sum, { text }) => sum + utf8Bytes(text), 0));
    if (full !== undefined) return { ok: false, refusal: full };
    try {
      const answers = this.#db.transact((tx) => this.#appendAll(tx, state, batch));
      this.#sent.record(state.head.seq, (tx) => this.#store.writeOwn(tx));
      return done(answers);
    } catch (error) {
      if (error instanceof Away) return { away: error.away };
      if (!(error instanceof Unfit)) throw error;
      return refuse("bad_request", error.message);
    }
  }

  /** Opens the conversation: its members receive it as read. A repeated call changes nothing. */
  #open(): Outcome<ImportedSeq[]> {
    const { state } = this.#store;
    if (state === undefined || !this.#isImported()) return notImported;
    if (state.facts.draftDigest === imported) return done([]);
    this.#writes.apply((tx, present, effects) => {
      const rev = present.head.rev + 1;
      const { seq } = present.head;
      for (const member of [...present.members.all()])
        this.#store.putMember(tx, present, { ...member, joinedSeq: seq, joinedRev: rev, read: seq, delivered: seq });
      this.#store.setDetails(tx, present, { draftDigest: imported }, rev);
      this.#journal.note(tx, { rev, at: now(), seq: null, notice: null });
      present.head = { ...present.head, rev };
      effects.items.push(changeItem(present.facts.id, rev, { conversation: sharedDetailsOf(present) }));
    });
    return done([]);
  }

  #isImported(): boolean {
    const digest = this.#store.state?.facts.draftDigest;
    return digest === importing || digest === imported;
  }

  #appendAll(tx: Transactor, state: State, batch: readonly ImportedMessage[]): ImportedSeq[] {
    const seqs = new Map<ClientId, Seq>();
    return batch.map((message, index) => {
      const { clientId, senderId, text } = message;
      const replyTo = typeof message.replyTo === "string" ? (seqs.get(message.replyTo) ?? null) : message.replyTo;
      const earlier = this.#sent.earlier(state.facts.id, senderId, clientId, { text, replyTo, mentions: [] });
      if (earlier !== undefined && "away" in earlier) throw new Away(earlier.away);
      const answer =
        earlier === undefined
          ? { seq: this.#append(tx, state, { ...message, replyTo }, index), isNew: true }
          : { seq: earlier.ack.seq, isNew: false };
      seqs.set(clientId, answer.seq);
      return answer;
    });
  }

  #append(
    tx: Transactor,
    state: State,
    { clientId, senderId, sentAt, text, replyTo }: ImportedMessage & { replyTo: Seq | null },
    index: number,
  ): Seq {
    const { facts, head } = state;
    if (facts.draftDigest === imported)
      throw new Unfit(`messages.${index}: the conversation is open and takes no more`);
    if (sentAt < head.at) throw new Unfit(`messages.${index}.at: is before what was imported already`);
    if (sentAt > now()) throw new Unfit(`messages.${index}.at: is in the future`);
    if (replyTo !== null && replyTo > head.seq) throw new Unfit(`messages.${index}.replyTo: there is no such message`);
    const { salt, ...link } = linkAfter(head, { senderId, sentAt, body: textBody(text) });
    const row = { ...link, senderId, clientId, text, sentAt, replyTo, salt };
    this.#messages.append(
      tx,
      { ...row, createdRev: link.rev, isCut: false, editedAt: null, unsentAt: null, mentions: [], reactions: [] },
      null,
    );
    this.#sent.note(senderId, clientId, link.seq);
    state.head = { seq: link.seq, rev: link.rev, hash: link.hash, at: sentAt };
    return link.seq;
  }
}

/** A segment of the archive has to be fetched before it is known whether a message was imported before. */
class Away extends Error {
  readonly away: SegmentName;

  constructor(away: SegmentName) {
    super("a segment is to be fetched");
    this.away = away;
  }
}

/** A message of the batch cannot be stored, and so none of it is. */
class Unfit extends Error {}

const notImported = refuse("conflict", "this conversation was not made by an import");
