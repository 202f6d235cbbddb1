/** Exports and erasure over HTTP, against a whole server. */
import { expect, inject, test } from "vitest";
import { createHash } from "node:crypto";
import { ExportCheck } from "../../core/export-check.ts";
import { routes } from "../../schema/http/routes.ts";
import { ask, signUp } from "../rig/server/http.ts";

const url = inject("systemUrl");

/** Of a browser: the example of RFC 8291. */
const keys = {
  p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
};

type Line = Record<string, unknown> & { type: string };
const linesIn = (text: string): Line[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

test("[X1] a conversation's export is lines of JSON that check, and ends with its head", async () => {
  const [ana, bo, eve] = [await signUp(url), await signUp(url), await signUp(url)];
  const id = await ana.dm(bo);
  await ana.send(id, "first");
  await bo.send(id, "длинный ".repeat(2_000));
  await bo.send(id, "third");
  await bo.must(200, "DELETE", `/v1/conversations/${id}/messages/3`);
  const answer = await ana.ask("GET", `/v1/conversations/${id}/export`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
  const lines = linesIn(answer.text);
  const check = new ExportCheck((text) => createHash("sha256").update(text).digest("hex"));
  for (const line of lines) check.take(JSON.stringify(line));
  expect(check.verdict()).toMatchObject({ isWhole: true, to: 3, texts: { intact: 2, erased: 1 } });
  const view = await ana.must(200, "GET", `/v1/conversations/${id}`);
  expect(lines.at(-1)).toEqual({ type: "end", head: view["head"] });
  expect((await eve.ask("GET", `/v1/conversations/${id}/export`)).status).toBe(404);
});

test("[P24] [X4] one's own export holds everything of one's own and no words of others, also of groups that one left", async () => {
  const [ana, bo] = [await signUp(url, "ana"), await signUp(url, "bo")];
  const [chat, group] = [await ana.dm(bo), await bo.group([ana])];
  await ana.send(chat, "by ana in the chat");
  await bo.send(chat, "by bo in the chat");
  await ana.send(group, "by ana in the group");
  await bo.send(group, "by bo in the group");
  await ana.must(200, "PUT", `/v1/conversations/${chat}/messages/2/reactions/${encodeURIComponent("👍")}`);
  await ana.must(200, "PATCH", `/v1/conversations/${chat}/me`, { draft: "a draft of ana" });
  await ana.must(200, "PUT", `/v1/contacts/${bo.id}`);
  await ana.must(200, "PUT", `/v1/blocks/${(await signUp(url)).id}`);
  await ana.must(204, "DELETE", `/v1/conversations/${group}/members/${ana.id}`);
  const endpoint = "https://fcm.googleapis.com/fcm/send/of-ana";
  await ana.must(204, "PUT", "/v1/push/subscription", { endpoint, keys });
  const answer = await ana.ask("GET", "/v1/me/export");
  expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
  const lines = linesIn(answer.text);
  expect(lines.map((line) => line.type).toSorted()).toEqual(
    [
      "me",
      "device",
      "subscription",
      "recoveryCodes",
      "contact",
      "block",
      "conversation",
      "message",
      "reaction",
      "conversation",
      "message",
      "end",
    ].toSorted(),
  );
  expect(lines.at(-1)).toEqual({ type: "end" });
  expect(lines.find((line) => line.type === "me")).toMatchObject({ id: ana.id, handle: ana.handle, settings: {} });
  expect(answer.text).toContain("a draft of ana");
  expect(answer.text).toContain("by ana in the group");
  expect(answer.text).not.toContain("by bo");
  expect(lines.find((line) => line.type === "subscription")).toMatchObject({ via: "web", address: endpoint });
  expect(answer.text).not.toMatch(/refreshToken|deviceSecret|password|seed/);
  expect(answer.text).not.toContain(keys.auth);
});

test("[X7] [X8] an erased account is over at once on every route, and for others within 30 s", async () => {
  const [ana, bo] = [await signUp(url, "ana"), await signUp(url, "bo")];
  const [chat, group] = [await ana.dm(bo), await ana.group([bo])];
  for (const id of [chat, group]) {
    await ana.send(id, "canary");
    await bo.send(id, "by bo");
    await ana.must(200, "PUT", `/v1/conversations/${id}/messages/2/reactions/${encodeURIComponent("👍")}`);
  }
  expect((await ana.ask("POST", "/v1/me/erase", { password: "not the password" })).body).toMatchObject({
    code: "forbidden",
  });
  expect((await ana.ask("POST", "/v1/me/erase", {})).status).toBe(400);
  const at = Date.now();
  const erased = await ana.ask("POST", "/v1/me/erase", { password: ana.password });
  expect([erased.status, erased.text]).toEqual([202, ""]);
  for (const route of routes) {
    if (route.isOpen === true) continue;
    const path = route.path
      .replace(/:userId/, bo.id)
      .replace(/:conversationId/, chat)
      .replaceAll(/:\w+/g, "1");
    const body = route.body === undefined ? {} : { body: {} };
    const { status } = await ask(url, route.method, path, { token: ana.token, ...body });
    expect([route.method, path, status]).toEqual([route.method, path, 401]);
  }
  const gone = { id: ana.id, handle: null, name: "", deleted: true };
  expect(await bo.must(200, "GET", `/v1/users/${ana.id}`)).toMatchObject(gone);
  expect((await bo.ask("GET", `/v1/users?handle=${ana.handle}`)).status).toBe(404);
  expect(await bo.must(200, "GET", `/v1/users?q=${ana.handle}`)).toMatchObject({ users: [] });
  await expect
    .poll(
      async () =>
        (await bo.ask("GET", `/v1/conversations/${chat}/messages`)).text +
        (await bo.ask("GET", `/v1/conversations/${group}/messages`)).text,
      { timeout: 30_000 },
    )
    .not.toMatch(/canary|👍/);
  expect(Date.now() - at).toBeLessThan(30_000);
  const send = { clientId: "k", text: "hello?" };
  expect((await bo.ask("POST", `/v1/conversations/${chat}/messages`, send)).body).toMatchObject({ code: "forbidden" });
  expect((await bo.ask("PUT", `/v1/dms/${ana.id}`)).body).toMatchObject({ code: "forbidden" });
  expect((await bo.ask("PUT", `/v1/conversations/${group}/members/${ana.id}`, {})).body).toMatchObject({
    code: "forbidden",
  });
  expect((await bo.ask("PUT", `/v1/contacts/${ana.id}`)).body).toMatchObject({ code: "forbidden" });
  expect(await bo.must(200, "GET", `/v1/conversations/${chat}`)).toMatchObject({ peer: gone });
  expect(await bo.must(200, "GET", `/v1/conversations/${group}`)).toMatchObject({
    memberCount: 1,
    me: { role: "owner" },
  });
  const again = await ask(url, "POST", "/v1/sessions", { body: { handle: ana.handle, password: ana.password } });
  expect(again.status).toBe(401);
  const other = { handle: ana.handle, password: "another good password" };
  expect((await ask(url, "POST", "/v1/accounts", { body: other })).status).toBe(201);
});
