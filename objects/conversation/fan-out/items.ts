/**
 * Owns the items that a conversation sends: each change is serialized once, for live sockets and members' inboxes alike. The
 * most recent items are kept in memory, so that fan-out need not read them from the store.
 */
import { messageOf, type MessageRow } from "../../../core/stored-message.ts";
import { Buffer } from "node:buffer";
import type { ConversationId, Rev, Seq, UserId } from "../../../schema/ids.ts";
import { batches, limits } from "../../../schema/limits.ts";
import { codePointPrefix } from "../../../schema/text.ts";
import type { SharedDetails } from "../../../schema/wire/change.ts";
import type { Message, Notice } from "../../../schema/wire/message.ts";
import type { DeliveryItem, MessageFacts } from "../../contract/delivery.ts";
import type { PackedItems } from "../../contract/packed-delivery.ts";
import type { Journal } from "../messages/journal.ts";
import type { Messages } from "../messages/messages.ts";
import { type ChangedPage, changedPage } from "../messages/pages.ts";
import type { State } from "../store.ts";

export function messageItem(conversationId: ConversationId, row: MessageRow): DeliveryItem {
  const message = messageOf(conversationId, row);
  return { rev: row.rev, kind: "message", json: JSON.stringify(message), message: factsOf(message, row.answers) };
}

/** The item of a change of an older message, or of a notice with the conversation's present details. */
export function changeItem(
  conversationId: ConversationId,
  rev: Rev,
  what: { row?: MessageRow; notice?: Notice; conversation?: SharedDetails; by?: UserId },
): DeliveryItem {
  const fields: string[] = [`"conversationId":"${conversationId}","rev":${rev}`];
  const message = what.row === undefined ? undefined : messageOf(conversationId, what.row);
  if (message !== undefined) fields.push(`"messages":[${JSON.stringify(message)}]`);
  if (what.notice !== undefined) fields.push(`"notices":[${JSON.stringify(what.notice)}]`);
  if (what.conversation !== undefined) fields.push(`"conversation":${JSON.stringify(what.conversation)}`);
  const by = what.by ?? what.notice?.by;
  const facts = message === undefined ? null : factsOf(message, what.row?.answers);
  return { rev, kind: "change", json: fields.join(","), message: facts, ...(by === undefined ? {} : { by }) };
}

/** The frame that brings an item to a live socket. */
export function liveFrame(item: DeliveryItem): string {
  return item.kind === "message" ? `{"type":"message","message":${item.json}}` : `{"type":"change",${item.json}}`;
}

/** The user who caused an item, if that is known. */
export function actorOf(item: DeliveryItem): UserId | undefined {
  return item.by ?? (item.kind === "message" ? item.message.senderId : undefined);
}

/** The fields of a message that inboxes need. `answers`: who wrote the message that it answers. */
export function factsOf(message: Message, answers?: UserId): MessageFacts {
  return {
    seq: message.seq,
    senderId: message.senderId,
    sentAt: message.sentAt,
    preview: codePointPrefix(message.text, limits.previewCodePointsMax),
    isUnsent: message.unsentAt !== null,
    mentions: message.mentions,
    ...(answers === undefined ? {} : { answers }),
  };
}

/** The details of the conversation that are the same for every member. */
export function sharedDetailsOf({ facts, head, members }: State): SharedDetails {
  return {
    id: facts.id,
    kind: facts.kind,
    mode: facts.mode,
    title: facts.title,
    policy: facts.policy,
    createdAt: facts.createdAt,
    createdBy: facts.createdBy,
    epoch: facts.epoch,
    head: { seq: head.seq, rev: head.rev, hash: head.hash },
    memberCount: members.count,
  };
}

/** The items of `(sinceRev, rev]`; `rev` may be below the head. `bytes`: about how much they take. */
export type Stretch = { rev: Rev; items: readonly DeliveryItem[]; bytes: number; packed?: PackedItems };

/**
 * The same item after its message was unsent: its rev and its place stay, its text is gone. A message that is sent or edited, and unsent in
 * the same turn, is delivered only in this form.
 */
function erased(conversationId: ConversationId, item: DeliveryItem, row: MessageRow): DeliveryItem {
  const past = { ...row, rev: item.rev };
  return item.kind === "message"
    ? messageItem(conversationId, past)
    : changeItem(conversationId, item.rev, { row: past });
}

