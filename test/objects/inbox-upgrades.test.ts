/** How fast a device may open sync sockets. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { identify } from "../../objects/shared/identity.ts";
import type { UserObject } from "../../objects/user/object.ts";
import { SyncSockets } from "../../objects/user/sync-sockets.ts";
import type { DeviceId } from "../../schema/ids.ts";
import { limits, rates } from "../../schema/limits.ts";
import { wind } from "../rig/accounts.ts";
import { member } from "../rig/inboxes.ts";

test("[I22] a device opens sockets in a burst, then one after the other; another device is not held up by it", async () => {
  const ana = await member("ana");
  await runInDurableObject(env.USERS.getByName(ana.id), (_object, ctx) => {
    const sockets = new SyncSockets(ctx);
    const { burst, perSecond } = rates.syncUpgradesPerDevice;
    for (let n = 0; n < burst; n++) expect(sockets.openingWaitMs(ana.device)).toBe(0);
    const waitMs = sockets.openingWaitMs(ana.device);
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(1_000 / perSecond);
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
  await runInDurableObject(env.USERS.getByName(ana.id), async (object, ctx) => {
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

/** The same user's object, made anew with limits on. */
function limited(object: UserObject, ctx: DurableObjectState): UserObject {
  const Made = object.constructor as typeof UserObject;
  return new Made(ctx, { ...env, PARLEY_RATE_LIMITS: "on" });
}
