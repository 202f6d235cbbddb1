/** Owns the items that a conversation sends: each change is serialized once, for live sockets and members' inboxes alike. */
import { labelsOf } from "../../../core/media/labels.ts";
import { shortText } from "../../../core/polls/poll.ts";
import { messageOf, type MessageRow } from "../../../core/stored-message.ts";
import type { ConversationId, Rev, Seq, UserId } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import { codePointPrefix } from "../../../schema/text.ts";
import type { SharedDetails } from "../../../schema/wire/change.ts";
import type { Message, Notice } from "../../../schema/wire/message.ts";
import { mentionsOf } from "../../../schema/wire/send.ts";
import type { DeliveryItem, MessageFacts } from "../../contract/delivery/delivery.ts";
import type { State } from "../store.ts";

export function messageItem(conversationId: ConversationId, row: MessageRow): DeliveryItem {
  const message = messageOf(conversationId, row);
  return { rev: row.rev, kind: "message", json: JSON.stringify(message), message: factsOf(message, row.answers) };
}

/** The item of a change of an older message, or of a notice with the conversation's present details. */
export function changeItem(
  conversationId: ConversationId,
  rev: Rev,
  what: {
    row?: MessageRow;
    notice?: Notice;
    conversation?: SharedDetails;
    by?: UserId;
    /** In a large group: the reaction that it is, for the message does not name everybody who reacted. */
    reaction?: { emoji: string; on: boolean } | undefined;
    /** The same of a vote: what its voter chose. */
    vote?: readonly number[] | undefined;
  },
): DeliveryItem {
  const fields: string[] = [`"conversationId":"${conversationId}","rev":${rev}`];
  const message = what.row === undefined ? undefined : messageOf(conversationId, what.row);
  if (message !== undefined) fields.push(`"messages":[${JSON.stringify(message)}]`);
  if (what.notice !== undefined) fields.push(`"notices":[${JSON.stringify(what.notice)}]`);
  if (what.conversation !== undefined) fields.push(`"conversation":${JSON.stringify(what.conversation)}`);
  const by = what.by ?? what.notice?.by;
  if (what.reaction !== undefined && by !== undefined) {
    const { emoji, on } = what.reaction;
    fields.push(`"by":${JSON.stringify(by)},"emoji":${JSON.stringify(emoji)},"on":${on}`);
  }
  if (what.vote !== undefined && by !== undefined)
    fields.push(`"by":${JSON.stringify(by)},"vote":[${what.vote.join()}]`);
  const facts = message === undefined ? null : factsOf(message, what.row?.answers);
  return { rev, kind: "change", json: fields.join(","), message: facts, ...(by === undefined ? {} : { by }) };
}

/** The frame that brings an item to a live socket. */
export function liveFrame(item: DeliveryItem): string {
  if (item.kind === "message") return `{"type":"message","message":${item.json}}`;
  const since = item.since === undefined ? "" : `"since":${item.since},`;
  return `{"type":"change",${since}${item.json}}`;
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
    preview: codePointPrefix(shortText(message), limits.previewCodePointsMax),
    isUnsent: message.unsentAt !== null,
    mentions: mentionsOf(message),
    ...(answers === undefined ? {} : { answers }),
    ...(message.attachments.length === 0 ? {} : { attachments: labelsOf(message.attachments) }),
  };
}

/** The details of the conversation that are the same for every member. */
export function sharedDetailsOf({ facts, head, members }: State): SharedDetails {
  return {
    id: facts.id,
    kind: facts.kind,
    mode: facts.mode,
    title: facts.title,
    ...(facts.kind === "group" ? { avatarUrl: facts.avatar?.url ?? null } : {}),
    policy: facts.policy,
    createdAt: facts.createdAt,
    createdBy: facts.createdBy,
    epoch: facts.epoch,
    head: { seq: head.seq, rev: head.rev, hash: head.hash },
    ...(facts.pins.length === 0 ? {} : { pinned: facts.pins.map(({ seq }) => seq) }),
    memberCount: members.count,
  };
}

/**
 * The same item after its message was unsent: its rev and its place stay, its text is gone. A message that is sent or edited, and unsent in
 * the same turn, is delivered only in this form.
 */
function erased(conversationId: ConversationId, item: DeliveryItem, row: MessageRow): DeliveryItem {
  const past = { ...row, rev: item.rev };
  if (item.kind === "message") return messageItem(conversationId, past);
  const { json, message } = changeItem(conversationId, item.rev, { row: past });
  const { rev, kind, since } = item;
  return { rev, kind, json, message, ...(since === undefined ? {} : { since }) };
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
