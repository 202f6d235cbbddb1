import { describe, expect, it } from "vitest";
import { Api } from "../../../client/session/api.ts";
import { Http } from "../../../client/link/http.ts";
import { ParleyError, memoryStorage, type Storage } from "../../../client/index.ts";
import { keys } from "../../../client/storage/keys.ts";
import { aloneLocks, locksOf } from "../../../client/storage/locks.ts";
import { readSession, Session } from "../../../client/session/session.ts";
import { session as sessionForm } from "../../../schema/http/account/accounts.ts";
import { getMe } from "../../../schema/http/account/me.ts";
import { FakeServer, refused, type Answer } from "../../rig/client/fake-fetch.ts";
import { FakeGround } from "../../rig/client/tabs/fake-ground.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

const clock0 = 1_800_000_000_000;

function body(generation: number, expiresAt = clock0 + generation * 600_000) {
  return sessionForm.parse({
    user: { id: "u1", handle: "ana", name: "Ana", bio: "", avatarUrl: null },
    device: { id: "d1", name: "", platform: "" },
    accessToken: `access${generation}`,
    accessTokenExpiresAt: expiresAt,
    refreshToken: `refresh${generation}`,
  });
}

/** A server that rotates as the protocol says, and a session of generation 1 at it. */
function rig({ storage = memoryStorage(), lose = 0 }: { storage?: Storage; lose?: number } = {}) {
  const clock = new WoundClock(clock0);
  const state = {
    generation: 1,
    lose,
    revoked: false,
    refreshes: 0,
    used: [] as string[],
    expiresAt: (generation: number) => clock0 + generation * 600_000,
  };
  const server = new FakeServer(({ path, body: asked, token }): Answer | "silence" => {
    if (path !== "/v1/sessions/refresh")
      return token === `access${state.generation}` && !state.revoked ? { status: 204 } : refused("unauthenticated");
    state.refreshes++;
    const { refreshToken } = { refreshToken: "", ...(typeof asked === "object" ? asked : {}) };
    state.used.push(refreshToken);
    if (state.revoked) return refused("unauthenticated");
    if (refreshToken === `refresh${state.generation}`) state.generation++;
    else if (refreshToken !== `refresh${state.generation - 1}`) return refused("unauthenticated");
    return state.lose-- > 0
      ? "silence"
      : { status: 200, body: body(state.generation, state.expiresAt(state.generation)) };
  });
  const http = new Http("http://server", server.fetch, clock);
  const make = (generation = 1, locks = aloneLocks()) =>
    new Session(body(generation), clock0, { http, storage, clock, locks });
  return { clock, server, http, storage, state, make };
}

