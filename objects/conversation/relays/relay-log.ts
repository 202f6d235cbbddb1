/** Owns the newest changes of a group that has relays: each is made a frame once for all relays, and kept until all have it. What is older is read from the store. */
import { Buffer } from "node:buffer";
import type { MessageRow } from "../../../core/stored-message.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import type { ConversationId, Rev, Seq } from "../../../schema/ids.ts";
import type { DeliveryItem } from "../../contract/delivery/delivery.ts";
import type { RelayItem, RelayTurn } from "../../contract/delivery/relay-calls.ts";
import { actorOf, liveFrame, withoutUnsent } from "../messages/items.ts";

type Kept = { item: DeliveryItem; sent: RelayItem; bytes: number };

export class RelayLog {
  #kept: Kept[] = [];
  /** The rev before the first one. */
  #since: Rev = 0;
  #bytes = 0;
  /** The rev of the last change that was published. */
  rev: Rev = 0;

  /** Nothing is kept; what comes next follows this rev. */
  reset(rev: Rev): void {
    this.#kept = [];
    this.#bytes = 0;
    this.#since = this.rev = rev;
  }

  push(items: readonly DeliveryItem[]): void {
    for (const item of items) {
      // A relay may be ahead of what is published one by one, if it was brought up to date from the store.
      if (item.rev <= this.rev) continue;
      const since = (item.kind === "change" ? item.since : undefined) ?? item.rev - 1;
      if (since > this.rev) this.reset(since);
      const sent = relayItem(item, since, liveFrame(item));
      const kept = { item, sent, bytes: Buffer.byteLength(sent.frame) };
      this.#kept.push(kept);
      this.#bytes += kept.bytes;
      this.rev = item.rev;
    }
    while (this.#kept.length > largeGroups.relayLogItemsMax || this.#bytes > largeGroups.relayLogBytesMax) this.#drop();
  }

  /** The changes after a rev, up to the last one; undefined if they are not kept any more. */
  after(rev: Rev): NonNullable<RelayTurn["changes"]> | undefined {
    if (rev < this.#since) return undefined;
    const items = this.#kept.flatMap(({ sent }) => (sent.rev > rev ? [sent] : []));
    return { since: rev, rev: this.rev, items };
  }

  /** All relays have everything up to this rev. */
  release(rev: Rev): void {
    for (let first = this.#kept[0]; first !== undefined && first.item.rev <= rev; first = this.#kept[0]) this.#drop();
  }

  forget(id: ConversationId, unsent: ReadonlyMap<Seq, MessageRow>): void {
    if (unsent.size === 0 || this.#kept.length === 0) return;
    const items = withoutUnsent(
      id,
      this.#kept.map(({ item }) => item),
      unsent,
    );
    this.#kept = this.#kept.map((kept, index) => {
      const item = items[index];
      if (item === undefined || item === kept.item) return kept;
      const sent = relayItem(item, kept.sent.since, liveFrame(item));
      return { item, sent, bytes: Buffer.byteLength(sent.frame) };
    });
    this.#bytes = this.#kept.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #drop(): void {
    const first = this.#kept.shift();
    if (first === undefined) return;
    this.#bytes -= first.bytes;
    this.#since = first.item.rev;
  }
}

export function relayItem(item: DeliveryItem, since: Rev, frame: string): RelayItem {
  const by = actorOf(item);
  const olderSeq = item.kind === "change" ? item.message?.seq : undefined;
  return {
    since,
    rev: item.rev,
    frame,
    ...(by === undefined ? {} : { by }),
    ...(olderSeq === undefined ? {} : { olderSeq }),
  };
}
