import { beforeAll, describe, expect, inject, test } from "vitest";
import type { Session } from "../../schema/http/account/accounts.ts";
import { routes } from "../../schema/http/routes.ts";
import {
  admins,
  all,
  type Case,
  members,
  type Role,
  roles,
  securityCases,
  signedIn,
  watched,
  type World,
} from "../rig/server/authorization.ts";
import { ask, type HttpPerson, signUp } from "../rig/server/http.ts";
import { HttpSocket, upgrade } from "../rig/server/http-socket.ts";

const url = inject("systemUrl");
let bystander: HttpPerson;
/** An attachment that the member has sent in a group. */
let sentFile: string;
const people = new Map<Role, HttpPerson>();

function person(role: Role): HttpPerson {
  const found = people.get(role);
  if (found === undefined) throw new Error(`nobody is ${role}`);
  return found;
}

beforeAll(async () => {
  for (const role of roles) if (role !== "anonymous") people.set(role, await signUp(url, role));
  bystander = await signUp(url, "bystander");
  await person("owner").must(200, "PUT", `/v1/blocks/${person("blocked").id}`);
  sentFile = await sendFile(await makeWorld());
}, 120_000);

async function makeWorld(): Promise<World> {
  const owner = person("owner");
  const id = await owner.group([person("admin"), person("member"), person("removed")]);
  const path = `/v1/conversations/${id}`;
  const invite = await owner.must<{ id: string; code: string }>(201, "POST", `${path}/invites`);
  await person("blocked").must(200, "POST", `/v1/invites/${invite.code}/accept`);
  await owner.must(200, "PUT", `${path}/members/${person("admin").id}`, { role: "admin" });
  await owner.must(204, "DELETE", `${path}/members/${person("removed").id}`);
  await person("member").send(id, "by the member");
  await owner.send(id, "by the owner");
  const file = { name: "a.bin", type: "", bytes: 3 };
  const { uploadId } = await person("member").must<{ uploadId: string }>(201, "POST", `${path}/uploads`, file);
  const ownersDevice = owner.session.device.id;
  return { id, invite: invite.code, inviteId: invite.id, ownersDevice, upload: uploadId };
}

/** Completes the member's upload and sends it. */
async function sendFile({ id, upload }: World): Promise<string> {
  const member = person("member");
  const part = `/v1/uploads/${upload}/parts/1`;
  const put = await ask(url, "PUT", part, { token: member.token, rawBody: new Uint8Array([1, 2, 3]) });
  expect(put.status).toBe(204);
  await member.must(200, "POST", `/v1/uploads/${upload}/complete`, {});
  await member.send(id, "", { attachments: [upload] });
  return upload;
}

const inGroup =
  (rest = "") =>
  (world: World) =>
    `/v1/conversations/${world.id}${rest}`;
const byInvite =
  (rest = "") =>
  (world: World) =>
    `/v1/invites/${world.invite}${rest}`;
const ofBystander = (path: string) => () => `${path}/${bystander.id}`;
let count = 0;

