/** The inbox side of a user's object by hand, in a real object, with a sync socket: limits are on, and the test plays the conversations. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Command } from "../../../../objects/contract/command.ts";
import { Awake } from "../../../../objects/shared/meters/awake.ts";
import { Alarms } from "../../../../objects/shared/platform/alarms.ts";
import { Database } from "../../../../objects/shared/platform/database.ts";
import { identify } from "../../../../objects/shared/identity/identity.ts";
import type { UserEffect } from "../../../../objects/user/effects.ts";
import { InboxSide } from "../../../../objects/user/inbox-side.ts";
import { PresenceSide } from "../../../../objects/user/presence/presence-side.ts";
import { pushingOf } from "../../../../objects/user/push/pushing.ts";
import type { Submit } from "../../../../objects/user/sockets/pass-up.ts";
import { SyncSockets } from "../../../../objects/user/sync-sockets.ts";
import { settingsDefault } from "../../../../schema/http/account/me.ts";
import { TestSocket } from "../socket.ts";
import { member } from "./inboxes.ts";

const agree: Submit = async (_id, _actor, commands: Command[]) => ({
  ok: true,
  value: commands.map(() => ({ ok: true, did: "typing" })),
});

/** Conversations agree to everything, unless `submit` says otherwise. */
export async function withSide(
  work: (side: InboxSide, client: TestSocket, server: WebSocket) => Promise<void>,
  submit: Submit = agree,
): Promise<void> {
  const ana = await member("ana");
  await runInDurableObject(env.USERS.getByName(ana.id), async (_, ctx) => {
    const db = new Database<UserEffect>(ctx.storage);
    const account = {
      userId: () => ana.id,
      user: () => ana.user,
      settings: () => settingsDefault,
      isErased: () => false,
      noteGone: () => {},
      isDeviceKnown: () => true,
      isBlocked: () => false,
      hasContact: () => false,
      noteConversation: () => {},
      noteRequestsEnded: () => {},
      newDevices: () => [],
    };
    const shared = {
      env: { ...env, PARLEY_RATE_LIMITS: "on" },
      awake: new Awake(),
      db,
      alarms: new Alarms(ctx.storage, db),
      account,
    };
    const sockets = new SyncSockets(ctx);
    const parts = { ...shared, sockets, ...pushingOf({ ...shared, sockets }) };
    const side = new InboxSide({ ...parts, presence: new PresenceSide(parts) }, submit);
    const headers = identify(new Headers({ upgrade: "websocket" }), ana.actor);
    const response = await side.fetch(new Request("http://object/sync", { headers }));
    const [server] = ctx.getWebSockets();
    if (response.webSocket === null || server === undefined) throw new Error("no socket");
    await work(side, new TestSocket(response.webSocket), server);
  });
}
