import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Session, session as sessionShape } from "../../schema/http/account/accounts.ts";
import { me as meShape } from "../../schema/http/account/me.ts";
import { type Server, spawnServer } from "../../scripts/server/server.ts";
import { ask, HttpPerson, signUp } from "../rig/server/http.ts";
import { HttpSocket, open, upgrade } from "../rig/server/http-socket.ts";

let server: Server;
let base: string;

beforeAll(async () => {
  server = await spawnServer({ env: { ALLOWED_ORIGINS: "https://friend.example, https://other.example" } });
  base = server.url;
}, 120_000);
afterAll(() => server.stop());

const password = "not so common at all";
const credentials = (handle: string, more = {}) => ({ body: { handle, password, ...more } });

describe("signing up", () => {
  test("[G5] answers a Session, repeated a 200 with another one, with another password handle_taken", async () => {
    const first = await ask<Session>(base, "POST", "/v1/accounts", credentials("Maria.1", { name: "María" }));
    expect(first.status).toBe(201);
    expect(sessionShape.parse(first.body).user).toMatchObject({ handle: "maria.1", name: "María", avatarUrl: null });
    const again = await ask<Session>(base, "POST", "/v1/accounts", credentials("maria.1"));
    expect([again.status, again.body.user.id]).toEqual([200, first.body.user.id]);
    expect(again.body.device.id).not.toBe(first.body.device.id);
    const other = await ask(base, "POST", "/v1/accounts", {
      body: { handle: "MARIA.1", password: "another password" },
    });
    expect([other.status, other.body["code"]]).toEqual([409, "handle_taken"]);
  });

  test.concurrent.each(["ab", "a".repeat(33), "a".repeat(2_000), ".ab", "ab_", "a-b", "äbc"])(
    "refuses the handle %j",
    async (handle) => {
      const answer = await ask(base, "POST", "/v1/accounts", { body: { handle, password: "a good password" } });
      expect([answer.status, answer.body["code"]]).toEqual([400, "bad_request"]);
      const signIn = await ask(base, "POST", "/v1/sessions", { body: { handle, password: "a good password" } });
      expect([signIn.status, signIn.body["code"]]).toEqual([401, "unauthenticated"]);
    },
  );

  test("[G5] of many who want one handle at the same moment one gets it", async () => {
    const wishes = Array.from({ length: 6 }, (_, n) =>
      ask<Session>(base, "POST", "/v1/accounts", { body: { handle: "wanted", password: `password of ${n}` } }),
    );
    const answers = await Promise.all(wishes);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409, 409, 409]);
  });

  test.each(["password", "12345678", "qwertyuiop", "iloveyou", "password1", "11111111"])(
    "refuses %s",
    async (common) => {
      const answer = await ask(base, "POST", "/v1/accounts", { body: { handle: "common.one", password: common } });
      expect([answer.status, answer.body["code"]]).toEqual([400, "bad_request"]);
      expect(answer.body["detail"]).toMatch(/^password: /);
    },
  );

  test("takes passwords of 8 to 256 code points as they are, none shortened", async () => {
    const long = "🔑".repeat(255);
    const made = await ask(base, "POST", "/v1/accounts", { body: { handle: "long.one", password: `${long}a` } });
    expect(made.status).toBe(201);
    const right = await ask(base, "POST", "/v1/sessions", { body: { handle: "long.one", password: `${long}a` } });
    const wrong = await ask(base, "POST", "/v1/sessions", { body: { handle: "long.one", password: `${long}b` } });
    expect([right.status, wrong.status]).toEqual([201, 401]);
    const over = await ask(base, "POST", "/v1/accounts", { body: { handle: "long.two", password: "x".repeat(257) } });
    expect([over.status, over.body["code"]]).toEqual([400, "bad_request"]);
  });
});

