import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Server } from "../../../scripts/server/server.ts";
import { spawnTestServer } from "../../rig/server/test-server.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { withWorker } from "../../rig/browser/web-person.ts";

describe.skipIf(lacksChromium())("the server dies", () => {
  let server: Server;
  beforeAll(async () => {
    server = await spawnTestServer();
  });
  const rig = browsing(() => server.url);
  afterAll(() => server?.stop());

  test("[W1] kill -9 in the middle of sending loses nothing and doubles nothing", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana", withWorker), rig.person("Bo", withWorker)]);
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
      await expect.poll(() => person.texts()).toEqual(expected);
      await person.page.reload();
      await expect.poll(() => person.texts()).toEqual(expected);
    }
  });

  test("[W76] kill -9 in the middle of an upload: it goes on with what is missing, and the other has its exact bytes, once", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana", withWorker), rig.person("Bo", withWorker)]);
    await ana.startChat(bo.handle);
    await ana.send("a film follows");
    await bo.open("Ana");
    const film = randomBytes(25 * 1_024 * 1_024);
    const stored: string[] = [];
    ana.page.on("response", (response) => {
      const part = /\/parts\/(\d+)$/.exec(response.url())?.[1];
      if (part !== undefined && response.ok()) stored.push(part);
    });
    // Part 3 is on its way when the runtime dies, and part 4 finds nobody there.
    const dead = Promise.withResolvers<void>();
    const leaving = Promise.withResolvers<void>();
    await ana.page.route("**/parts/3", async (route) => {
      leaving.resolve();
      await route.continue();
    });
    await ana.page.route("**/parts/4", async (route) => {
      await dead.promise;
      await route.continue();
    });
    await ana.page
      .getByTestId("attach-input")
      .setInputFiles([{ name: "film.bin", mimeType: "application/octet-stream", buffer: film }]);
    await ana.page.getByRole("button", { name: "Send", exact: true }).click();
    await leaving.promise;
    await server.killRuntime();
    const before = [...stored];
    dead.resolve();
    await ana.send("meanwhile");
    const card = bo.page.getByTestId("file-card").filter({ hasText: "film.bin" });
    await card.waitFor({ timeout: 60_000 });
    await bo.message("meanwhile").waitFor();
    // What was answered before the death is not sent again.
    const after = stored.slice(before.length);
    expect([...stored].sort()).toEqual(["1", "2", "3", "4"]);
    expect(after).toContain("4");
    expect(await card.count()).toBe(1);
    const [saved] = await Promise.all([
      bo.page.waitForEvent("download"),
      card.getByRole("button", { name: "Download film.bin" }).click(),
    ]);
    const hash = createHash("sha256");
    for await (const chunk of await saved.createReadStream()) hash.update(chunk);
    expect(hash.digest("hex")).toBe(createHash("sha256").update(film).digest("hex"));
  });
});
