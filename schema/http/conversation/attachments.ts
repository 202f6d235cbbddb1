/** Attachments: addresses of their bytes, and the list of what a conversation has attached. */
import { z } from "zod";
import { mediaBounds } from "../../bounds/media.ts";
import { uploadLimits } from "../../bounds/uploads.ts";
import { attachmentId, userId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import { attachment, attachmentKind } from "../../wire/attachment.ts";
import { byConversation } from "./conversations.ts";
import { limitOf, nextCursor, route } from "../route.ts";

/** The bytes as they were uploaded, or the small picture that stands for them. */
export const variant = z.enum(["original", "preview"]);
export type Variant = z.infer<typeof variant>;

/** The address is absolute, and needs no authorization until it ends. */
const address = { url: z.string(), expiresAt: z.int() };

export const getAttachment = route({
  method: "GET",
  path: "/v1/attachments/:attachmentId",
  summary: "An address of an attachment's bytes, for those who may see a message with it",
  tag: "Attachments",
  params: z.object({ attachmentId }),
  query: z.object({ variant: variant.optional() }),
  answers: {
    200: { description: "The address, where JSON is accepted", body: z.object(address) },
    302: { description: "To the address", body: null },
  },
  errors: ["unauthenticated", "bad_request", "not_found"],
});

const asked = z.union([attachmentId, z.object({ id: attachmentId, variant: variant.optional() })]);

export const askAddresses = route({
  method: "POST",
  path: "/v1/attachments/addresses",
  summary: "Addresses of several attachments, in the order asked, without those that are not found",
  tag: "Attachments",
  body: z.object({ ids: z.array(asked).max(uploadLimits.addressesPerCallMax) }),
  answers: {
    200: {
      description: "The addresses",
      body: z.object({ addresses: z.array(z.object({ id: attachmentId, variant, ...address })) }),
    },
  },
  errors: ["unauthenticated", "bad_request", "too_large"],
});

/** Kinds separated by commas. */
const kinds = z
  .string()
  .max(100)
  .transform((list) => list.split(","))
  .pipe(z.array(attachmentKind));

export const attachmentsQuery = z.object({
  kind: kinds.optional(),
  cursor: z.string().min(1).max(200).optional(),
  limit: limitOf(limits.listPageMax, limits.listPageDefault),
});
export type AttachmentsQuery = z.infer<typeof attachmentsQuery>;

export const listedAttachment = z.object({ seq: z.int(), senderId: userId, sentAt: z.int(), attachment });
export type ListedAttachment = z.infer<typeof listedAttachment>;

export const attachmentsPage = z.object({ items: z.array(listedAttachment), cursor: nextCursor });
export type AttachmentsPage = z.infer<typeof attachmentsPage>;

export const listAttachments = route({
  method: "GET",
  path: "/v1/conversations/:conversationId/attachments",
  summary: `What messages of a conversation have attached, newest first; a page that looked at ${mediaBounds.attachmentsScanned} of other kinds is short and has a cursor`,
  tag: "Attachments",
  params: byConversation,
  query: attachmentsQuery,
  answers: { 200: { description: "A page", body: attachmentsPage } },
  errors: ["unauthenticated", "bad_request", "not_found"],
});