describe("signing in", () => {
  test("[A17] a password signs in however the keyboard writes it; a common one is refused in any writing", async () => {
    const written = "caf\u00e9 au lait \ufb01n";
    const body = { handle: `cafe.${Date.now() % 1e9}`, password: written };
    expect((await ask(base, "POST", "/v1/accounts", { body })).status).toBe(201);
    const forms = ["NFC", "NFD", "NFKC", "NFKD"].map((form) => ({ ...body, password: written.normalize(form) }));
    const answers = await Promise.all(forms.map((form) => ask(base, "POST", "/v1/sessions", { body: form })));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const other = await ask(base, "POST", "/v1/sessions", { body: { ...body, password: "cafe au lait fin" } });
    expect(other.status).toBe(401);
    const wide = "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff11";
    const common = await ask(base, "POST", "/v1/accounts", { body: { handle: "wide.one", password: wide } });
    expect([common.status, common.body["detail"]]).toEqual([400, expect.stringMatching(/^password: .*common/)]);
  });

  test("[A15] [G4] strangers who guess lock out strangers, but no device that was signed in before and none that is", async () => {
    const [person, friend] = await Promise.all([signUp(base), signUp(base)]);
    const attempt = (word: string, deviceSecret?: unknown) =>
      ask<Session>(base, "POST", "/v1/sessions", {
        body: { handle: person.handle, password: word, ...(deviceSecret === undefined ? {} : { deviceSecret }) },
      });
    const guess = (deviceSecret?: string) =>
      Promise.all(Array.from({ length: 10 }, (_, n) => attempt(`wrong password ${n}`, deviceSecret)));
    const phone = (await attempt(person.password)).body;
    expect((await guess()).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 401));
    const eleventh = await ask(base, "POST", "/v1/sessions", {
      body: { handle: person.handle, password: person.password },
    });
    expect([eleventh.status, eleventh.body["code"], eleventh.body["retry"]]).toEqual([429, "rate_limited", "later"]);
    expect(eleventh.body["retryAfterMs"]).toBeGreaterThan(0);
    const secrets = [friend.session.deviceSecret, "", "nonsense", `${phone.deviceSecret}x`, "x".repeat(10_000)];
    const unknown = await Promise.all(secrets.map((secret) => attempt(person.password, secret)));
    expect(unknown.map(({ status }) => status)).toEqual([429, 429, 429, 429, 429]);
    expect((await attempt(person.password, 1)).status).toBe(400);
    await ask(base, "DELETE", "/v1/sessions/current", { token: phone.accessToken });
    const back = await attempt(person.password, phone.deviceSecret);
    expect([back.status, back.body.deviceSecret]).toEqual([201, phone.deviceSecret]);
    expect(phone.deviceSecret).not.toBe(person.session.deviceSecret);
    const changed = await person.ask("POST", "/v1/me/password", { current: person.password, next: "a new password" });
    expect(changed.status).toBe(204);
    // The device's own wrong passwords are counted, and no others.
    expect((await guess(phone.deviceSecret)).map(({ status }) => status)).toEqual(
      Array.from({ length: 10 }, () => 401),
    );
    expect((await attempt("a new password", phone.deviceSecret)).status).toBe(429);
    expect((await attempt("a new password", person.session.deviceSecret)).status).toBe(201);
  });

  test("[G3] an unknown handle is answered like a wrong password, before and beyond the limit, in the same time", async () => {
    const person = await signUp(base);
    const handles = [person.handle, `nobody.${Date.now() % 1e9}`, "No Handle!"];
    const answers = handles.map((): string[] => []);
    const guess = async (kind: number): Promise<number> => {
      const startedAt = performance.now();
      const body = { handle: handles[kind], password: "wrong password" };
      const answer = await ask(base, "POST", "/v1/sessions", { body });
      const { retryAfterMs, ...rest } = answer.body;
      answers[kind]?.push(`${answer.status} ${JSON.stringify(rest)}${retryAfterMs === undefined ? "" : " wait"}`);
      return performance.now() - startedAt;
    };
    /** Guesses at each in turn. The fastest answers to each must come to about the same time; a busy machine gets more rounds for that. Nearly all of it is the key derivation. */
    const spreadMax = 0.3;
    const compare = async (roundsMax: number): Promise<void> => {
      const fastest = handles.map(() => Infinity);
      for (let round = 1; ; round++) {
        for (const kind of handles.keys()) fastest[kind] = Math.min(fastest[kind] ?? Infinity, await guess(kind));
        const spread = 1 - Math.min(...fastest) / Math.max(...fastest);
        if (round >= 2 && spread < spreadMax) return;
        if (round === roundsMax) return expect(spread).toBeLessThan(spreadMax);
      }
    };
    await compare(9);
    for (const kind of handles.keys())
      await Promise.all(Array.from({ length: 10 - (answers[kind]?.length ?? 0) }, () => guess(kind)));
    const [wrong = [], ...unknown] = answers;
    expect([...new Set(wrong)]).toEqual([expect.stringMatching(/^401 /)]);
    await compare(9);
    expect([...new Set(wrong.slice(10))]).toEqual([expect.stringMatching(/^429 .* wait$/)]);
    for (const each of unknown) expect(each).toEqual(wrong);
  });
});

