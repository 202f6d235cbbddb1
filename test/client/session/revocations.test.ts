import { expect, test } from "vitest";
import { memoryStorage, type Storage } from "../../../client/index.ts";
import { Http } from "../../../client/link/http.ts";
import { Revocations } from "../../../client/session/revocations.ts";
import { keys } from "../../../client/storage/keys.ts";
import { session } from "../../../schema/http/account/accounts.ts";
import { deviceId } from "../../../schema/ids.ts";
import { clientHolds } from "../../../schema/bounds/client.ts";
import { FakeServer, refused, type Answer } from "../../rig/client/fake-fetch.ts";
import { restartableParley } from "../../rig/client/restartable-parley.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

const clock0 = 1_800_000_000_000;

/** A server with one device, whose tokens rotate, and the network to it. */
function rig({ storage = memoryStorage() }: { storage?: Storage } = {}) {
  const clock = new WoundClock(clock0);
  const state = { isDown: false, losesAnswers: false, generation: 1, isEnded: false, ends: 0 };
  const session = () => ({
    user: { id: "ana", handle: "ana", name: "Ana", bio: "", avatarUrl: null },
    device: { id: "d1", name: "", platform: "" },
    accessToken: `access${state.generation}`,
    accessTokenExpiresAt: clock.now() + 600_000,
    refreshToken: `refresh${state.generation}`,
    deviceSecret: "",
  });
  let expiresAt = clock0 + 600_000;
  const server = new FakeServer(({ path, method, token, body }): Answer | "silence" => {
    if (state.isDown) return "silence";
    const asked = { refreshToken: "", ...(typeof body === "object" ? body : {}) };
    if (path === "/v1/sessions") return { status: 201, body: session() };
    if (path === "/v1/sessions/refresh") {
      if (state.isEnded || asked.refreshToken !== `refresh${state.generation}`) return refused("unauthenticated");
      state.generation++;
      expiresAt = clock.now() + 600_000;
      return { status: 200, body: session() };
    }
    if (path === "/v1/sessions/current" && method === "DELETE") {
      if (state.isEnded || token !== `access${state.generation}` || clock.now() >= expiresAt)
        return refused("unauthenticated");
      state.isEnded = true;
      state.ends++;
      return state.losesAnswers ? "silence" : { status: 204 };
    }
    return refused("unavailable");
  });
  return { clock, state, ...restartableParley(server, clock, storage) };
}

const credentials = { handle: "ana", password: "a good password" };

test("[W18] a sign-out reaches the server, and leaves no token when it resolves", async () => {
  const { start, state, left } = rig();
  const parley = start();
  await (await parley.signIn(credentials)).signOut();
  expect(state.isEnded).toBe(true);
  expect(await left()).toEqual([]);
  parley.close();
});

test("[W18] a sign-out without network resolves within seconds, and reaches the server when the network is back", async () => {
  const { start, state, clock, wakeUp, left } = rig();
  const parley = start();
  const ana = await parley.signIn(credentials);
  state.isDown = true;
  const out = ana.signOut();
  await settled();
  expect(parley.accounts.getSnapshot()).toEqual([]);
  expect(await left()).toEqual([keys.revocation("d1")]);
  await clock.wind(3_000);
  await out;
  await clock.wind(20_000);
  state.isDown = false;
  wakeUp();
  await settled();
  expect(state.isEnded).toBe(true);
  expect(await left()).toEqual([]);
  parley.close();
});

test("[W18] a sign-out without network is sent by the next run, though the access token has expired by then", async () => {
  const { start, state, clock, left } = rig();
  const first = start();
  const ana = await first.signIn(credentials);
  state.isDown = true;
  const out = ana.signOut();
  await clock.wind(3_000);
  await out;
  first.close();
  await clock.wind(86_400_000);
  state.isDown = false;
  const second = start();
  await settled();
  expect(second.accounts.getSnapshot()).toEqual([]);
  expect(state.isEnded).toBe(true);
  expect(await left()).toEqual([]);
  second.close();
});

test("[W18] a sign-out whose answer is lost is asked again, and is over when the server knows the device no more", async () => {
  const { start, state, clock, left } = rig();
  const parley = start();
  const ana = await parley.signIn(credentials);
  state.losesAnswers = true;
  const out = ana.signOut();
  await clock.wind(60_000);
  await out;
  expect(state.ends).toBe(1);
  expect(await left()).toEqual([]);
  parley.close();
});