describe("a session", () => {
  it("is used as it is while it is good, and refreshed before it ends", async () => {
    const { make, state, clock } = rig();
    const session = make();
    expect(await session.token()).toBe("access1");
    await clock.wind(600_000 - 61_000);
    expect(await session.token()).toBe("access1");
    await clock.wind(2_000);
    expect(await session.token()).toBe("access2");
    expect(state.refreshes).toBe(1);
  });

  it("is refreshed once, however many ask", async () => {
    const { make, state, clock } = rig();
    const session = make();
    await clock.wind(600_000);
    expect(await Promise.all([session.token(), session.token(), session.replace("access1"), session.token()])).toEqual([
      "access2",
      "access2",
      "access2",
      "access2",
    ]);
    expect(state.refreshes).toBe(1);
    expect(await session.replace("access1")).toBe("access2");
    expect(state.refreshes).toBe(1);
  });

  it("is stored before it is used", async () => {
    const order: string[] = [];
    const inner = memoryStorage();
    const storage: Storage = {
      ...inner,
      write: async (write) => {
        await settled();
        order.push("stored");
        await inner.write(write);
      },
    };
    const { make, clock } = rig({ storage });
    const session = make();
    await clock.wind(600_000);
    await session.token().then((token) => order.push(token));
    expect(order).toEqual(["stored", "access2"]);
    expect(readSession(await inner.get(keys.session("u1")))?.body.refreshToken).toBe("refresh2");
  });

  it("survives a lost answer: the same token is asked with again, and the same answer comes", async () => {
    const { make, clock, state } = rig({ lose: 2 });
    const session = make();
    await clock.wind(600_000);
    const token = session.token();
    await clock.wind(5_000);
    expect(await token).toBe("access2");
    expect(state.generation).toBe(2);
    expect(state.refreshes).toBe(3);
  });

  it("survives a lid that closed in the middle: the answer comes again after days, expired, and is refreshed at once", async () => {
    const { make, clock, state, storage } = rig({ lose: 4 });
    const session = make();
    await clock.wind(600_000);
    const failed = session.token().catch((error: unknown) => error);
    await clock.wind(10_000);
    expect(await failed).toMatchObject({ code: "unavailable" });
    await clock.wind(9 * 86_400_000);
    // What the server made then; the next one is made now.
    state.expiresAt = (generation) => (generation === 2 ? clock0 + 1_200_000 : clock.now() + 600_000);
    expect(await session.token()).toBe("access3");
    expect(state.used).toEqual(["refresh1", "refresh1", "refresh1", "refresh1", "refresh1", "refresh2"]);
    expect(readSession(await storage.get(keys.session("u1")))?.body.refreshToken).toBe("refresh3");
    expect(session.state.getSnapshot()).toBe("signed-in");
  });

  it("restarts with the token that asked, and gets the answer that the run before never stored", async () => {
    const { make, clock, state } = rig({ lose: 4 });
    await clock.wind(600_000);
    const failed = make()
      .token()
      .catch((error: unknown) => error);
    await clock.wind(10_000);
    await failed;
    expect(await make().token()).toBe("access2");
    expect(state.generation).toBe(2);
  });

  it("learns the server's clock from an answer that is surely new, and does not refresh for ever", async () => {
    const { make, clock, state } = rig();
    const session = make();
    // This device's clock is an hour ahead.
    await clock.wind(3_600_000);
    state.expiresAt = () => clock.now() - 3_600_000 + 600_000;
    await session.token();
    await session.token();
    expect(state.refreshes).toBe(2);
    expect(Math.abs(session.now() - (clock.now() - 3_600_000))).toBeLessThan(1_000);
  });

  it("stays signed in without network, and says so", async () => {
    const { make, clock } = rig({ lose: 100 });
    const session = make();
    await clock.wind(600_000);
    const failed = session.token().catch((error: unknown) => error);
    await clock.wind(10_000);
    expect(await failed).toMatchObject({ code: "unavailable", retry: "later" });
    expect(session.state.getSnapshot()).toBe("signed-in");
  });

  it("asks the user to sign in when it was revoked, and does not go on asking the server", async () => {
    const { make, clock, state } = rig();
    const session = make();
    state.revoked = true;
    await clock.wind(600_000);
    await expect(session.token()).rejects.toMatchObject({ code: "unauthenticated", retry: "reauth" });
    expect(session.state.getSnapshot()).toBe("reauth");
    await expect(session.token()).rejects.toBeInstanceOf(ParleyError);
    expect(state.refreshes).toBe(1);
    await session.adopt(body(9, clock.now() + 600_000));
    expect(session.state.getSnapshot()).toBe("signed-in");
    expect(await session.token()).toBe("access9");
  });

  it("takes over what another tab has refreshed", async () => {
    const { make, clock, state, storage } = rig();
    const [one, other] = [make(), make()];
    await clock.wind(600_000);
    expect(await one.token()).toBe("access2");
    expect(await other.token()).toBe("access2");
    expect(state.refreshes).toBe(1);
    // And where the store was not read in time, the refusal of the old token makes it look.
    const late = make();
    state.generation = 5;
    await storage.write({ puts: [[keys.session("u1"), { ...body(5), addedAt: 1 }]] });
    expect(await late.replace("access1")).toBe("access5");
    expect(late.state.getSnapshot()).toBe("signed-in");
  });

  it("[C18] does not wait for a tab that is frozen while it refreshes, and is not put back by that tab's late answer", async () => {
    const { make, state, clock, server, storage } = rig();
    const ground = new FakeGround();
    const [frozen, tab] = [ground.tab(), ground.tab()];
    const [there, here] = [frozen, tab].map(({ common }) => make(1, locksOf("http://server", common.locks, clock)));
    await clock.wind(600_000);
    const { answer } = server;
    const late = Promise.withResolvers<void>();
    server.answer = async (asked) => {
      const told = await answer(asked);
      await late.promise;
      return told;
    };
    const waiting = there?.token();
    await settled();
    server.answer = answer;
    frozen.freeze();
    let token: string | undefined;
    void here?.token().then((got) => (token = got));
    await clock.wind(40_000);
    expect(token).toBe("access2");
    await clock.wind(600_000);
    void here?.token().then((got) => (token = got));
    await clock.wind(40_000);
    expect(token).toBe("access3");
    frozen.thaw();
    late.resolve();
    expect(await waiting).toBe("access3");
    await settled();
    expect(await storage.get(keys.session("u1"))).toMatchObject({ refreshToken: "refresh3" });
    expect(state.refreshes).toBe(3);
  });

  it("goes by the server's clock, not by the device's", async () => {
    const { make, clock, state } = rig();
    const session = make();
    await clock.wind(3_600_000);
    session.noteServerTime(clock0 + 1_000);
    expect(await session.token()).toBe("access1");
    session.noteServerTime(clock0 + 599_000);
    expect(await session.token()).toBe("access2");
    expect(state.refreshes).toBe(1);
  });
});

describe("a call in the name of an account", () => {
  it("is repeated once with a new token when the server refuses the old one", async () => {
    const { make, http, server, state } = rig();
    const api = new Api(http, make());
    state.generation = 2;
    const call = { ...getMe, answers: { 204: { description: "", body: null } } } as const;
    await api.run(call, {});
    expect(server.asked.map(({ path, token }) => [path, token])).toEqual([
      ["/v1/me", "access1"],
      ["/v1/sessions/refresh", undefined],
      ["/v1/me", "access2"],
    ]);
    state.revoked = true;
    await expect(api.run(call, {})).rejects.toMatchObject({ code: "unauthenticated" });
  });
});