describe("refreshing", () => {
  test("[G7] rotates; the previous token gets the same bytes again, an older one revokes the device", async () => {
    const person = await signUp(base);
    const refresh = (refreshToken: string) =>
      ask<Session>(base, "POST", "/v1/sessions/refresh", { body: { refreshToken } });
    const first = await refresh(person.session.refreshToken);
    expect(first.status).toBe(200);
    const repeated = await refresh(person.session.refreshToken);
    expect([repeated.status, repeated.text]).toEqual([200, first.text]);
    const second = await refresh(first.body.refreshToken);
    expect(second.status).toBe(200);
    expect(second.body.deviceSecret).toBe(person.session.deviceSecret);
    expect((await refresh(person.session.refreshToken)).status).toBe(401);
    expect((await refresh(second.body.refreshToken)).status).toBe(401);
    await expectSignedOut(second.body.accessToken);
  });

  test.concurrent.each([
    "",
    "x",
    "x".repeat(1_000),
    "a.b.0.c",
    "u_aaaaaaaaaaaaaaaaaaaaaabbbbbbbb.v_x.0." + "A".repeat(43),
  ])("refuses %j", async (refreshToken) => {
    const answer = await ask(base, "POST", "/v1/sessions/refresh", { body: { refreshToken } });
    expect(answer.status).toBe(refreshToken === "" ? 400 : 401);
  });
});