test("[W18] a sign-out ends the session that is stored, where another tab has refreshed it since", async () => {
  const { start, state, storage, left } = rig();
  const parley = start();
  const ana = await parley.signIn(credentials);
  const stored = await storage.get(keys.session("ana"));
  state.generation = 2;
  const refreshed = { ...(stored as object), accessToken: "access2", refreshToken: "refresh2" };
  await storage.write({ puts: [[keys.session("ana"), refreshed]] });
  await ana.signOut();
  expect(state.isEnded).toBe(true);
  expect(await left()).toEqual([]);
  parley.close();
});

test("[W18] a sign-out deletes, and reaches the server, where storage takes nothing new", async () => {
  const inner = memoryStorage();
  const full = { now: false };
  const storage: Storage = {
    ...inner,
    write: async (write) => {
      if (full.now && (write.puts ?? []).length > 0) throw new Error("full");
      await inner.write(write);
    },
  };
  const { start, state, left } = rig({ storage });
  const parley = start();
  const ana = await parley.signIn(credentials);
  full.now = true;
  await ana.signOut();
  expect(state.isEnded).toBe(true);
  expect(await left()).toEqual([]);
  parley.close();
});

/** Two sign-outs in storage, made just now; the server refuses the tokens of the first one for ever. */
async function poisoned() {
  const clock = new WoundClock(clock0);
  const storage = memoryStorage();
  const asked: (string | undefined)[] = [];
  const server = new FakeServer(({ token }) => {
    asked.push(token);
    return token === "poison" ? refused("internal") : { status: 204 };
  });
  const owed = (accessToken: string) => ({ accessToken, refreshToken: "", at: clock.now() });
  await storage.write({
    puts: [
      [keys.revocation("a"), owed("poison")],
      [keys.revocation("b"), owed("good")],
    ],
  });
  const start = () =>
    new Revocations({ http: new Http("http://server", server.fetch, clock), storage, clock, random: () => 0.5 });
  const left = async () => (await storage.list(keys.revocations)).map(([key]) => key);
  return { clock, asked, start, left, storage };
}

test("[W18] a sign-out that the server never takes keeps no other waiting, and is not repeated in a tight loop", async () => {
  const { clock, asked, start, left } = await poisoned();
  const revocations = start();
  revocations.wake();
  await settled();
  expect(asked).toContain("good");
  expect(await left()).toEqual([keys.revocation("a")]);
  // One that is made meanwhile does not wait for it either.
  revocations.add({ ...sessionOf("later"), device: { ...sessionOf("later").device, id: deviceId.parse("c") } });
  const sent = revocations.send();
  await settled();
  expect(asked).toContain("later");
  await clock.wind(3_000);
  await sent;
  asked.length = 0;
  await clock.wind(3_600_000);
  expect(asked.length).toBeGreaterThan(100);
  expect(asked.length).toBeLessThan(300);
  revocations.close();
});

test("[W18] a sign-out that the server never takes is given up after months, in a run that lasts as in a later one", async () => {
  for (const isRestarted of [false, true]) {
    const { clock, asked, start, left } = await poisoned();
    const first = start();
    first.wake();
    await settled();
    if (isRestarted) first.close();
    clock.sleep(clientHolds.revocationMsMax + 1);
    const second = isRestarted ? start() : first;
    asked.length = 0;
    second.wake();
    await clock.wind(60_000);
    expect(await left()).toEqual([]);
    expect(asked).toEqual([]);
    second.close();
  }
});

test("[W18] two tabs that send one sign-out at once, with tokens that have expired, end it once and leave nothing", async () => {
  const { clock, state, storage, start, left } = rig();
  const first = start();
  const ana = await first.signIn(credentials);
  state.isDown = true;
  const out = ana.signOut();
  await clock.wind(3_000);
  await out;
  first.close();
  clock.sleep(86_400_000);
  state.isDown = false;
  const tabs = [start(), start()];
  await clock.wind(60_000);
  expect(state.isEnded).toBe(true);
  expect(state.ends).toBe(1);
  expect(await left()).toEqual([]);
  expect((await storage.list(keys.revocations)).length).toBe(0);
  for (const tab of tabs) tab.close();
});

function sessionOf(accessToken: string) {
  return session.parse({
    user: { id: "ana", handle: "ana", name: "Ana", bio: "", avatarUrl: null },
    device: { id: "d1", name: "", platform: "" },
    ...{ accessToken, accessTokenExpiresAt: clock0, refreshToken: "", deviceSecret: "" },
  });
}
