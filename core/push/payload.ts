/** Decides what a push says and how it is cut to the bytes that services take. */
import type { ConversationId, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import { pushing } from "../../schema/push-limits.ts";
import { utf8Bytes } from "../../schema/text.ts";
import type { AttachmentLabel } from "../../schema/wire/attachment.ts";
import type { PushPayload } from "../../schema/wire/push.ts";
import { labelsOf } from "../media/labels.ts";

/** Stands where no name may be shown, or none is known. */
const serviceName = "Parley";

/** One push to somebody. `senderName`: null if it is not known. */
export type PushFacts = {
  userId: UserId;
  conversationId: ConversationId;
  seq: Seq;
  senderId: UserId;
  senderName: string | null;
  sentAt: TimeMs;
  /** For a summary: how many messages. */
  count: number | null;
  isDirect: boolean;
  /** Of a group, or the other one's name in a direct chat, as the inbox has it. */
  title: string | null;
  body: string;
  /** Absent where the message has none. */
  attachments?: readonly AttachmentLabel[] | undefined;
  isHidden: boolean;
  badge: number;
  locale: string;
};

export function payloadOf(facts: PushFacts): PushPayload {
  const { userId, conversationId, seq, badge, count, attachments = [], isHidden } = facts;
  const shared = { userId, conversationId, seq, ...shown(facts), badge, at: facts.sentAt };
  if (count !== null) return { type: "summary", ...shared, count };
  const message = { type: "message" as const, ...shared, senderId: facts.senderId };
  return isHidden || attachments.length === 0 ? message : { ...message, attachments: [...attachments] };
}

function shown({ senderName, isDirect, title, body, isHidden, count, locale }: PushFacts): {
  title: string;
  body: string;
} {
  if (isHidden) return { title: serviceName, body: "" };
  const name = senderName === null || senderName === "" ? null : senderName;
  const heading = title ?? (isDirect ? name : null) ?? serviceName;
  if (count !== null) return { title: heading, body: newMessages(count, locale) };
  return { title: heading, body: isDirect || name === null || body === "" ? body : `${name}: ${body}` };
}

/** By language. Apps that know the user's language make a text of their own from `count`. */
const countTexts: Record<string, Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }> = {
  en: { one: "1 new message", other: "# new messages" },
};

function newMessages(count: number, locale: string): string {
  const language = locale.split("-")[0]?.toLowerCase() ?? "";
  const known = Object.hasOwn(countTexts, language) ? language : "en";
  const texts = countTexts[known] ?? { other: "#" };
  const text = texts[new Intl.PluralRules(known).select(count)] ?? texts.other;
  return text.replace("#", new Intl.NumberFormat(known).format(count));
}

const ellipsis = "…";

/** The same, cut so that the JSON has at most so many bytes: first the names of attachments, then the body, between code points. At last the attachments go. */
export function fitPayload(payload: PushPayload, bytesMax: number): PushPayload {
  if (jsonBytes(payload) <= bytesMax) return payload;
  for (const shorter of [withShortNames(payload), withoutAttachments(payload)]) {
    if (jsonBytes(shorter) <= bytesMax) return shorter;
    if (jsonBytes({ ...shorter, body: ellipsis }) <= bytesMax) return withCutBody(shorter, bytesMax);
  }
  return withCutBody(withoutAttachments(payload), bytesMax);
}

function withShortNames(payload: PushPayload): PushPayload {
  if (payload.type === "summary" || payload.attachments === undefined) return payload;
  return { ...payload, attachments: labelsOf(payload.attachments, pushing.attachmentNamesCodePointsMax) };
}

function withoutAttachments(payload: PushPayload): PushPayload {
  if (payload.type === "summary") return payload;
  const { attachments: _, ...rest } = payload;
  return rest;
}

function withCutBody(payload: PushPayload, bytesMax: number): PushPayload {
  let room = bytesMax - jsonBytes({ ...payload, body: ellipsis });
  let body = "";
  for (const point of payload.body) {
    room -= jsonBytes(point) - 2;
    if (room < 0) break;
    body += point;
  }
  return { ...payload, body: body + ellipsis };
}

/** What is sent where even that is too much. */
export function shortPayload(payload: PushPayload): PushPayload {
  return { ...withoutAttachments(payload), body: "" };
}

function jsonBytes(value: unknown): number {
  return utf8Bytes(JSON.stringify(value));
}

/** By which a repeat of a push is known. */
export function tagOf({ conversationId, seq }: { conversationId: string; seq: number }): string {
  return `${conversationId}:${seq}`;
}
