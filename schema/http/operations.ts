/** Sync by polling, discovery, health. Sync sockets have the same path `/v1/sync`; the protocol page describes them. */
import { z } from "zod";
import { epoch } from "../ids.ts";
import { limits } from "../limits.ts";
import { syncAnswer } from "../wire/inbox.ts";
import { byConversation } from "./conversation/conversations.ts";
import { queryCounter, queryNumber, route } from "./route.ts";

export const syncQuery = z.object({
  since: queryCounter.optional(),
  epoch: epoch.optional(),
  wait: queryNumber
    .transform((seconds) => Math.round(Math.max(0, Math.min(seconds, limits.longPollWaitSecondsMax)) * 1_000) / 1_000)
    .optional()
    .default(0),
});
export type SyncQuery = z.infer<typeof syncQuery>;

export const liveQuery = z.object({ rev: queryCounter.optional(), epoch: epoch.optional() });

export const sync = route({
  method: "GET",
  path: "/v1/sync",
  summary:
    "Rows of the inbox that changed after a version; waits up to `wait` seconds for one. With an Upgrade: the sync socket",
  tag: "Sync",
  query: syncQuery,
  answers: {
    101: { description: "With an Upgrade: the sync socket", body: null },
    200: { description: "What changed", body: syncAnswer },
  },
  errors: ["unauthenticated", "bad_request", "forbidden", "unsupported", "rate_limited"],
});

export const live = route({
  method: "GET",
  path: "/v1/conversations/:conversationId/live",
  summary: "The live socket of a conversation on screen; only with an Upgrade",
  tag: "Sync",
  params: byConversation,
  query: liveQuery,
  answers: { 101: { description: "The live socket", body: null } },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden", "unsupported", "resync_required"],
});

export const discoveryAnswer = z.object({
  name: z.string(),
  protocols: z.array(z.string()),
  transports: z.array(z.enum(["websocket", "long-poll", "poll"])),
  heartbeat: z.object({ intervalMs: z.int(), timeoutMs: z.int() }),
  limits: z.record(z.string(), z.number()),
  location: z.object({ country: z.string().nullable(), colo: z.string().nullable(), hint: z.string().nullable() }),
  push: z.object({ vapidPublicKey: z.string().nullable() }),
});

export const discovery = route({
  method: "GET",
  path: "/v1/discovery",
  summary: "What a client needs to connect, and every limit that it may meet",
  tag: "Operations",
  isOpen: true,
  answers: { 200: { description: "The service", body: discoveryAnswer } },
  errors: [],
});

export const healthz = route({
  method: "GET",
  path: "/v1/healthz",
  summary: "Whether the service answers",
  tag: "Operations",
  isOpen: true,
  answers: { 200: { description: "It does", body: z.object({ ok: z.literal(true), version: z.string() }) } },
  errors: [],
});

export const openApi = route({
  method: "GET",
  path: "/v1/openapi.json",
  summary: "This document",
  tag: "Operations",
  isOpen: true,
  answers: { 200: { description: "OpenAPI 3.1", body: z.record(z.string(), z.unknown()) } },
  errors: [],
});
