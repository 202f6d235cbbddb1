/** Owns one message of the outbox: what is stored of it, what is shown, and what the server is to store. */
import { z } from "zod";
import type { Ack } from "../../schema/wire/message.ts";
import type { PendingMessage, SendOptions } from "../contract/conversation.ts";
import type { ParleyError } from "../errors.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import { parseWith } from "../../schema/wire/frames/parse.ts";
import { messageDraft } from "../../schema/wire/send.ts";
import { randomId } from "../platform.ts";
import { handlesToAsk, mentionsWith, namingForm } from "./naming.ts";

export const storedEntry = z.object({
  conversationId: z.string(),
  clientId: z.string(),
  text: z.string(),
  replyTo: z.int().nullable(),
  mentions: z.array(z.string()),
  ...namingForm,
  createdAt: z.number(),
  failure: z.object({ code: z.string(), detail: z.string() }).nullable(),
});
export type StoredEntry = z.infer<typeof storedEntry>;

export interface Draft {
  readonly conversationId: string;
  readonly clientId: string;
  readonly text: string;
  readonly replyTo: number | null;
  readonly mentions: readonly string[];
  /** Handles that the text mentions, too; the server is asked for them before the message is sent. */
  readonly handles: readonly string[];
}

export interface Entry {
  readonly key: string;
  stored: StoredEntry;
  pending: PendingMessage;
  /** `acked`: the server has it, the timeline not yet. */
  state: "waiting" | "failed" | "acked";
  ack: Ack | undefined;
  /** Whether storage has it. */
  saved: Promise<boolean>;
  readonly settle: { resolve: (ack: Ack) => void; reject: (error: ParleyError) => void }[];
}

/** The message that a program sends; or why it cannot be sent at all. */
export function readDraft(
  conversationId: string,
  text: string,
  { replyTo, mentions = [], mentionHandles = [], clientId = randomId() }: SendOptions,
): Outcome<Draft> {
  const parsed = parseWith(messageDraft, { clientId, text, replyTo, mentions });
  if (!parsed.ok) return parsed;
  const handles = handlesToAsk(mentionHandles, mentions);
  return done({ conversationId, clientId, text, replyTo: replyTo ?? null, mentions, handles });
}

/** An entry that waits to be sent. */
export function entryOf(key: string, stored: StoredEntry): Entry {
  const { clientId, text, replyTo, createdAt } = stored;
  const pending: PendingMessage = {
    clientId,
    text,
    replyTo,
    mentions: mentionsWith(stored.mentions, stored),
    createdAt: Math.floor(createdAt / 1_000),
    status: "waiting",
    error: null,
    retryAt: null,
  };
  return { key, stored, pending, state: "waiting", ack: undefined, saved: Promise.resolve(true), settle: [] };
}

/** The message as the server is to store it. */
export function draftOf({ stored }: Entry): Draft {
  return { ...stored, mentions: mentionsWith(stored.mentions, stored) };
}

export function isSameDraft(a: Draft, b: Draft): boolean {
  const isSameText = a.text === b.text && a.replyTo === b.replyTo;
  return isSameText && isSameList(a.mentions, b.mentions) && isSameList(a.handles, b.handles);
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}
