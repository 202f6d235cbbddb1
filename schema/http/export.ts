/** Exports: a conversation, and everything that is stored about a user. */
import { z } from "zod";
import { conversation, head } from "../wire/conversation.ts";
import { summary } from "../wire/inbox.ts";
import { message, notice } from "../wire/message.ts";
import { device } from "./account/accounts.ts";
import { byConversation } from "./conversation/conversations.ts";
import { conversationExport, ownExport } from "./export-paths.ts";
import { me } from "./account/me.ts";
import { passkey } from "./account/passkeys.ts";
import { route } from "./route.ts";
import { block, contact } from "./users.ts";

/** The media type of lines: one JSON value each. */
export const linesType = "application/x-ndjson";

/** A message with the values from which the hash chain is made. `salt` is null once the text was erased; `contentHash` is of the text as first sent. */
export const exportedMessage = message.extend({
  type: z.literal("message"),
  contentHash: z.string(),
  salt: z.string().nullable(),
});
export type ExportedMessage = z.infer<typeof exportedMessage>;

/** The first line says from which seq the messages run, and the chain's value before it; the last one the head up to which they run. */
export const exportLine = z.union([
  conversation.extend({ type: z.literal("conversation"), from: z.int(), startHash: z.string() }),
  exportedMessage,
  z.intersection(z.object({ type: z.literal("notice") }), notice),
  z.object({ type: z.literal("end"), head }),
]);

export const exportConversation = route({
  ...conversationExport,
  summary: "The whole conversation as lines of JSON, in order; without an `end` line it is not whole",
  tag: "Messages",
  params: byConversation,
  answers: { 200: { description: "One value a line", body: exportLine, mediaType: linesType } },
  errors: ["unauthenticated", "not_found", "rate_limited"],
});

export const selfLine = z.union([
  me.extend({ type: z.literal("me") }),
  device.extend({ type: z.literal("device") }),
  /** Where pushes of a device go: the endpoint of a browser, or the token of a native app. */
  z.object({
    type: z.literal("subscription"),
    deviceId: device.shape.id,
    via: z.enum(["web", "fcm"]),
    address: z.string(),
  }),
  passkey.extend({ type: z.literal("passkey") }),
  /** Only that there are some: the codes themselves are not stored. */
  z.object({
    type: z.literal("recoveryCodes"),
    left: z.int(),
    createdAt: z.int().nullable(),
    secondFactor: z.boolean(),
  }),
  contact.extend({ type: z.literal("contact") }),
  block.extend({ type: z.literal("block") }),
  summary.extend({ type: z.literal("conversation") }),
  message.extend({ type: z.literal("message") }),
  z.object({
    type: z.literal("reaction"),
    conversationId: message.shape.conversationId,
    seq: z.int(),
    emoji: z.string(),
  }),
  z.object({ type: z.literal("end") }),
]);

export const exportMe = route({
  ...ownExport,
  summary: "Everything that is held about the user as lines of JSON; without an `end` line it is not whole",
  tag: "Me",
  answers: { 200: { description: "One value a line", body: selfLine, mediaType: linesType } },
  errors: ["unauthenticated", "rate_limited"],
});