const cases: Record<string, Case[]> = {
  ...securityCases,
  "POST /v1/accounts": [
    {
      body: (_, role) => ({ handle: `new.${role}.${Date.now() % 1e9}`, password: "a good password" }),
      expected: all(201),
    },
  ],
  "POST /v1/sessions": [
    { body: () => ({ handle: bystander.handle, password: bystander.password }), expected: all(201) },
  ],
  "POST /v1/sessions/refresh": [{ body: () => ({ refreshToken: "none" }), expected: all(401) }],
  "DELETE /v1/sessions/current": [{ spends: true, expected: signedIn(204) }],
  "GET /v1/devices": [{ expected: signedIn(200) }],
  "DELETE /v1/devices/:deviceId": [
    {
      path: (world, role) => `/v1/devices/${role === "owner" ? "v_none" : world.ownersDevice}`,
      expected: signedIn(404),
    },
  ],
  "GET /v1/me": [{ expected: signedIn(200) }],
  "PATCH /v1/me": [{ body: () => ({ bio: "hello" }), expected: signedIn(200) }],
  "POST /v1/me/password": [
    { body: () => ({ current: "not the password", next: "another password" }), expected: signedIn(403) },
  ],
  "POST /v1/me/erase": [{ body: () => ({ password: "not the password" }), expected: signedIn(403) }],
  "GET /v1/users/:userId": [{ path: () => `/v1/users/${person("owner").id}`, expected: signedIn(200) }],
  "GET /v1/users": [
    { path: () => `/v1/users?handle=${person("owner").handle}`, expected: signedIn(200) },
    { path: () => "/v1/users?q=owner", expected: signedIn(200) },
  ],
  "GET /v1/presence": [{ path: () => `/v1/presence?userIds=${person("owner").id}`, expected: signedIn(200) }],
  "PUT /v1/push/subscription": [
    {
      body: (_, role) => ({
        endpoint: `https://fcm.googleapis.com/fcm/send/${role}`,
        keys: {
          p256dh: "BKo35FtzrHUJlCz8seRm8CkvzsmiO8vv1hYU_nAEDRpfg_TjQYDAONorntRRtR_y2fgiBmZ_sBv1sfvzZX7cc-8",
          auth: "AAAAAAAAAAAAAAAAAAAAAA",
        },
      }),
      expected: signedIn(204),
    },
  ],
  "DELETE /v1/push/subscription": [{ expected: signedIn(204) }],
  "GET /v1/contacts": [{ expected: signedIn(200) }],
  "PUT /v1/contacts/:userId": [{ path: ofBystander("/v1/contacts"), expected: signedIn(200) }],
  "DELETE /v1/contacts/:userId": [{ path: ofBystander("/v1/contacts"), expected: signedIn(204) }],
  "GET /v1/blocks": [{ expected: signedIn(200) }],
  "PUT /v1/blocks/:userId": [{ path: ofBystander("/v1/blocks"), expected: signedIn(200) }],
  "DELETE /v1/blocks/:userId": [{ path: ofBystander("/v1/blocks"), expected: signedIn(204) }],
  "PUT /v1/dms/:userId": [
    { path: () => `/v1/dms/${person("owner").id}`, expected: signedIn([200, 201], { blocked: 403 }) },
  ],
  "POST /v1/conversations": [
    { body: () => ({ title: "New", memberIds: [person("owner").id] }), expected: signedIn(201, { blocked: 403 }) },
  ],
  "GET /v1/conversations": [{ expected: signedIn(200) }],
  "GET /v1/conversations/:conversationId": [{ path: inGroup(), expected: members(200) }],
  "PATCH /v1/conversations/:conversationId": [
    { why: "title", path: inGroup(), body: () => ({ title: "Other" }), expected: members(200) },
    { why: "picture", path: inGroup(), body: () => ({ avatar: null }), expected: members(200) },
    { why: "policy", path: inGroup(), body: () => ({ policy: { add: "admin" } }), expected: admins(200) },
  ],
  "PATCH /v1/conversations/:conversationId/me": [
    { path: inGroup("/me"), body: () => ({ pinned: true }), expected: members(200, { removed: 200 }) },
  ],
  "GET /v1/conversations/:conversationId/members": [{ path: inGroup("/members"), expected: members(200) }],
  "PUT /v1/conversations/:conversationId/members/:userId": [
    {
      why: "add",
      path: (world) => inGroup(`/members/${bystander.id}`)(world),
      body: () => ({}),
      expected: members(200),
    },
    {
      why: "add as an admin",
      path: (world) => inGroup(`/members/${bystander.id}`)(world),
      body: () => ({ role: "admin" }),
      expected: members(403, { owner: 200 }),
    },
    {
      why: "set a role",
      path: (world) => inGroup(`/members/${person("member").id}`)(world),
      body: () => ({ role: "admin" }),
      expected: members(403, { owner: 200 }),
    },
  ],
  "POST /v1/conversations/:conversationId/members": [
    { path: inGroup("/members"), body: () => ({ userIds: [bystander.id] }), expected: members(200, { blocked: 200 }) },
  ],
  "DELETE /v1/conversations/:conversationId/members/:userId": [
    {
      why: "a member; for the member, leaving",
      path: (world) => inGroup(`/members/${person("member").id}`)(world),
      expected: members(204, { blocked: 403 }),
    },
    {
      why: "an admin; for the admin, leaving",
      path: (world) => inGroup(`/members/${person("admin").id}`)(world),
      expected: members(403, { admin: 204, owner: 204 }),
    },
  ],
  "POST /v1/conversations/:conversationId/invites": [
    { path: inGroup("/invites"), body: () => ({}), expected: members(201) },
  ],
  "GET /v1/conversations/:conversationId/invites": [{ path: inGroup("/invites"), expected: members(200) }],
  "DELETE /v1/conversations/:conversationId/invites/:inviteId": [
    {
      why: "the owner's",
      path: (world) => inGroup(`/invites/${world.inviteId}`)(world),
      expected: admins(204),
    },
    { why: "none", path: inGroup("/invites/i_none"), expected: members(404) },
  ],
  "GET /v1/invites/:code": [{ path: byInvite(), expected: signedIn(200) }],
  "GET /v1/invites/:code/preview": [{ path: byInvite("/preview"), expected: all(200) }],
  "DELETE /v1/invites/:code": [{ path: byInvite(), expected: admins(204) }],
  "POST /v1/invites/:code/accept": [{ path: byInvite("/accept"), expected: signedIn(200, { removed: 403 }) }],
  "POST /v1/conversations/:conversationId/messages": [
    { path: inGroup("/messages"), body: () => ({ clientId: `c${count++}`, text: "hello" }), expected: members(201) },
  ],
  "GET /v1/conversations/:conversationId/messages": [{ path: inGroup("/messages"), expected: members(200) }],
  "GET /v1/conversations/:conversationId/messages/:seq": [{ path: inGroup("/messages/1"), expected: members(200) }],
  "PATCH /v1/conversations/:conversationId/messages/:seq": [
    { path: inGroup("/messages/1"), body: () => ({ text: "edited" }), expected: members(403, { member: 200 }) },
  ],
  "DELETE /v1/conversations/:conversationId/messages/:seq": [
    { why: "the member's", path: inGroup("/messages/1"), expected: members(200, { blocked: 403 }) },
    { why: "the owner's", path: inGroup("/messages/2"), expected: admins(200) },
  ],
  "PUT /v1/conversations/:conversationId/messages/:seq/reactions/:emoji": [
    { path: inGroup(`/messages/1/reactions/${encodeURIComponent("👍")}`), expected: members(200) },
  ],
  "DELETE /v1/conversations/:conversationId/messages/:seq/reactions/:emoji": [
    { path: inGroup(`/messages/1/reactions/${encodeURIComponent("👍")}`), expected: members(200) },
  ],
  "PUT /v1/conversations/:conversationId/messages/:seq/vote": [
    { path: inGroup("/messages/1/vote"), body: () => ({ options: [0] }), expected: members(400) },
  ],
  "PUT /v1/conversations/:conversationId/messages/:seq/closed": [
    { path: inGroup("/messages/1/closed"), expected: members(400) },
  ],
  "GET /v1/conversations/:conversationId/messages/:seq/voters": [
    { path: inGroup("/messages/1/voters?option=0"), expected: members(400) },
  ],
  "POST /v1/conversations/:conversationId/uploads": [
    {
      why: "a file",
      path: inGroup("/uploads"),
      body: () => ({ name: "a.bin", type: "", bytes: 3 }),
      expected: members(201),
    },
    { why: "a copy", path: inGroup("/uploads"), body: ({ upload }) => ({ from: upload }), expected: signedIn(404) },
  ],
  "POST /v1/me/uploads": [{ body: () => ({ name: "a.png", type: "image/png", bytes: 3 }), expected: signedIn(201) }],
  "PUT /v1/uploads/:uploadId/parts/:n": [
    { path: ({ upload }) => `/v1/uploads/${upload}/parts/1`, expected: signedIn(404, { member: 400 }) },
  ],
  "GET /v1/uploads/:uploadId": [
    { path: ({ upload }) => `/v1/uploads/${upload}`, expected: signedIn(404, { member: 200 }) },
  ],
  "DELETE /v1/uploads/:uploadId": [
    { path: ({ upload }) => `/v1/uploads/${upload}`, expected: signedIn(404, { member: 204 }) },
  ],
  "POST /v1/uploads/:uploadId/complete": [
    {
      path: ({ upload }) => `/v1/uploads/${upload}/complete`,
      body: () => ({}),
      expected: signedIn(404, { member: 409 }),
    },
  ],
  "GET /v1/attachments/:attachmentId": [
    { why: "in a message", path: () => `/v1/attachments/${sentFile}`, expected: members(302) },
    { why: "not sent", path: ({ upload }) => `/v1/attachments/${upload}`, expected: signedIn(404) },
  ],
  "POST /v1/attachments/addresses": [{ body: () => ({ ids: [sentFile] }), expected: signedIn(200) }],
  "GET /v1/conversations/:conversationId/attachments": [{ path: inGroup("/attachments"), expected: members(200) }],
  "GET /v1/avatars/:picture": [{ path: () => "/v1/avatars/p_none", expected: all(404) }],
  "GET /v1/conversations/:conversationId/changes": [{ path: inGroup("/changes?rev=0"), expected: members(200) }],
  "POST /v1/conversations/:conversationId/receipts": [
    { path: inGroup("/receipts"), body: () => ({ read: 1 }), expected: members(204) },
  ],
  "POST /v1/conversations/:conversationId/typing": [{ path: inGroup("/typing"), expected: members(204) }],
  "GET /v1/conversations/:conversationId/verify": [{ path: inGroup("/verify?from=1&to=2"), expected: members(200) }],
  "GET /v1/conversations/:conversationId/export": [{ path: inGroup("/export"), expected: members(200) }],
  "GET /v1/me/export": [{ expected: signedIn(200) }],
  "GET /v1/conversations/:conversationId/pins": [{ path: inGroup("/pins"), expected: members(200) }],
  "PUT /v1/conversations/:conversationId/pins/:seq": [{ path: inGroup("/pins/1"), expected: members(200) }],
  "DELETE /v1/conversations/:conversationId/pins/:seq": [{ path: inGroup("/pins/1"), expected: members(204) }],
  "PUT /v1/conversations/:conversationId/stars/:seq": [{ path: inGroup("/stars/1"), expected: members(204) }],
  "DELETE /v1/conversations/:conversationId/stars/:seq": [
    { path: inGroup("/stars/1"), expected: members(204, { removed: 204 }) },
  ],
  "GET /v1/conversations/:conversationId/marks": [
    { path: inGroup("/marks"), expected: members(200, { removed: 200 }) },
  ],
  "POST /v1/reports": [
    {
      body: ({ id }) => ({ about: { kind: "conversation", conversationId: id }, reason: "spam" }),
      expected: members(204),
    },
  ],
  "PUT /v1/conversations/:conversationId/hidden": [
    { path: inGroup("/hidden"), body: () => ({ seqs: [1], on: true }), expected: members(200, { removed: 400 }) },
  ],
  "PUT /v1/conversations/:conversationId/cleared": [
    { path: inGroup("/cleared"), body: () => ({ upTo: 1 }), expected: members(200, { removed: 200 }) },
  ],
  "GET /v1/stars": [{ expected: signedIn(200) }],
  "GET /v1/link-previews": [{ path: () => "/v1/link-previews?url=http://localhost/", expected: signedIn(404) }],
  "GET /v1/link-images/:signature": [
    { path: () => "/v1/link-images/none?of=https://example.com/", expected: all(404) },
  ],
  "GET /v1/mentions": [{ expected: signedIn(200) }],
  "GET /v1/search": [
    { why: "over all conversations", path: () => "/v1/search?q=by", expected: signedIn(200) },
    { why: "in one", path: ({ id }) => `/v1/search?q=by&conversationId=${id}`, expected: members(200) },
  ],
  "GET /v1/sync": [{ expected: signedIn(200) }],
  "GET /v1/conversations/:conversationId/live": [{ path: inGroup("/live"), expected: members(101) }],
  "GET /v1/handles/:handle": [{ path: () => "/v1/handles/nobody.has.it", expected: all(200) }],
  "GET /v1/discovery": [{ expected: all(200) }],
  "GET /v1/healthz": [{ expected: all(200) }],
  "GET /v1/openapi.json": [{ expected: all(200) }],
};

