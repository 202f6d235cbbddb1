/** How fast a device may open sync sockets. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { identify } from "../../../../objects/shared/identity/identity.ts";
import type { UserObject } from "../../../../objects/user/object.ts";
import { SyncSockets } from "../../../../objects/user/sync-sockets.ts";
import type { DeviceId } from "../../../../schema/ids.ts";
import { limits } from "../../../../schema/limits.ts";
import { rates } from "../../../../schema/rates.ts";
import { wind } from "../../../rig/objects/accounts.ts";
import { fillInbox, member } from "../../../rig/objects/inbox/inboxes.ts";

test("[I22] a device opens sockets in a burst, then one after the other; another device is not held up by it", async () => {
  const ana = await member("ana");
  await runInDurableObject(env.USERS.getByName(ana.id), (_object, ctx) => {
    const sockets = new SyncSockets(ctx);
    const { burst, perSecond } = rates.syncUpgradesPerDevice;
    for (let n = 0; n < burst; n++) expect(sockets.openingWaitMs(ana.device)).toBe(0);
    const waitMs = sockets.openingWaitMs(ana.device);
    expect(waitMs).toBeGreaterThan(0);
    // Waits are whole milliseconds.
    expect(waitMs).toBeLessThanOrEqual(Math.ceil(1_000 / perSecond));
    expect(sockets.openingWaitMs("d_other" as DeviceId)).toBe(0);
    wind(waitMs);
    expect(sockets.openingWaitMs(ana.device)).toBe(0);
    // Devices that came and went are forgotten, the oldest first.
    for (let n = 0; n < limits.devicesMax; n++) sockets.openingWaitMs(`d_${n}` as DeviceId);
    expect(sockets.openingWaitMs(ana.device)).toBe(0);
  });
});

test("[I22] beyond it the upgrade is refused with the time to wait, and no socket comes to be", async () => {
  const ana = await member("ana");
  const headers = identify(new Headers({ upgrade: "websocket" }), ana.actor);
  await runInDurableObject<UserObject, void>(env.USERS.getByName(ana.id), async (object, ctx) => {
    const user = limited(object, ctx);
    const request = () => new Request("http://object/sync", { headers });
    for (let n = 0; n < rates.syncUpgradesPerDevice.burst; n++) expect((await user.fetch(request())).status).toBe(101);
    const refused = await user.fetch(request());
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({
      code: "rate_limited",
      retry: "later",
      retryAfterMs: expect.any(Number),
    });
    const open = ctx.getWebSockets().filter((socket) => socket.readyState === WebSocket.OPEN);
    expect(open).toHaveLength(limits.syncSocketsPerDeviceMax);
  });
});

test("[I22] a device whose closed sockets do not let go of what they were sent opens no more, until they do", async () => {
  const ana = await member("ana");
  await fillInbox(ana, 100, "😀".repeat(limits.draftCodePointsMax));
  const headers = identify(new Headers({ upgrade: "websocket" }), ana.actor);
  const clients: WebSocket[] = [];
  await runInDurableObject<UserObject, void>(env.USERS.getByName(ana.id), async (object, ctx) => {
    const user = limited(object, ctx);
    // Sockets that nobody reads.
    let status = 101;
    for (let n = 0; n < rates.syncUpgradesPerDevice.burst && status === 101; n++) {
      wind(1);
      const response = await user.fetch(new Request("http://object/sync", { headers }));
      ({ status } = response);
      if (response.webSocket !== null) clients.push(response.webSocket);
    }
    expect(status).toBe(429);
    const [open, leaving] = [limits.syncSocketsPerDeviceMax, limits.leavingBytesMax / limits.aheadBytesMax];
    expect(clients.length).toBeGreaterThanOrEqual(open + leaving);
    expect(clients.length).toBeLessThanOrEqual(open + leaving + 3);
    for (const client of clients) {
      client.accept();
      client.close(1000);
    }
    await expect.poll(() => ctx.getWebSockets().length).toBe(0);
    expect((await user.fetch(new Request("http://object/sync", { headers }))).status).toBe(101);
  });
});

/** The same user's object, made anew with limits on. */
function limited(object: UserObject, ctx: DurableObjectState): UserObject {
  const Made = object.constructor as typeof UserObject;
  return new Made(ctx, { ...env, PARLEY_RATE_LIMITS: "on" });
}
