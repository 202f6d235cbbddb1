/** A push service that is down for minutes, in real time: the tries of the queue, the letter that is left, and its replay by the operator's command. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { root } from "../../scripts/build.ts";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";
import { signUp } from "../rig/server/http.ts";
import { PushService } from "../rig/push/push-service.ts";

const secret = "an operator's secret of many letters";
let server: Server;
let service: PushService;

beforeAll(async () => {
  service = await PushService.start();
  server = await spawnTestServer({ env: { PUSH_HOSTS: service.host, OPERATOR_SECRET: secret } });
});
afterAll(async () => {
  await server?.stop();
  await service?.stop();
});

async function deadLetters(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [join(root, "scripts/push/dead-letters.ts"), ...args, "--url", server.url], {
    env: { ...process.env, OPERATOR_SECRET: secret },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (said += part.toString()));
  await once(child, "close");
  return said;
}

test(
  "[N12] [N16] a service that is down is tried at least three times within a minute, then a letter is kept, and a replay brings the push",
  { timeout: 300_000 },
  async () => {
    const [ana, bo] = [await signUp(server.url, "ana"), await signUp(server.url, "bo")];
    const browser = service.subscribe();
    browser.otherwise = 503;
    await bo.must(204, "PUT", "/v1/push/subscription", browser.toJSON());
    const chat = await ana.dm(bo);
    await ana.send(chat, "at last");
    await vi.waitFor(() => expect(service.requestsTo(browser).length).toBeGreaterThan(4), {
      timeout: 240_000,
      interval: 1_000,
    });
    await vi.waitFor(async () => expect(await deadLetters("list")).toContain(bo.id), {
      timeout: 240_000,
      interval: 8_000,
    });
    const [first, , third] = service.requestsTo(browser);
    expect((third?.at ?? Infinity) - (first?.at ?? 0)).toBeLessThan(60_000);
    const listed = await deadLetters("list", "--queue", "push");
    const [, id = ""] = /^(\S+) .* push .* 1 pushes$/m.exec(listed) ?? [];
    const shown = await deadLetters("show", id);
    expect(JSON.parse(shown)).toMatchObject({ id, givenUp: [{ conversationId: chat, seq: 1 }] });
    expect(shown).not.toContain("at last");
    browser.otherwise = 201;
    expect(await deadLetters("replay", "--all")).toContain("1 replayed, 0 failed");
    await vi.waitFor(() => expect(service.shownAt(browser)).toMatchObject([{ body: "at last" }]), { timeout: 30_000 });
    expect(await deadLetters("list")).toBe("");
    expect(service.faults).toEqual([]);
  },
);
