/** Exports over HTTP, from outside. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHash } from "node:crypto";
import { ExportCheck } from "../../core/export-check.ts";
import { type Server, spawnServer } from "../../scripts/server/server.ts";
import { signUp } from "../rig/http.ts";

let server: Server;
beforeAll(async () => {
  server = await spawnServer();
}, 120_000);
afterAll(() => server.stop());

type Line = Record<string, unknown> & { type: string };
const linesIn = (text: string): Line[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

test("[X1] a conversation's export is lines of JSON that check, and ends with its head", async () => {
  const [ana, bo, eve] = [await signUp(server.url), await signUp(server.url), await signUp(server.url)];
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

test("[X4] one's own export holds everything of one's own and no words of others, also of groups that one left", async () => {
  const [ana, bo] = [await signUp(server.url, "ana"), await signUp(server.url, "bo")];
  const [chat, group] = [await ana.dm(bo), await bo.group([ana])];
  await ana.send(chat, "by ana in the chat");
  await bo.send(chat, "by bo in the chat");
  await ana.send(group, "by ana in the group");
  await bo.send(group, "by bo in the group");
  await ana.must(200, "PUT", `/v1/conversations/${chat}/messages/2/reactions/${encodeURIComponent("👍")}`);
  await ana.must(200, "PATCH", `/v1/conversations/${chat}/me`, { draft: "a draft of ana" });
  await ana.must(200, "PUT", `/v1/contacts/${bo.id}`);
  await ana.must(200, "PUT", `/v1/blocks/${(await signUp(server.url)).id}`);
  await ana.must(204, "DELETE", `/v1/conversations/${group}/members/${ana.id}`);
  const answer = await ana.ask("GET", "/v1/me/export");
  expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
  const lines = linesIn(answer.text);
  expect(lines.map((line) => line.type).toSorted()).toEqual(
    [
      "me",
      "device",
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
  expect(answer.text).not.toMatch(/refreshToken|deviceSecret|password|seed/);
});
