/** A whole server whose conversation grows beyond what its object keeps: the queue's consumer, R2 and the gateway together, through a power cut. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ChangesPage, ChainRange, MessagesPage } from "../../schema/http/conversation/messages.ts";
import type { Message } from "../../schema/wire/message.ts";
import { archive } from "../../schema/archive-limits.ts";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";
import { type HttpPerson, signUp } from "../rig/server/http.ts";
import { sendMany } from "../rig/browser/many-messages.ts";

let server: Server;
let ana: HttpPerson;
let bo: HttpPerson;

beforeAll(async () => {
  server = await spawnTestServer();
  [ana, bo] = [await signUp(server.url, "ana"), await signUp(server.url, "bo")];
});

afterAll(async () => {
  await server?.stop();
});

/** Objects in the server's R2. */
function objectsInBucket(): number {
  const folder = join(server.stateFolder, "storage", "r2");
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.parentPath.endsWith("blobs"),
  ).length;
}

test(
  "[H3] [H4] [H6] old messages go to R2 by themselves, and everything is as before, also after a power cut",
  { timeout: 120_000 },
  async () => {
    const { body: conversation } = await ana.ask<{ id: string }>("PUT", `/v1/dms/${bo.id}`);
    const base = `/v1/conversations/${conversation.id}`;
    const count = archive.highWaterMessages + 100;
    await sendMany(ana, conversation.id, count);
    const get = async <T>(path: string): Promise<T> => {
      const answer = await bo.ask<T>("GET", base + path);
      expect(answer.status, answer.text).toBe(200);
      return answer.body;
    };
    const pages = async (): Promise<string> =>
      JSON.stringify([
        (await get<MessagesPage>("/messages?around=3000")).messages,
        (await get<MessagesPage>("/messages?after=200&limit=100")).messages,
        await get<ChainRange>("/verify?from=500&to=1400"),
        (await get<ChangesPage>("/changes?rev=900&limit=500")).messages,
      ]);
    const before = await pages();
    await vi.waitFor(() => expect(objectsInBucket()).toBeGreaterThanOrEqual(10), { timeout: 60_000, interval: 250 });
    // What follows is read from the archive, once the object has let its rows go; no read can tell when.
    await vi.waitFor(async () => expect(await pages()).toBe(before), { timeout: 20_000, interval: 500 });

    const edited = await ana.ask<Message>("PATCH", `${base}/messages/77`, { text: "edited in the archive" });
    expect(edited.body).toMatchObject({ seq: 77, text: "edited in the archive" });
    const again = await ana.ask("POST", `${base}/messages`, {
      clientId: "many-5",
      text: `line 5 ${"word ".repeat(5)}`,
    });
    expect(again).toMatchObject({ status: 200, body: { seq: 5, duplicate: true } });
    expect((await ana.ask("DELETE", `${base}/messages/78`)).status).toBe(200);

    await server.killAll();
    await server.restart();
    expect(await get<Message>("/messages/77")).toMatchObject({ text: "edited in the archive" });
    expect(await get<Message>("/messages/78")).toMatchObject({ text: "" });
    expect(await get<Message>("/messages/79")).toMatchObject({ text: `line 79 ${"word ".repeat(79 % 9)}` });
    expect(await pages()).toBe(before);
    const exported = await fetch(`${server.url}${base}/export`, { headers: { authorization: `Bearer ${bo.token}` } });
    const lines = (await exported.text()).trim().split("\n");
    expect(lines.filter((line) => line.startsWith('{"type":"message"'))).toHaveLength(count);
  },
);
