/** The door: routes requests to objects. */
import { Hono } from "hono";
import type { Env } from "../objects/shared/env.ts";

export { ConversationObject } from "../objects/conversation/object.ts";
export { UserObject } from "../objects/user/object.ts";

const app = new Hono<{ Bindings: Env }>();

app.get("/v1/healthz", (context) => context.json({ ok: true, version: context.env.VERSION.id }));

export default {
  fetch: app.fetch,
  async queue(_batch: MessageBatch): Promise<void> {
    // The consumers are not here yet.
  },
} satisfies ExportedHandler<Env>;
