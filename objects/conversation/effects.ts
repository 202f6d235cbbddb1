/** Owns what a batch of commands did, to be told once it is committed. */
import type { Seq, UserId } from "../../schema/ids.ts";
import type { DeliveryItem } from "../user/contract.ts";
import type { MessageRow } from "./messages/message-row.ts";

/** What a batch did, to be told once it is committed. */
export type Effects = {
  items: DeliveryItem[];
  /** Members whose watermarks rose. */
  receipts: Set<UserId>;
  /** Members who said that they have read, whether or not that raised anything. */
  readers: Set<UserId>;
  typing: Set<UserId>;
  /** Messages that were unsent, as they are left. */
  unsent: Map<Seq, MessageRow>;
};

export function noEffects(): Effects {
  return { items: [], receipts: new Set(), readers: new Set(), typing: new Set(), unsent: new Map() };
}

/** Adds what one of several did. */
export function addEffects(all: Effects, own: Effects): void {
  all.items.push(...own.items);
  for (const userId of own.receipts) all.receipts.add(userId);
  for (const userId of own.readers) all.readers.add(userId);
  for (const userId of own.typing) all.typing.add(userId);
  for (const [seq, row] of own.unsent) all.unsent.set(seq, row);
}
