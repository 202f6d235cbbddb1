/** Owns the effects of commands, which are published after the commit, and what else a transaction may note to be done then. */
import type { MessageRow } from "../../core/stored-message.ts";
import type { ConversationId, Rev, Seq, UserId } from "../../schema/ids.ts";
import type { Database, Transactor } from "../shared/platform/database.ts";
import type { DeliveryItem } from "../contract/delivery/delivery.ts";

export type Effects = {
  items: DeliveryItem[];
  /** Members whose watermarks rose. */
  receipts: Set<UserId>;
  /** Members who sent a read receipt, whether or not it raised anything. */
  readers: Set<UserId>;
  typing: Set<UserId>;
  /** Members who left or were removed. */
  ended: Set<UserId>;
  /** Members of a large group, present and former ones, whose inboxes are called before the act is answered. */
  acting: Set<UserId>;
  /** The revs of reactions in a large group, which live sockets receive gathered. */
  reacted: Set<Rev>;
  /** Messages that were unsent, in their state after it. */
  unsent: Map<Seq, MessageRow>;
};

export function noEffects(): Effects {
  return {
    items: [],
    receipts: new Set(),
    readers: new Set(),
    typing: new Set(),
    ended: new Set(),
    acting: new Set(),
    reacted: new Set(),
    unsent: new Map(),
  };
}

/** Adds the effects of one command to those of its turn. */
export function addEffects(all: Effects, own: Effects): void {
  all.items.push(...own.items);
  for (const userId of own.receipts) all.receipts.add(userId);
  for (const userId of own.readers) all.readers.add(userId);
  for (const userId of own.typing) all.typing.add(userId);
  for (const userId of own.ended) all.ended.add(userId);
  for (const userId of own.acting) all.acting.add(userId);
  for (const rev of own.reacted) all.reacted.add(rev);
  for (const [seq, row] of own.unsent) all.unsent.set(seq, row);
}

export type NotedEffect =
  /** The member's own object must receive how many MiB they wrote here (day-quotas.ts). */
  | { do: "report written"; userId: UserId; units: number }
  /** The queue's consumer has something to do for the archive (sealing/sealing.ts). */
  | { do: "hint archive"; conversationId: ConversationId };
export type ConversationDatabase = Database<NotedEffect>;
export type ConversationTransactor = Transactor<NotedEffect>;