describe("devices", () => {
  test("[G8] a sign-out ends tokens and sockets within 2 s", async () => {
    const person = await signUp(base);
    const socket = await open(base, "/v1/sync", person.token);
    await socket.next((frame) => frame.type === "hello");
    await person.must(204, "DELETE", "/v1/sessions/current");
    expect(await socket.closes(2_000)).toBe(4401);
    await expectSignedOut(person.token);
    const refused = await ask(base, "POST", "/v1/sessions/refresh", {
      body: { refreshToken: person.session.refreshToken },
    });
    expect(refused.status).toBe(401);
  });

  test("are listed, and one signs another out", async () => {
    const person = await signUp(base);
    const body = { handle: person.handle, password: person.password, device: { name: "Phone", platform: "ios" } };
    const other = await ask<Session>(base, "POST", "/v1/sessions", { body });
    const list = await person.must<{ devices: Record<string, unknown>[] }>(200, "GET", "/v1/devices");
    expect(list.devices).toHaveLength(2);
    expect(list.devices).toContainEqual(
      expect.objectContaining({ id: other.body.device.id, name: "Phone", current: false }),
    );
    await person.must(204, "DELETE", `/v1/devices/${other.body.device.id}`);
    await expectSignedOut(other.body.accessToken);
    await person.must(404, "DELETE", `/v1/devices/${other.body.device.id}`);
    expect((await person.ask("GET", "/v1/me")).status).toBe(200);
  });

  test("[A26] a device that is looked at and approved is signed in; right codes are not counted, wrong ones are, and no more are answered at once than one by one", async () => {
    const person = await signUp(base);
    const link = await ask<{ code: string; secret: string }>(base, "POST", "/v1/sessions/link", { body: {} });
    const at = (code: string, rest = "") => `/v1/sessions/link/${code}${rest}`;
    for (let n = 0; n < 12; n++) await person.must(200, "GET", at(link.body.code));
    await person.must(404, "GET", at("no-code"));
    const guesses = await Promise.all(Array.from({ length: 9 }, (_, n) => person.ask("GET", at(`0000-000${n}`))));
    expect(guesses.map(({ status }) => status)).toEqual(guesses.map(() => 404));
    await person.must(204, "POST", at(link.body.code, "/approve"), {});
    const claimed = await ask<Session>(base, "POST", "/v1/sessions/link/claim", { body: link.body });
    expect([claimed.status, claimed.body.user.id]).toEqual([201, person.id]);
    const more = await Promise.all(Array.from({ length: 5 }, (_, n) => person.ask("GET", at(`0000-001${n}`))));
    expect(more.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([404, 429, 429, 429, 429]);
    expect((await person.ask("GET", at(link.body.code))).status).toBe(429);
  });
});

describe("me", () => {
  test("is patched by merge; a new handle is found, the old one is not", async () => {
    const person = await signUp(base);
    const patched = await person.must(200, "PATCH", "/v1/me", {
      name: "New Name",
      bio: "two\nlines",
      handle: `renamed.${Date.now()}`,
      settings: { readReceipts: false, notifications: { preview: false } },
    });
    const me = meShape.parse(patched);
    expect(me.settings).toMatchObject({
      readReceipts: false,
      typing: true,
      notifications: { enabled: true, preview: false },
    });
    const other = await signUp(base);
    const byHandle = (handle: string) => other.ask("GET", `/v1/users?handle=${handle}`);
    expect((await byHandle(me.handle ?? "")).body).toMatchObject({ id: person.id, name: "New Name" });
    expect((await byHandle(person.handle)).status).toBe(404);
    const found = await other.must<{ users: { id: string }[] }>(200, "GET", "/v1/users?q=new%20na");
    expect(found.users.map((user) => user.id)).toContain(person.id);
    const taken = await other.ask("PATCH", "/v1/me", { handle: me.handle });
    expect([taken.status, taken.body["code"]]).toEqual([409, "handle_taken"]);
  });

  test("[A4] a new password signs all other devices out; a wrong current one is forbidden, a repeated change is not", async () => {
    const person = await signUp(base);
    const other = await ask<Session>(base, "POST", "/v1/sessions", {
      body: { handle: person.handle, password: person.password },
    });
    const wrong = await person.ask("POST", "/v1/me/password", { current: "wrong password", next: "a new password" });
    expect([wrong.status, wrong.body["code"]]).toEqual([403, "forbidden"]);
    const common = await person.ask("POST", "/v1/me/password", { current: person.password, next: "password1" });
    expect([common.status, common.body["detail"]]).toEqual([400, expect.stringMatching(/^next: /)]);
    const change = { current: person.password, next: "a new password" };
    await person.must(204, "POST", "/v1/me/password", change);
    // Its answer was lost.
    await person.must(204, "POST", "/v1/me/password", change);
    expect((await person.ask("POST", "/v1/me/password", { ...change, next: "another one" })).status).toBe(403);
    await expectSignedOut(other.body.accessToken);
    expect((await person.ask("GET", "/v1/me")).status).toBe(200);
    const signIn = (word: string) =>
      ask(base, "POST", "/v1/sessions", { body: { handle: person.handle, password: word } });
    expect([(await signIn("a new password")).status, (await signIn(person.password)).status]).toEqual([201, 401]);
  });
});

describe("people", () => {
  test("contacts become mutual, blocks are listed, and both are ended", async () => {
    const [ana, bo] = await Promise.all([signUp(base, "ana"), signUp(base, "bo")]);
    expect(await ana.must(200, "PUT", `/v1/contacts/${bo.id}`)).toMatchObject({
      state: "outgoing",
      user: { id: bo.id },
    });
    expect(await bo.must(200, "GET", "/v1/contacts")).toMatchObject({
      contacts: [{ state: "incoming" }],
      cursor: null,
    });
    expect(await bo.must(200, "PUT", `/v1/contacts/${ana.id}`)).toMatchObject({ state: "mutual" });
    await ana.must(204, "DELETE", `/v1/contacts/${bo.id}`);
    await ana.must(200, "PUT", `/v1/blocks/${bo.id}`);
    expect(await ana.must(200, "GET", "/v1/blocks")).toMatchObject({ blocks: [{ user: { id: bo.id } }], cursor: null });
    expect(await bo.must(200, "GET", "/v1/blocks")).toEqual({ blocks: [], cursor: null });
    await ana.must(204, "DELETE", `/v1/blocks/${bo.id}`);
    expect(await bo.must(200, "GET", `/v1/users/${ana.id}`)).toMatchObject({ id: ana.id, handle: ana.handle });
  });
});

describe("origins", () => {
  test("the server's own and the allowed ones may call, others get no leave", async () => {
    const allowed = async (origin: string) => {
      const asked = await ask(base, "OPTIONS", "/v1/me", {
        headers: {
          origin,
          "access-control-request-method": "PATCH",
          "access-control-request-headers": "authorization",
        },
      });
      expect(asked.status).toBe(204);
      const answer = await ask(base, "GET", "/v1/healthz", { headers: { origin } });
      expect(answer.headers.get("access-control-allow-origin")).toBe(asked.headers.get("access-control-allow-origin"));
      return asked.headers.get("access-control-allow-origin");
    };
    expect(await allowed(base)).toBe(base);
    expect(await allowed("https://friend.example")).toBe("https://friend.example");
    expect(await allowed("https://other.example")).toBe("https://other.example");
    expect(await allowed("https://foe.example")).toBeNull();
    expect(await allowed("null")).toBeNull();
  });

  test("[G10] an upgrade from a foreign page is refused, from an own one it is not", async () => {
    const person = await signUp(base);
    const from = (origin: string) => upgrade(base, "/v1/sync", { token: person.token, headers: { origin } });
    expect(await from("https://foe.example")).toMatchObject({ status: 403, body: { code: "forbidden" } });
    for (const origin of [base, "https://friend.example"]) {
      const socket = await from(origin);
      expect(socket).toBeInstanceOf(HttpSocket);
      if (socket instanceof HttpSocket) socket.close();
    }
  });
});

/** Within the 2 s of the contract. */
async function expectSignedOut(accessToken: string): Promise<void> {
  const giveUpAt = Date.now() + 2_000;
  for (;;) {
    const { status } = await ask(base, "GET", "/v1/me", { token: accessToken });
    if (status === 401) return;
    if (Date.now() > giveUpAt) expect(status).toBe(401);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("a person is who their token says", async () => {
  const person = await signUp(base);
  expect(person).toBeInstanceOf(HttpPerson);
  expect(await person.must(200, "GET", "/v1/me")).toMatchObject({ id: person.id, handle: person.handle });
});
