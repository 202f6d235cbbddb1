/** Where objects are made: every call that may create an object has a location hint. The calls go through the gateway, with bindings that note each hint. */
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test } from "vitest";
import { relayMarks } from "../../../objects/conversation/relays/marks.ts";
import { mintUserId } from "../../../objects/shared/identity/mint.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import { makeApi } from "../../../workers/api/api.ts";
import { codeOf, directory, newHandle, signUp, valueOf, wind } from "../../rig/objects/accounts.ts";

const api = makeApi();
const password = "as far as the moon";

/** Asks as somebody in Brazil would; answers which objects were named, and where each was to be made when it first was. */
async function from(
  method: string,
  path: string,
  body: object | undefined,
  token?: string,
): Promise<{ status: number; body: { id?: string; user?: { id: string } }; places: Map<string, string | undefined> }> {
  const places = new Map<string, string | undefined>();
  const noting = <T extends { getByName: (name: string, options?: object) => unknown }>(namespace: T): T =>
    new Proxy(namespace, {
      get: (_, property) => {
        if (property !== "getByName") throw new Error(`${String(property)} is not noted`);
        return (name: string, options?: { locationHint?: string }) => {
          if (!places.has(name)) places.set(name, options?.locationHint);
          return namespace.getByName(name, options);
        };
      },
    });
  const request = new Request(`http://parley.test${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(path.endsWith("/live") ? { upgrade: "websocket" } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    cf: { continent: "SA", country: "BR", longitude: "-46.6" },
  });
  const [users, conversations, relays] = [noting(env.USERS), noting(env.CONVERSATIONS), noting(env.RELAYS)];
  const noted = { ...env, USERS: users, CONVERSATIONS: conversations, RELAYS: relays };
  const answer = await api.fetch(request, noted);
  answer.webSocket?.accept();
  return { status: answer.status, body: answer.webSocket === null ? await answer.json() : {}, places };
}

test("a user lives near where they signed up", async () => {
  const { status, body, places } = await from("POST", "/v1/accounts", { handle: newHandle("rio"), password });
  expect(status).toBe(201);
  expect([...places]).toEqual([[body.user?.id, "sam"]]);
});

test("so does one whose sign-up was cut off after the claim: a moment ago, long ago, or with a try to sign in between", async () => {
  for (const between of ["nothing", "long", "sign-in"]) {
    const handle = newHandle("bahia");
    const claimed = mintUserId(env.ID_SECRET);
    valueOf(await directory.claimHandle(handle, claimed, Date.now()));
    if (between === "long") wind(3_600_000);
    if (between === "sign-in") {
      const tried = await from("POST", "/v1/sessions", { handle, password });
      // Attempts at handles without an account are counted by objects that all such handles share.
      const own = [...tried.places].filter(([name]) => !name.startsWith("decoy."));
      expect([tried.status, own]).toEqual([401, [[claimed, "sam"]]]);
    }
    const { status, body, places } = await from("POST", "/v1/accounts", { handle, password });
    expect([status, body.user?.id]).toEqual([201, claimed]);
    expect([...places]).toEqual([[claimed, "sam"]]);
  }
});

test("a conversation lives near whoever opens it, and a group that is refused would have", async () => {
  const [ana, bo] = [await signUp("ana"), await signUp("bo")];
  const token = ana.session.accessToken;
  const dm = await from("PUT", `/v1/dms/${bo.id}`, {}, token);
  expect([dm.status, dm.places.get(dm.body.id ?? "")]).toEqual([201, "sam"]);
  const draft = { title: "Carnival", memberIds: [bo.id] };
  const group = await from("POST", "/v1/conversations", draft, token);
  expect([group.status, group.places.get(group.body.id ?? "")]).toEqual([201, "sam"]);

  expect(codeOf(await bo.calls.putBlock(ana.user))).toBe("true");
  const refused = await from("POST", "/v1/conversations", { ...draft, clientId: "c1" }, token);
  expect(refused.status).toBe(403);
  expect([...refused.places].filter(([name]) => name.startsWith("g_"))).toEqual([[expect.any(String), "sam"]]);
});

test("a relay lives near the first of those who look by it", async () => {
  Object.assign(relayMarks, { ownSocketsMax: 0 });
  onTestFinished(() => void Object.assign(relayMarks, { ownSocketsMax: largeGroups.ownSocketsMax }));
  const { accessToken } = (await signUp("ana")).session;
  const { body } = await from(
    "POST",
    "/v1/conversations",
    { title: "Carnival", memberIds: [], mode: "large" },
    accessToken,
  );
  const { status, places } = await from("GET", `/v1/conversations/${body.id}/live`, undefined, accessToken);
  expect([status, places.get(`${body.id}/1`)]).toEqual([101, "sam"]);
});