/** Items without the texts of messages that are unsent by now. `unsent`: the present rows of these messages. */
export function withoutUnsent(
  conversationId: ConversationId,
  items: readonly DeliveryItem[],
  unsent: ReadonlyMap<Seq, MessageRow>,
): DeliveryItem[] {
  return items.map((item) => {
    const row = item.message === null ? undefined : unsent.get(item.message.seq);
    return row === undefined || item.rev >= row.rev ? item : erased(conversationId, item, row);
  });
}

/** About how many bytes an item takes in a delivery. */
function bytesOf(item: DeliveryItem): number {
  const { message } = item;
  const facts = message === null ? 0 : Buffer.byteLength(message.preview) + message.mentions.join().length;
  return Buffer.byteLength(item.json) + facts;
}

/** The newest items, by rev without gaps. Their number is bounded; older ones are read from the store. */
export class Recent {
  #items: { item: DeliveryItem; bytes: number }[] = [];
  /** The rev before the first item. */
  #from: Rev | undefined;
  #bytes = 0;
  /** The last answer. In a round of calls nearly all members ask for the same stretch. */
  #asked: { sinceRev: Rev; upTo: Rev; stretch: Stretch } | undefined;

  push(item: DeliveryItem): void {
    this.#asked = undefined;
    this.#from ??= item.rev - 1;
    const bytes = bytesOf(item);
    this.#items.push({ item, bytes });
    this.#bytes += bytes;
    if (this.#items.length <= batches.recentItemsMax && this.#bytes <= batches.recentBytesMax) return;
    const half = this.#items.splice(0, Math.ceil(this.#items.length / 2));
    for (const dropped of half) this.#bytes -= dropped.bytes;
    this.#from = half.at(-1)?.item.rev ?? this.#from;
  }

  /** These messages were unsent, so their texts must not be sent from memory any more. */
  forget(conversationId: ConversationId, unsent: ReadonlyMap<Seq, MessageRow>): void {
    if (unsent.size === 0) return;
    this.#asked = undefined;
    const items = withoutUnsent(
      conversationId,
      this.#items.map(({ item }) => item),
      unsent,
    );
    this.#items = items.map((item) => ({ item, bytes: bytesOf(item) }));
    this.#bytes = this.#items.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The items of `(sinceRev, upTo]`; undefined if memory does not reach back to `sinceRev`. */
  after(sinceRev: Rev, upTo: Rev): Stretch | undefined {
    if (this.#from === undefined || sinceRev < this.#from) return undefined;
    if (this.#asked?.sinceRev === sinceRev && this.#asked.upTo === upTo) return this.#asked.stretch;
    const first = this.#items[0];
    if (first === undefined) return undefined;
    const start = Math.max(0, sinceRev - first.item.rev + 1);
    const items: DeliveryItem[] = [];
    let bytes = 0;
    let rev = sinceRev;
    for (let i = start; i < this.#items.length; i++) {
      const next = this.#items[i];
      if (next === undefined || next.item.rev > upTo) break;
      const sum = bytes + next.bytes;
      if (items.length > 0 && (items.length >= batches.deliveryItemsMax || sum > batches.deliveryBytesMax)) break;
      bytes = sum;
      rev = next.item.rev;
      items.push(next.item);
    }
    const stretch = { rev, items, bytes };
    this.#asked = { sinceRev, upTo, stretch };
    return stretch;
  }
}

/** What one delivery brings at most. */
export const stretchBounds = { limit: batches.deliveryItemsMax, bytes: batches.deliveryBytesMax };

/** The items of `(sinceRev, upTo]`, read from the store, for a member who is behind the items in memory. Undefined if the archive has some of them. */
export function storedStretch(
  parts: { messages: Messages; journal: Journal },
  state: State,
  sinceRev: Rev,
  upTo: Rev,
): Stretch | undefined {
  const changed = changedPage(parts, state.facts.id, state.head, sinceRev, stretchBounds);
  return changed.isInArchive ? undefined : stretchOf(state, changed, upTo);
}

/** The items of a page of changes, up to a rev. */
export function stretchOf(state: State, changed: ChangedPage, upTo: Rev): Stretch {
  const { id, detailsRev } = state.facts;
  const items: DeliveryItem[] = [];
  for (const { rev, row, notice } of changed.changes) {
    if (rev > upTo) break;
    if (row !== null) items.push(row.rev === row.createdRev ? messageItem(id, row) : changeItem(id, rev, { row }));
    else {
      const details = rev === detailsRev ? { conversation: sharedDetailsOf(state) } : {};
      items.push(changeItem(id, rev, { ...details, ...(notice === null ? {} : { notice }) }));
    }
  }
  return { rev: Math.min(changed.rev, upTo), items, bytes: batches.deliveryBytesMax };
}
