import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Server, spawnServer } from "../../../scripts/server/server.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";

describe.skipIf(lacksChromium())("the server dies", () => {
  let server: Server;
  beforeAll(async () => {
    server = await spawnServer();
  });
  const rig = browsing(() => server.url);
  afterAll(() => server?.stop());

  test("[W1] kill -9 in the middle of sending loses nothing and doubles nothing", { timeout: 120_000 }, async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("message 0");
    await bo.open("Ana");
    const count = 30;
    const kills = [8, 18];
    for (let n = 1; n < count; n++) {
      await ana.send(`message ${n}`);
      if (kills.includes(n)) await server.killRuntime();
    }
    const expected = Array.from({ length: count }, (_, n) => `message ${n}`);
    for (const person of [ana, bo]) {
      await expect.poll(() => person.texts(), { timeout: 60_000 }).toContain(`message ${count - 1}`);
    }
    await expect.poll(() => ana.markOf(`message ${count - 1}`), { timeout: 60_000 }).toBe("read");
    for (const person of [ana, bo]) {
      await person.page.setViewportSize({ width: 1280, height: 4_000 });
      await expect.poll(() => person.texts(), { timeout: 20_000 }).toEqual(expected);
      await person.page.reload();
      await expect.poll(() => person.texts(), { timeout: 20_000 }).toEqual(expected);
    }
  });
});
