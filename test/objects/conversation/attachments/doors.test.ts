/** That attachments go in and come out by every door alike: HTTP, live and sync sockets, exports, forwarding; in large groups as well. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub, userStub } from "../../../../objects/shared/platform/calls.ts";
import type { Attachment } from "../../../../schema/wire/attachment.ts";
import { wind } from "../../../rig/objects/accounts.ts";
import { sha256Of, uploaded } from "../../../rig/objects/media/attachments.ts";
import { ask, caller, fetchOf, must } from "../../../rig/objects/door.ts";
import { linesIn } from "../../../rig/objects/exports.ts";
import { foundDm, foundGroup, send, submit } from "../../../rig/objects/people.ts";
import { socketOf } from "../../../rig/objects/socket.ts";

test("[S26] [S2] a send with attachments is the same by every door, and so is its repeat by another one", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const live = await socketOf(conversationStub(env, id), "/live", ana.actor);
  const sync = await socketOf(userStub(env, ana.userId), "/sync", ana.actor);
  const theirs = await socketOf(conversationStub(env, id), "/live", bo.actor);
  const file = (await uploaded(id, ana)).id;
  const draft = { clientId: "k1", attachments: [file] };
  live.say({ type: "send", ref: "a", ...draft });
  expect(await live.next((frame) => frame["ref"] === "a")).toMatchObject({ type: "ok", seq: 1, duplicate: false });
  sync.say({ type: "send", ref: "b", conversationId: id, ...draft });
  expect(await sync.next((frame) => frame["ref"] === "b")).toMatchObject({ type: "ok", seq: 1, duplicate: true });
  const path = `/conversations/${id}/messages`;
  expect(await must(200, ana, "POST", path, { ...draft, text: "" })).toMatchObject({ seq: 1, duplicate: true });
  const told = await theirs.next((frame) => frame.type === "message");
  expect(told["message"]).toMatchObject({ text: "", attachments: [{ id: file, kind: "image" }] });

  const bySync = (await uploaded(id, ana)).id;
  sync.say({ type: "send", ref: "c", conversationId: id, clientId: "k2", text: "look", attachments: [bySync] });
  expect(await sync.next((frame) => frame["ref"] === "c")).toMatchObject({ type: "ok", seq: 2 });
  const byHttp = (await uploaded(id, ana)).id;
  expect(await must(201, ana, "POST", path, { clientId: "k3", attachments: [byHttp] })).toMatchObject({ seq: 3 });
  const page = await must<{ messages: { attachments: Attachment[] }[] }>(200, bo, "GET", path);
  expect(page.messages.map(({ attachments }) => attachments.map((each) => each.id))).toEqual([
    [file],
    [bySync],
    [byHttp],
  ]);

  const refused: [object, number, string][] = [
    [{ attachments: Array.from({ length: 21 }, (_, at) => `${id}.${at}`) }, 413, "too_large"],
    [{ attachments: [byHttp, byHttp] }, 400, "bad_request"],
    [{ attachments: [byHttp] }, 400, "bad_request"],
    [{ attachments: [], text: "" }, 400, "bad_request"],
    [{ attachments: [`${id}.x`], text: " " }, 400, "bad_request"],
    [{ attachments: ["not/an/id"] }, 400, "bad_request"],
    [{}, 400, "bad_request"],
  ];
  for (const [fields, status, code] of refused) {
    const answer = await ask(ana, "POST", path, { clientId: "k4", ...fields });
    expect([answer.status, answer.body["code"]], JSON.stringify(fields)).toEqual([status, code]);
    live.say({ type: "send", ref: `live ${JSON.stringify(fields).slice(0, 60)}`, clientId: "k4", ...fields });
    const frame = await live.next((each) => each["ref"] === `live ${JSON.stringify(fields).slice(0, 60)}`);
    expect([frame.type, frame["code"]]).toEqual(["error", code]);
  }
});

test("[S26] a message takes twenty attachments, and each frame and read has all of them in their order", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const theirs = await socketOf(conversationStub(env, id), "/live", bo.actor);
  const files: Attachment[] = [];
  for (let n = 0; n < 20; n++) files.push(await uploaded(id, ana, { name: `${"n".repeat(200)} ${n}.png` }));
  await send(id, ana, "twenty", "k", { attachments: files.map((each) => each.id) });
  const told = await theirs.next((frame) => frame.type === "message");
  expect(told["message"]).toMatchObject({ attachments: files });
  expect(await must(200, bo, "GET", `/conversations/${id}/messages/1`)).toMatchObject({ attachments: files });
});

test("[X2] exports name an address of each file that is good for a day; what is out of reach has none; who left exports what was their own", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(ana, [bo]);
  const bytes = new TextEncoder().encode("the bytes of Bo's file");
  const bos = await uploaded(id, bo, {
    bytes,
    name: 'an "export".bin',
    type: "application/octet-stream",
    kind: "file",
  });
  const anas = await uploaded(id, ana);
  await send(id, bo, 'a text with "attachments":[{ in it', "k1", { attachments: [bos.id] });
  await send(id, ana, "", "k2", { attachments: [anas.id] });
  const exported = async (by: typeof ana, path: string) => {
    const headers = { authorization: `Bearer ${by.session.accessToken}` };
    const answer = await fetchOf(new Request(`https://parley.test/v1${path}`, { headers }));
    return linesIn(await answer.text()).filter(({ type }) => type === "message");
  };
  const urlsOf = (lines: Awaited<ReturnType<typeof exported>>) =>
    lines.map((line) => (line["attachments"] as { url: string | null }[]).map(({ url }) => url));
  const [[first], [second]] = urlsOf(await exported(ana, `/conversations/${id}/export`)) as [string[], string[]];
  await conversationStub(env, id).removeMember(ana.userId, bo.userId);
  const own = await exported(bo, "/me/export");
  expect(own).toMatchObject([
    { text: 'a text with "attachments":[{ in it', attachments: [{ ...bos, url: expect.any(String) }] },
  ]);
  wind(23 * 3_600_000);
  const fetched = await fetchOf(new Request(first ?? ""));
  expect([fetched.status, sha256Of(new Uint8Array(await fetched.arrayBuffer()))]).toEqual([200, bos.sha256]);
  expect((await fetchOf(new Request(second ?? ""))).status).toBe(200);
  wind(26 * 3_600_000);
  expect((await fetchOf(new Request(first ?? ""))).status).toBe(403);
});

test("[S29] who was removed gets nothing of a file by forwarding it, nor by the list, and in a large group it is the same", async () => {
  const [ana, bo, eve] = [await caller("ana"), await caller("bo"), await caller("eve")];
  const made = await must<{ id: string }>(201, ana, "POST", "/conversations", {
    title: "Large",
    memberIds: [bo.userId],
    mode: "large",
  });
  const large = made.id as Awaited<ReturnType<typeof foundDm>>;
  for (const id of [await foundGroup(ana, [bo]), large]) {
    const elsewhere = await foundDm(bo, eve);
    const file = await uploaded(id, ana);
    const { seq } = await send(id, ana, "", crypto.randomUUID(), { attachments: [file.id] });
    const forward = (by: typeof bo) => ask(by, "POST", `/conversations/${elsewhere}/uploads`, { from: file.id });
    const addresses = async (by: typeof bo) =>
      (await must<{ addresses: unknown[] }>(200, by, "POST", "/attachments/addresses", { ids: [file.id] })).addresses;
    const list = (by: typeof bo) => ask<{ items: unknown[] }>(by, "GET", `/conversations/${id}/attachments`);
    expect((await forward(bo)).status).toBe(201);
    expect(await addresses(bo)).toHaveLength(1);
    expect((await list(bo)).body.items).toHaveLength(1);
    expect((await forward(eve)).status).toBe(404);
    await must(204, ana, "DELETE", `/conversations/${id}/members/${bo.userId}`);
    expect((await forward(bo)).status).toBe(404);
    expect(await addresses(bo)).toEqual([]);
    expect((await list(bo)).status).toBe(404);
    await submit(id, ana, { do: "unsend", seq });
    expect(await addresses(ana)).toEqual([]);
    expect((await list(ana)).body.items).toEqual([]);
  }
});
