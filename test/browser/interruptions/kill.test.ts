import { createHash, randomBytes } from "node:crypto";
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

  test("[U14] [W76] kill -9 in the middle of an upload: the page goes on with it, and what arrives is what was sent", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("a film follows");
    await bo.open("Ana");
    const film = randomBytes(20 * 1_048_576);
    let parts = 0;
    let killed: Promise<void> | undefined;
    ana.page.on("requestfinished", (request) => {
      if (request.method() !== "PUT" || !request.url().includes("/parts/")) return;
      parts++;
      killed ??= server.killRuntime();
    });
    await ana.page
      .getByTestId("attach-input")
      .setInputFiles({ name: "film.bin", mimeType: "application/octet-stream", buffer: film });
    await ana.page.getByRole("button", { name: "Send", exact: true }).click();
    const card = bo.page.getByTestId("file-card").filter({ hasText: "film.bin" });
    await card.waitFor({ timeout: 90_000 });
    expect(killed).toBeDefined();
    await killed;
    // What had arrived was not sent again: three parts, and those that the kill cut off.
    expect(parts).toBeLessThanOrEqual(6);
    const [saved] = await Promise.all([
      bo.page.waitForEvent("download"),
      card.getByRole("button", { name: "Download film.bin" }).click(),
    ]);
    const hash = createHash("sha256");
    for await (const chunk of await saved.createReadStream()) hash.update(chunk as Buffer);
    expect(hash.digest("hex")).toBe(createHash("sha256").update(film).digest("hex"));
  }, 150_000);
});
