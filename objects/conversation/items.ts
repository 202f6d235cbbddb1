/**
 * Owns what goes out of a conversation: each change serialized once, for live sockets and members' inboxes alike,
 * and the most recent ones kept in memory so that fan-out need not read them back.
 */
import type { ConversationId, Rev, Seq, TimeMs } from "../../schema/ids.ts";
import { batches, limits } from "../../schema/limits.ts";
import { codePointPrefix } from "../../schema/text.ts";
import type { ConversationFace } from "../../schema/wire/change.ts";
import type { Message, Notice } from "../../schema/wire/message.ts";
import type { DeliveryItem, MessageFacts } from "../user/contract.ts";
import { messageOf, type Messages, type MessageRow } from "./messages.ts";
import type { State } from "./store.ts";

export function messageItem(conversationId: ConversationId, row: MessageRow): DeliveryItem {
  const message = messageOf(conversationId, row);
  return { rev: row.rev, kind: "message", json: JSON.stringify(message), message: factsOf(message) };
}

/** A change of an older message, or a notice with the conversation as it now is. */
export function changeItem(
  conversationId: ConversationId,
  rev: Rev,
  what: { row?: MessageRow; notice?: Notice; conversation?: ConversationFace },
): DeliveryItem {
  const fields: string[] = [`"conversationId":"${conversationId}","rev":${rev}`];
  const message = what.row === undefined ? undefined : messageOf(conversationId, what.row);
  if (message !== undefined) fields.push(`"messages":[${JSON.stringify(message)}]`);
  if (what.notice !== undefined) fields.push(`"notices":[${JSON.stringify(what.notice)}]`);
  if (what.conversation !== undefined) fields.push(`"conversation":${JSON.stringify(what.conversation)}`);
  return { rev, kind: "change", json: fields.join(","), message: message === undefined ? null : factsOf(message) };
}

/** The frame that brings an item to a live socket. */
export function liveFrame(item: DeliveryItem): string {
  return item.kind === "message" ? `{"type":"message","message":${item.json}}` : `{"type":"change",${item.json}}`;
}

function factsOf(message: Message): MessageFacts {
  return {
    seq: message.seq,
    senderId: message.senderId,
    sentAt: message.sentAt,
    preview: codePointPrefix(message.text, limits.previewCodePointsMax),
    isUnsent: message.unsentAt !== null,
    mentions: message.mentions,
  };
}

/** What is the same of the conversation for every member. */
export function faceOf({ facts, head, members }: State): ConversationFace {
  let memberCount = 0;
  for (const member of members.values()) if (member.leftRev === null) memberCount++;
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
    memberCount,
  };
}

/** The items of `(sinceRev, rev]`, perhaps not up to the head: `rev` says how far. */
export type Stretch = { rev: Rev; items: DeliveryItem[] };

/** The newest items, by rev without gaps. Bounded; what fell out is read from the store. */
export class Recent {
  #items: DeliveryItem[] = [];
  /** The rev before the first item. */
  #from: Rev | undefined;
  #bytes = 0;

  push(item: DeliveryItem): void {
    this.#from ??= item.rev - 1;
    this.#items.push(item);
    this.#bytes += item.json.length;
    if (this.#items.length <= batches.recentItemsMax && this.#bytes <= batches.recentBytesMax) return;
    const half = this.#items.splice(0, Math.ceil(this.#items.length / 2));
    for (const dropped of half) this.#bytes -= dropped.json.length;
    this.#from = half.at(-1)?.rev ?? this.#from;
  }

  /** A message was unsent: its words are not to go out from here any more. Its older items become silent revs. */
  forget(seq: Seq): void {
    this.#items = this.#items.map((item) =>
      item.message?.seq === seq ? { rev: item.rev, kind: "change", json: "", message: null } : item,
    );
  }

  /** After a rollback: what was pushed did not happen. */
  clear(): void {
    this.#items = [];
    this.#from = undefined;
    this.#bytes = 0;
  }

