/**
 * Owns the door for what the server says: answers and frames are parsed here, and what this version does not know is left out
 * instead of refused, so that a newer server does not stop an older client.
 */
import { z } from "zod";
import { errorFrame } from "../../schema/errors.ts";
import { changesPage, listChanges, listMessages, messagesPage } from "../../schema/http/messages.ts";
import { sync } from "../../schema/http/operations.ts";
import { getPresence } from "../../schema/http/presence.ts";
import { drainFrame } from "../../schema/wire/attend.ts";
import { changeFrame, conversationFace } from "../../schema/wire/change.ts";
import { liveHello, syncHello } from "../../schema/wire/hello.ts";
import { inboxFrame, summary, syncAnswer } from "../../schema/wire/inbox.ts";
import { message, notice } from "../../schema/wire/message.ts";
import { presence, presenceFrame } from "../../schema/wire/presence.ts";
import { receiptFrame, typingFrame } from "../../schema/wire/receipt.ts";
import { okFrame } from "../../schema/wire/ref.ts";
import { messageFrame } from "../../schema/wire/send.ts";

// Compiling validators needs `eval`, which a page's content security policy forbids; trying it alone is reported as a violation.
if (typeof document === "object") z.config({ jitless: true });

// One element that is not understood must not take the others with it: it is missing, and what is missing shows as a hole.
const knownMessages = z.array(message.nullable().catch(null)).transform((all) => all.filter((each) => each !== null));
const knownNotices = z.array(notice.nullable().catch(null)).transform((all) => all.filter((each) => each !== null));
const knownPresence = z.array(presence.nullable().catch(null)).transform((all) => all.filter((each) => each !== null));
const knownRows = z.array(summary.nullable().catch(null)).transform((all) => all.filter((each) => each !== null));
const knownFace = conversationFace.optional().catch(undefined);

const change = changeFrame.extend({
  messages: knownMessages.optional(),
  notices: knownNotices.optional(),
  conversation: knownFace,
});

/** `code` may be one that a later server has; the SDK decides on `retry`. */
const error = errorFrame.extend({ code: z.string() });

const shared = [messageFrame, change, receiptFrame, typingFrame, drainFrame, okFrame, error] as const;
const syncFrame = z.discriminatedUnion("type", [
  syncHello,
  inboxFrame.extend({ conversations: knownRows }),
  presenceFrame.extend({ presence: knownPresence }),
  ...shared,
]);
export type SyncFrame = z.infer<typeof syncFrame>;
const liveFrame = z.discriminatedUnion("type", [liveHello, ...shared]);
export type LiveFrame = z.infer<typeof liveFrame>;
export type ChangeFrame = z.infer<typeof change>;
export type AnswerFrame = z.infer<typeof okFrame> | z.infer<typeof error>;

/** What one text frame holds. `counter` of a pong; nothing where it cannot be read at all. */
export type Heard<F> = { readonly pong: number } | { readonly frames: F[] };

export function readSyncFrame(data: unknown): Heard<SyncFrame> {
  return read(syncFrame, data);
}

export function readLiveFrame(data: unknown): Heard<LiveFrame> {
  return read(liveFrame, data);
}

function read<F>(schema: z.ZodType<F>, data: unknown): Heard<F> {
  if (typeof data !== "string") return { frames: [] };
  const pong = /^pong:(\d{1,16})$/.exec(data)?.[1];
  if (pong !== undefined) return { pong: Number(pong) };
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return { frames: [] };
  }
  const elements: unknown[] = Array.isArray(json) ? json : [json];
  return {
    frames: elements.flatMap((element) => {
      const parsed = schema.safeParse(element);
      return parsed.success ? [parsed.data] : [];
    }),
  };
}

/** `GET …/messages`, read with leniency. */
export const pageCall = {
  ...listMessages,
  answers: { 200: { description: "", body: messagesPage.extend({ messages: knownMessages, notices: knownNotices }) } },
} as const;

/** What a `watch` is answered. */
export const presenceAnswer = z.object({ presence: knownPresence });

/** `GET /v1/presence`, read with leniency. */
export const presenceCall = {
  ...getPresence,
  answers: { 200: { description: "", body: presenceAnswer } },
} as const;

/** `GET /v1/sync` as a poll, read with leniency; its other answer is the socket. */
export const pollCall = {
  ...sync,
  answers: { 200: { description: "", body: syncAnswer.extend({ conversations: knownRows }) } },
} as const;

/** `GET …/changes`, read with leniency. */
export const changesCall = {
  ...listChanges,
  answers: {
    200: {
      description: "",
      body: changesPage.extend({ messages: knownMessages, notices: knownNotices, conversation: knownFace }),
    },
  },
} as const;
