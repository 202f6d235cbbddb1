/**
 * Owns stretches of items, which deliveries bring. The newest items are kept in memory, so that fan-out need not read them from the store; older ones are read
 * from it.
 */
import { Buffer } from "node:buffer";
import type { MessageRow } from "../../../core/stored-message.ts";
import type { ConversationId, Rev, Seq } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import type { DeliveryItem } from "../../contract/delivery/delivery.ts";
import type { PackedItems } from "../../contract/delivery/packed-delivery.ts";
import { changeItem, messageItem, sharedDetailsOf, withoutUnsent } from "../messages/items.ts";
import type { Journal } from "../messages/journal.ts";
import type { Messages } from "../messages/messages.ts";
import { type ChangedPage, changedPage } from "../reads/pages.ts";
import type { State } from "../store.ts";

/** The items of `(sinceRev, rev]`; `rev` may be below the head. `bytes`: about how much they take. */
export type Stretch = { rev: Rev; items: readonly DeliveryItem[]; bytes: number; packed?: PackedItems };

/** About how many bytes an item takes in a delivery. */
function bytesOf(item: DeliveryItem): number {
  const { message } = item;
  if (message === null) return Buffer.byteLength(item.json);
  let facts = Buffer.byteLength(message.preview) + message.mentions.join().length;
  for (const { name } of message.attachments ?? []) facts += 40 + Buffer.byteLength(name);
  return Buffer.byteLength(item.json) + facts;
}

/**
 * The newest items, by rev without gaps. Those that every inbox has stored are dropped, because hardly anybody asks for them: in hundreds of busy conversations
 * they would be most of the memory, and of what each full collection of garbage has to mark. The others are bounded. Older ones are read from the store.
 */
export class Recent {
  #items: { item: DeliveryItem; bytes: number }[] = [];
  /** The rev before the first item. */
  #from: Rev | undefined;
  #bytes = 0;
  /** With so many items it is looked again which of them every inbox has stored. */
  #lookAt: number = batches.recentItemsKept;
  /** The last answer. In a round of calls nearly all members ask for the same stretch. */
  #asked: { sinceRev: Rev; upTo: Rev; stretch: Stretch } | undefined;

  /** `storedRev`: the rev up to which every inbox has stored all changes. To find it takes a look at each member, so it is asked rarely. */
  push(item: DeliveryItem, storedRev: () => Rev): void {
    this.#asked = undefined;
    this.#from ??= item.rev - 1;
    if (this.#items.length >= this.#lookAt) {
      const rev = storedRev();
      const kept = this.#items.findIndex((other) => other.item.rev > rev);
      this.#drop(kept === -1 ? this.#items.length : kept);
      this.#lookAt = Math.max(batches.recentItemsKept, 2 * this.#items.length);
    }
    const bytes = bytesOf(item);
    this.#items.push({ item, bytes });
    this.#bytes += bytes;
    if (this.#items.length <= batches.recentItemsMax && this.#bytes <= batches.recentBytesMax) return;
    this.#drop(Math.ceil(this.#items.length / 2));
  }

  #drop(count: number): void {
    for (const { item, bytes } of this.#items.splice(0, count)) {
      this.#bytes -= bytes;
      this.#from = item.rev;
    }
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
    const details = rev === detailsRev ? { conversation: sharedDetailsOf(state) } : {};
    if (row === null) items.push(changeItem(id, rev, { ...details, ...(notice === null ? {} : { notice }) }));
    else if (row.rev === row.createdRev) items.push(messageItem(id, row));
    else items.push(changeItem(id, rev, { row, ...details }));
  }
  return { rev: Math.min(changed.rev, upTo), items, bytes: batches.deliveryBytesMax };
}