test("[G1] every declared call is in the matrix, and nothing else", () => {
  const declared = routes.map(({ method, path }) => `${method} ${path}`);
  expect(Object.keys(cases).toSorted()).toEqual(declared.toSorted());
});

/** A group that no call has changed yet. To make one takes a dozen requests, and most calls are refused, or have nothing to do with it. */
let unspent: World | undefined;

describe.each(Object.entries(cases))("%s", (call, variants) => {
  test.each(variants.map((variant) => ({ name: variant.why ?? "by role", variant })))("$name", async ({ variant }) => {
    const method = call.split(" ")[0] ?? "";
    const answered: Partial<Record<Role, number>> = {};
    for (const role of roles) {
      const { world, isUsed } = watched((unspent ??= await makeWorld()));
      const status = (answered[role] = await statusFor(role, method, call, variant, world));
      if (isUsed() && method !== "GET" && status < 400) unspent = undefined;
    }
    for (const role of roles) {
      const expected = variant.expected[role];
      expect([expected].flat(), `${role} got ${answered[role]}`).toContain(answered[role]);
    }
  });
});

async function statusFor(role: Role, method: string, call: string, variant: Case, world: World): Promise<number> {
  const path = variant.path?.(world, role) ?? call.split(" ")[1] ?? "";
  const body = variant.body?.(world, role);
  const token = role === "anonymous" ? undefined : variant.spends ? await anotherToken(role) : person(role).token;
  if (path.endsWith("/live")) {
    const opened = await upgrade(url, path, token === undefined ? {} : { token });
    if (!(opened instanceof HttpSocket)) return opened.status;
    opened.close();
    return 101;
  }
  const answer = await ask(url, method, path, {
    ...(token === undefined ? {} : { token }),
    ...(body === undefined ? {} : { body }),
  });
  if (answer.status >= 400)
    expect(answer.body).toMatchObject({ status: answer.status, code: expect.any(String), retry: expect.any(String) });
  return answer.status;
}

async function anotherToken(role: Role): Promise<string> {
  const { handle, password } = person(role);
  const session = await ask<Session>(url, "POST", "/v1/sessions", { body: { handle, password } });
  return session.body.accessToken;
}
