import { onTestFinished, expect, test } from "vitest";
import { createParley, ParleyError, type PasskeyAnswer, type ShownLink } from "../../../client/index.ts";
import { securityBounds } from "../../../schema/bounds/security.ts";
import { type Answer, FakeServer, refused, type Asked } from "../../rig/client/fake-fetch.ts";
import { clock0, linkedAccount } from "../../rig/client/linked-account.ts";
import { FakeNetwork } from "../../rig/client/socket-pair.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

const session = {
  user: { id: "ana", handle: "ana", name: "Ana", bio: "", avatarUrl: null },
  device: { id: "d1", name: "", platform: "" },
  accessToken: "access",
  accessTokenExpiresAt: clock0 + 86_400_000,
  refreshToken: "refresh",
  deviceSecret: "d1.secret",
};
const request = { challenge: "AAAA", rpId: "chat.example", timeout: 1, userVerification: "required" } as const;
const answer: PasskeyAnswer = {
  id: "AAAA",
  response: {
    clientDataJSON: "AAAA",
    authenticatorData: "AAAA",
    signature: "AAAA",
    userHandle: Buffer.from("ana").toString("base64url"),
  },
};

function sdk(respond: (asked: Asked) => Answer | "silence") {
  const clock = new WoundClock(clock0);
  const server = new FakeServer((asked) =>
    asked.path.startsWith("/v1/sessions") ? respond(asked) : refused("unavailable"),
  );
  const parley = createParley({
    ...{ baseUrl: "http://server", fetch: server.fetch, WebSocket: new FakeNetwork().WebSocket, clock },
    random: () => 0.5,
    wakeups: { isOffline: () => false, subscribe: () => () => undefined },
    device: { name: "Tab", platform: "web" },
  });
  onTestFinished(() => parley.close());
  return { clock, server, parley };
}

test("[C32] a refusal for the second factor has what the app needs to ask for it, and the repeat brings it", async () => {
  const secondFactor = { passkey: { ...request, allowCredentials: [] }, recoveryCodes: 9 };
  const { parley, server } = sdk(({ body }) =>
    JSON.stringify(body).includes("recoveryCode")
      ? { status: 201, body: session }
      : { status: 403, body: { ...(refused("forbidden").body as object), secondFactor } },
  );
  const credentials = { handle: "ana", password: "a long enough secret" };
  const error = await parley.signIn(credentials).catch((failure: unknown) => failure);
  if (!(error instanceof ParleyError)) throw new Error("it was not refused");
  expect([error.code, error.retry, error.secondFactor]).toEqual(["forbidden", "never", secondFactor]);
  await parley.signIn({ ...credentials, recoveryCode: "AAAA" });
  const sent = server.asked.filter(({ path }) => path === "/v1/sessions").map(({ body }) => body);
  const body = { ...credentials, device: { name: "Tab", platform: "web" } };
  expect(sent).toEqual([body, { ...body, recoveryCode: "AAAA" }]);
});

test("[C32] a passkey signs in alone; the device that was here before shows its secret", async () => {
  const { parley, server } = sdk(({ path }) =>
    path.endsWith("/challenge") ? { status: 200, body: request } : { status: 201, body: session },
  );
  const account = await parley.signInWithPasskey(async (asked) => {
    expect(asked).toEqual(request);
    return answer;
  });
  expect(account.userId).toBe("ana");
  const bodies = () => server.asked.filter(({ path }) => path === "/v1/sessions/passkey").map(({ body }) => body);
  expect(bodies()).toEqual([{ passkey: answer, device: { name: "Tab", platform: "web" } }]);
  await parley.signInWithPasskey(async () => answer);
  expect(bodies()[1]).toMatchObject({ deviceSecret: "d1.secret" });
  const failure = new Error("the user said no");
  await expect(parley.signInWithPasskey(() => Promise.reject(failure))).rejects.toBe(failure);
});

test("[C32] a device that shows a link asks until it is approved, through a moment without network", async () => {
  const answers: (Answer | "silence")[] = [
    { status: 202, body: { expiresAt: clock0 + 120_000 } },
    "silence",
    { status: 201, body: session },
  ];
  const { parley, clock } = sdk(({ path }) =>
    path === "/v1/sessions/link"
      ? { status: 201, body: { code: "AAAA-AAAA", secret: "s", expiresAt: clock0 + 120_000 } }
      : (answers.shift() ?? "silence"),
  );
  const shown: ShownLink[] = [];
  const entered = parley.signInByLink((link) => shown.push(link));
  for (let n = 0; n < 3; n++) {
    await settled();
    await clock.wind(securityBounds.linkAskMs);
  }
  expect((await entered).userId).toBe("ana");
  expect(shown).toEqual([{ code: "AAAA-AAAA", expiresAt: clock0 + 120_000 }]);
});

test("[C32] a link that is over or refused ends the waiting, as does the caller", async () => {
  let end: Answer = refused("not_found");
  const { parley, clock, server } = sdk(({ path }) =>
    path === "/v1/sessions/link"
      ? { status: 201, body: { code: "AAAA-AAAA", secret: "s", expiresAt: clock0 + 120_000 } }
      : end,
  );
  const endOf = async (signal?: AbortSignal) => {
    const ended = parley
      .signInByLink(() => undefined, signal === undefined ? {} : { signal })
      .catch((error: unknown) => error);
    await settled();
    return { ended, wind: async () => await clock.wind(securityBounds.linkAskMs) };
  };
  const over = await endOf();
  await over.wind();
  expect(await over.ended).toMatchObject({ code: "not_found" });
  end = refused("forbidden");
  const declined = await endOf();
  await declined.wind();
  expect(await declined.ended).toMatchObject({ code: "forbidden" });
  const abort = new AbortController();
  const left = await endOf(abort.signal);
  abort.abort();
  const before = server.asked.length;
  await left.wind();
  expect(await left.ended).toMatchObject({ name: "AbortError" });
  expect(server.asked.length).toBe(before);
});

test("[C32] new devices come with a hello and by frames, and end with the next hello that has none", async () => {
  const { account, network, hello } = await linkedAccount();
  const newDevice = { id: "d2", name: "Phone", platform: "web", createdAt: clock0 };
  const shown = () => account.security.newDevices.getSnapshot();
  await hello();
  expect(shown()).toEqual([]);
  network.last.say({ type: "devices", newDevices: [newDevice] });
  await settled();
  expect(shown()).toEqual([newDevice]);
  network.last.say({ type: "devices", newDevices: [] });
  await settled();
  expect(shown()).toEqual([]);
});
