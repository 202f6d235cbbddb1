/** Reports to the operator: of a message, a person or a group. Nobody who is reported learns of it. */
import { z } from "zod";
import { conversationId, userId } from "../ids.ts";
import { reportNote } from "../text.ts";
import { route } from "./route.ts";

export const reportReasons = ["spam", "harassment", "violence", "sexual", "impersonation", "other"] as const;
export const reportReason = z.enum(reportReasons);
export type ReportReason = z.infer<typeof reportReason>;

export const reportDraft = z.object({
  about: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("message"), conversationId, seq: z.int().min(1) }),
    /** `conversationId`: where the person was met; the newest messages of it are copied into the report. */
    z.object({ kind: z.literal("user"), userId, conversationId: conversationId.optional() }),
    z.object({ kind: z.literal("conversation"), conversationId }),
  ]),
  reason: reportReason,
  note: reportNote.optional(),
});
export type ReportDraft = z.infer<typeof reportDraft>;

export const postReport = route({
  method: "POST",
  path: "/v1/reports",
  summary: "Report a message, a person or a group to the operator of this server; the same again replaces it",
  tag: "Users",
  body: reportDraft,
  answers: { 204: { description: "It is kept for the operator", body: null } },
  errors: ["unauthenticated", "bad_request", "not_found", "too_large", "rate_limited"],
});
