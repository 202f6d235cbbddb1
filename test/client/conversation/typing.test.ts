import { describe, expect, it } from "vitest";
import { Api } from "../../../client/session/api.ts";
import { Http } from "../../../client/link/http.ts";
import { memoryStorage } from "../../../client/index.ts";
import { aloneLocks } from "../../../client/storage/locks.ts";
import { Session } from "../../../client/session/session.ts";
import { Typing } from "../../../client/conversation/typing.ts";
import { session as sessionForm } from "../../../schema/http/account/accounts.ts";
import { limits } from "../../../schema/limits.ts";
import { FakeServer } from "../../rig/client/fake-fetch.ts";
import { WoundClock } from "../../rig/wound-clock.ts";

/** The server's clock is an hour ahead. */
const aheadMs = 3_600_000;

function rig() {
  const clock = new WoundClock();
  const server = new FakeServer(() => ({ status: 204 }));
  const http = new Http("http://server", server.fetch, clock);
  const body = sessionForm.parse({
    user: { id: "ana", handle: "ana", name: "Ana", bio: "", avatarUrl: null },
    device: { id: "d1", name: "", platform: "" },
    accessToken: "access",
    accessTokenExpiresAt: clock.now() + 86_400_000,
    refreshToken: "refresh",
  });
  const session = new Session(body, 0, { http, storage: memoryStorage(), clock, locks: aloneLocks() });
  const serverNow = () => clock.now() + aheadMs;
  const typing = new Typing({ conversationId: "c", clock, serverNow, api: new Api(http, session) });
  return { clock, server, typing, serverNow, users: () => typing.users.getSnapshot() };
}

describe("who is typing", () => {
  it("is over by itself, at the moment that the server named, and goes on when another sign comes", async () => {
    const { clock, typing, serverNow, users } = rig();
    typing.receive("bo", serverNow() + 6_000);
    await clock.wind(5_000);
    typing.receive("bo", serverNow() + 6_000);
    await clock.wind(5_999);
    expect(users()).toEqual(["bo"]);
    await clock.wind(1);
    expect(users()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it("is over when what was typed has arrived, and never shows for longer than the limit, or for what is past", async () => {
    const { clock, typing, serverNow, users } = rig();
    typing.receive("bo", serverNow() + 6_000);
    typing.stopped("bo");
    expect(users()).toEqual([]);
    typing.receive("bo", serverNow() - 1);
    expect(users()).toEqual([]);
    typing.receive("bo", serverNow() + 3_600_000);
    await clock.wind(limits.typingMsMax);
    expect(users()).toEqual([]);
  });

  it("is sent every few seconds at most, and at once again after a message was sent", async () => {
    const { clock, typing } = rig();
    let said = 0;
    const socket = { post: () => void said++ };
    for (let i = 0; i < 50; i++) {
      typing.send(socket);
      await clock.wind(100);
    }
    expect(said).toBe(2);
    typing.rest();
    typing.send(socket);
    expect(said).toBe(3);
  });

  it("is sent by a call where there is no socket", async () => {
    const { clock, typing, server } = rig();
    typing.send(undefined);
    await clock.wind(0);
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /v1/conversations/c/typing"]);
  });
});
