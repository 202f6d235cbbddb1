/** Conversations, members, invites, and the user's own row of the inbox. */
import { z } from "zod";
import { attachmentId, clientId, conversationId, inviteId, timeMs, userId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import { draft, title } from "../../text.ts";
import { conversation, member } from "../../wire/conversation.ts";
import { notify, summary } from "../../wire/inbox.ts";
import { policy, rightHolder } from "../../wire/message.ts";
import { listQuery, nextCursor, route } from "../route.ts";

export const byConversation = z.object({ conversationId });
const byMember = z.object({ conversationId, userId });
/** What is not named stays as it is. */
const policyPatch = policy.extend({ write: rightHolder }).partial();
export type PolicyPatch = z.infer<typeof policyPatch>;

export const openDm = route({
  method: "PUT",
  path: "/v1/dms/:userId",
  summary: "Open the direct chat with a user: one per pair, whoever asks; with oneself, notes to oneself",
  tag: "Conversations",
  params: z.object({ userId }),
  answers: {
    200: { description: "It was there", body: conversation },
    201: { description: "It is new", body: conversation },
  },
  errors: ["unauthenticated", "not_found", "forbidden", "rate_limited"],
});

export const groupDraft = z.object({
  title,
  memberIds: z.array(userId).max(limits.memberIdsPerCallMax),
  mode: z.enum(["small", "large"]).optional(),
  policy: policyPatch.optional(),
  clientId: clientId.optional(),
});

export const createGroup = route({
  method: "POST",
  path: "/v1/conversations",
  summary: "Create a group; the creator is its owner",
  tag: "Conversations",
  body: groupDraft,
  answers: {
    201: { description: "The group", body: conversation },
    200: { description: "The same clientId again: the same group", body: conversation },
  },
  errors: [
    "unauthenticated",
    "bad_request",
    "not_found",
    "forbidden",
    "too_large",
    "unsupported",
    "client_id_reused",
    "rate_limited",
  ],
});

export const listConversations = route({
  method: "GET",
  path: "/v1/conversations",
  summary: "The inbox, newest activity first",
  tag: "Conversations",
  query: listQuery,
  answers: { 200: { description: "A page", body: z.object({ conversations: z.array(summary), cursor: nextCursor }) } },
  errors: ["unauthenticated", "bad_request"],
});

export const getConversation = route({
  method: "GET",
  path: "/v1/conversations/:conversationId",
  summary: "A conversation",
  tag: "Conversations",
  params: byConversation,
  answers: { 200: { description: "The conversation", body: conversation } },
  errors: ["unauthenticated", "not_found"],
});

export const conversationPatch = z.object({
  title: title.optional(),
  policy: policyPatch.optional(),
  /** An upload of the caller's own; null removes the picture. */
  avatar: attachmentId.nullable().optional(),
});
export type ConversationPatch = z.infer<typeof conversationPatch>;

export const patchConversation = route({
  method: "PATCH",
  path: "/v1/conversations/:conversationId",
  summary: "Change a group's title, policy or picture",
  tag: "Conversations",
  params: byConversation,
  body: conversationPatch,
  answers: { 200: { description: "The conversation as changed", body: conversation } },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden", "conflict", "too_large"],
});

/** Muted for ever. */
export const mutedForEver = 8_640_000_000_000_000;

export const summaryPatch = z.object({
  request: z.literal(false).optional(),
  mutedUntil: timeMs.min(0).max(mutedForEver).nullable().optional(),
  notify: notify.optional(),
  pinned: z.boolean().optional(),
  archived: z.boolean().optional(),
  markedUnread: z.boolean().optional(),
  draft: draft.nullable().optional(),
});
export type SummaryPatch = z.infer<typeof summaryPatch>;

export const patchSummary = route({
  method: "PATCH",
  path: "/v1/conversations/:conversationId/me",
  summary:
    "Change the user's own row: take up a request, mute, choose what is pushed, pin, archive, mark unread, draft; private, synced to their devices",
  tag: "Conversations",
  params: byConversation,
  body: summaryPatch,
  answers: { 200: { description: "The row as changed", body: summary } },
  errors: ["unauthenticated", "bad_request", "not_found", "conflict", "too_large"],
});

export const listMembers = route({
  method: "GET",
  path: "/v1/conversations/:conversationId/members",
  summary:
    "The members: owners, admins, then the others by when they joined; with `q` by prefix of handle or of a word of the name",
  tag: "Members",
  params: byConversation,
  query: listQuery.extend({ q: z.string().min(1).max(100).optional() }),
  answers: { 200: { description: "A page", body: z.object({ members: z.array(member), cursor: nextCursor }) } },
  errors: ["unauthenticated", "bad_request", "not_found"],
});

export const roleDraft = z.object({ role: z.enum(["owner", "admin", "member"]).optional() });

export const putMember = route({
  method: "PUT",
  path: "/v1/conversations/:conversationId/members/:userId",
  summary: "Add a member, or set a member's role",
  tag: "Members",
  params: byMember,
  body: roleDraft,
  answers: { 200: { description: "The member", body: member } },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden", "conflict", "too_large", "rate_limited"],
});

export const membersDraft = z.object({ userIds: z.array(userId).max(limits.memberIdsPerCallMax) });

export const addMembers = route({
  method: "POST",
  path: "/v1/conversations/:conversationId/members",
  summary: "Add members, with one notice; those who are members already are left out of the answer",
  tag: "Members",
  params: byConversation,
  body: membersDraft,
  answers: { 200: { description: "Who was added", body: z.object({ added: z.array(userId) }) } },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden", "conflict", "too_large", "rate_limited"],
});

export const deleteMember = route({
  method: "DELETE",
  path: "/v1/conversations/:conversationId/members/:userId",
  summary: "Remove a member, or leave",
  tag: "Members",
  params: byMember,
  answers: { 204: { description: "Gone", body: null } },
  errors: ["unauthenticated", "not_found", "forbidden"],
});

const inviteBounds = { expiresAt: z.int().nullable(), usesLeft: z.int().nullable(), mayGrow: z.boolean() };
/** The answer to making an invite. No other answer has its code. */
export const invite = z.object({ id: inviteId, code: z.string(), ...inviteBounds });
export type Invite = z.infer<typeof invite>;
export const listedInvite = z.object({ id: inviteId, createdBy: userId, createdAt: z.int(), ...inviteBounds });
export type ListedInvite = z.infer<typeof listedInvite>;

export const inviteDraft = z.object({
  expiresInMs: z.int().min(1).max(31_536_000_000).optional(),
  usesMax: z.int().min(1).max(100_000).optional(),
  /** Whether the invite may still be used when the group would become large by it. */
  mayGrow: z.boolean().optional(),
});
export type InviteDraft = z.infer<typeof inviteDraft>;

export const createInvite = route({
  method: "POST",
  path: "/v1/conversations/:conversationId/invites",
  summary: "Make an invite",
  tag: "Invites",
  params: byConversation,
  body: inviteDraft,
  answers: { 201: { description: "The invite", body: invite } },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden", "conflict"],
});

export const listInvites = route({
  method: "GET",
  path: "/v1/conversations/:conversationId/invites",
  summary: "The invites that are not over, without their codes: all of them to admins, to others their own",
  tag: "Invites",
  params: byConversation,
  query: listQuery,
  answers: { 200: { description: "A page", body: z.object({ invites: z.array(listedInvite), cursor: nextCursor }) } },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden"],
});

export const endInvite = route({
  method: "DELETE",
  path: "/v1/conversations/:conversationId/invites/:inviteId",
  summary: "End an invite by its id: admins any, others their own",
  tag: "Invites",
  params: z.object({ conversationId, inviteId }),
  answers: { 204: { description: "Gone", body: null } },
  errors: ["unauthenticated", "not_found", "forbidden"],
});

export const byInvite = z.object({ code: z.string().max(256) });

/** What an invite tells before it is used. */
export const invitePreview = z.object({ title: z.string().nullable(), memberCount: z.int() });
export type InvitePreview = z.infer<typeof invitePreview>;

export const previewInvite = route({
  method: "GET",
  path: "/v1/invites/:code",
  summary: "What an invite leads to",
  tag: "Invites",
  params: byInvite,
  answers: { 200: { description: "The group", body: invitePreview } },
  errors: ["unauthenticated", "not_found"],
});

/** The code cannot be guessed, and who has it may join: so it tells no more to somebody without an account than to somebody with one. */
export const previewInviteOpenly = route({
  method: "GET",
  path: "/v1/invites/:code/preview",
  summary: "What an invite leads to, for somebody who has not signed in",
  tag: "Invites",
  isOpen: true,
  params: byInvite,
  answers: { 200: { description: "The group", body: invitePreview } },
  errors: ["not_found", "rate_limited"],
});

export const deleteInvite = route({
  method: "DELETE",
  path: "/v1/invites/:code",
  summary: "End an invite: admins any, others their own",
  tag: "Invites",
  params: byInvite,
  answers: { 204: { description: "Gone", body: null } },
  errors: ["unauthenticated", "not_found", "forbidden"],
});

export const acceptInvite = route({
  method: "POST",
  path: "/v1/invites/:code/accept",
  summary: "Join by an invite; a member's accept takes no use",
  tag: "Invites",
  params: byInvite,
  answers: { 200: { description: "The conversation", body: conversation } },
  errors: ["unauthenticated", "not_found", "forbidden", "conflict", "rate_limited"],
});
