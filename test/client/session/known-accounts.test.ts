import { expect, it } from "vitest";
import { memoryStorage, type Storage } from "../../../client/index.ts";
import { keys } from "../../../client/storage/keys.ts";
import { FakeServer, refused, type Answer } from "../../rig/client/fake-fetch.ts";
import { restartableParley } from "../../rig/client/restartable-parley.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

/** A server of which only signing in and out matters; it notes the device secrets that it was given. */
function rig(storage: Storage = memoryStorage()) {
  const clock = new WoundClock();
  const given: unknown[] = [];
  const server = new FakeServer(({ method, path, body }): Answer => {
    const asked = { handle: "", deviceSecret: null, ...(typeof body === "object" ? body : {}) };
    if (path === "/v1/sessions/current" && method === "DELETE") return { status: 204 };
    if (path !== "/v1/sessions" && path !== "/v1/accounts") return refused("unavailable");
    if (path === "/v1/sessions") given.push(asked.deviceSecret);
    const id = `u.${asked.handle.toLowerCase()}`;
    return {
      status: 201,
      body: {
        user: { id, handle: asked.handle.toLowerCase(), name: "", bio: "", avatarUrl: null },
        device: { id: "d1", name: "", platform: "" },
        accessToken: "access",
        accessTokenExpiresAt: clock.now() + 600_000,
        refreshToken: "refresh",
        deviceSecret: asked.deviceSecret ?? `secret of ${id}`,
      },
    };
  });
  return { clock, given, ...restartableParley(server, clock, storage) };
}

it("[A15] is known again after a sign-out and a restart, by its own account only", async () => {
  const { given, start, storage } = rig();
  const first = start();
  const ana = await first.signUp({ handle: "ana", password: "a good password" });
  await ana.signOut();
  expect(await storage.list(keys.sessions)).toEqual([]);
  first.close();
  const second = start();
  const again = await second.signIn({ handle: "Ana", password: "a good password" });
  const bo = await second.signIn({ handle: "bo", password: "a good password" });
  await again.signOut();
  await bo.signOut();
  await second.signIn({ handle: "bo", password: "a good password" });
  await second.signIn({ handle: "ana", password: "a good password" });
  expect(given).toEqual(["secret of u.ana", null, "secret of u.bo", "secret of u.ana"]);
  second.close();
});

it("is shown when the same user signs in anew in place", async () => {
  const { given, start } = rig();
  const parley = start();
  const ana = await parley.signIn({ handle: "ana", password: "a good password" });
  await ana.reauthenticate("a good password");
  expect(given).toEqual([null, "secret of u.ana"]);
  parley.close();
});

it("keeps fifty accounts at most, and none whose server gives no secret", async () => {
  const { clock, start, storage } = rig();
  const parley = start();
  for (let n = 0; n < 52; n++) {
    await (await parley.signIn({ handle: `person${n}`, password: "a good password" })).signOut();
    await clock.wind(1_000);
  }
  const kept = (await storage.list(keys.knownAccounts)).map(([key]) => key);
  expect(kept).toHaveLength(50);
  expect(kept).not.toContain(keys.known("u.person0"));
  expect(kept).toContain(keys.known("u.person51"));
  await settled();
  parley.close();
});