  /** Undefined where memory does not reach back to `sinceRev`. */
  after(sinceRev: Rev, upTo: Rev): Stretch | undefined {
    if (this.#from === undefined || sinceRev < this.#from) return undefined;
    const first = this.#items[0];
    if (first === undefined) return undefined;
    const start = Math.max(0, sinceRev - first.rev + 1);
    const items: DeliveryItem[] = [];
    let bytes = 0;
    let rev = sinceRev;
    for (let i = start; i < this.#items.length; i++) {
      const item = this.#items[i];
      if (item === undefined || item.rev > upTo) break;
      bytes += item.json.length;
      if (items.length > 0 && (items.length >= batches.deliveryItemsMax || bytes > batches.deliveryBytesMax)) break;
      rev = item.rev;
      if (item.json !== "") items.push(item);
    }
    return { rev, items };
  }
}

/** Changes as rows, each message once at its last rev, in order of rev; `rev` is the highest covered. */
export type ChangedRows = {
  rev: Rev;
  more: boolean;
  changes: { rev: Rev; at: TimeMs; row: MessageRow | null; notice: Notice | null }[];
};

/** What changed in `(sinceRev, head]`, at most `limit` entries; `isMutatedOnly` leaves out messages made after `sinceRev`. */
export function changedRows(
  messages: Messages,
  head: { seq: Seq; rev: Rev },
  sinceRev: Rev,
  limit: number,
  isMutatedOnly = false,
): ChangedRows {
  const journal = messages.changesAfter(sinceRev, limit + 1);
  const fresh = isMutatedOnly ? [] : messages.freshAfter(sinceRev, head.seq, limit + 1);
  // Where a list was cut, nothing beyond its last entry is known.
  const known = Math.min(
    journal.length > limit ? (journal.at(-1)?.rev ?? head.rev) - 1 : head.rev,
    fresh.length > limit ? (fresh.at(-1)?.rev ?? head.rev) - 1 : head.rev,
  );
  const mutated = messages.some(journal.flatMap((change) => (change.seq === null ? [] : [change.seq])));
  const changes: ChangedRows["changes"] = fresh.map((row) => ({ rev: row.rev, at: row.sentAt, row, notice: null }));
  for (const change of journal) {
    if (change.seq === null) changes.push({ rev: change.rev, at: change.at, row: null, notice: change.notice });
    else {
      const row = mutated.get(change.seq);
      // A later change of the same message says it all; a message made since is left out where only mutations are asked for.
      if (row === undefined || row.rev !== change.rev || (isMutatedOnly && row.createdRev > sinceRev)) continue;
      changes.push({ rev: change.rev, at: change.at, row, notice: null });
    }
  }
  changes.sort((a, b) => a.rev - b.rev);
  const within = changes.filter((change) => change.rev <= known);
  let cut = Math.min(within.length, limit);
  let bytes = 0;
  for (let i = 0; i < cut; i++) {
    bytes += within[i]?.row?.text.length ?? 0;
    if (bytes > batches.pageBytesMax && i > 0) cut = i;
  }
  const rev = cut < within.length ? (within[cut - 1]?.rev ?? sinceRev) : known;
  return { rev, more: rev < head.rev, changes: within.slice(0, cut) };
}

/** The same as items to deliver, for a member whom memory no longer covers. */
export function storedStretch(messages: Messages, state: State, sinceRev: Rev, upTo: Rev): Stretch {
  const changed = changedRows(messages, state.head, sinceRev, batches.deliveryItemsMax);
  const { id, faceRev } = state.facts;
  const items: DeliveryItem[] = [];
  for (const { rev, row, notice } of changed.changes) {
    if (rev > upTo) break;
    if (row !== null) items.push(row.rev === row.createdRev ? messageItem(id, row) : changeItem(id, rev, { row }));
    else {
      const face = rev === faceRev ? { conversation: faceOf(state) } : {};
      items.push(changeItem(id, rev, { ...face, ...(notice === null ? {} : { notice }) }));
    }
  }
  return { rev: Math.min(changed.rev, upTo), items };
}
