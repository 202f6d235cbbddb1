import { expect, it } from "vitest";
import { fileOf, sendingDevice } from "../../rig/client/uploads/sending-device.ts";

async function withAttachments(count: number) {
  const device = sendingDevice();
  const running = await device.start();
  const { server, rest } = device;
  for (let i = 0; i < count; i += 20)
    void running.conversation.send("", { attachments: Array.from({ length: 20 }, (_, n) => fileOf("x", `${i + n}`)) });
  while (server.messages.length < count / 20) await rest();
  const ids = server.messages.flatMap(({ attachments }) => attachments.map(({ id }) => id));
  return { ...device, ...running, ids };
}

it("[C31] addresses that are asked for together are one call for each hundred, and each is asked for once", async () => {
  const { account, server, clock, ids } = await withAttachments(120);
  const urls = Promise.all([...ids, ...ids].map((id) => account.attachments.url(id, "preview")));
  await clock.wind(50);
  const asks = server.calls("POST", /addresses$/);
  expect(asks.map(({ body }) => JSON.parse(JSON.stringify(body)).ids.length)).toEqual([100, 20]);
  expect(new Set(await urls).size).toBe(120);
  expect(account.attachments.known(ids[0] ?? "", "preview")).toBe((await urls)[0]);
  expect(account.attachments.known(ids[0] ?? "", "original")).toBeUndefined();
});

it("[C31] an address is used again until shortly before its end, and then asked for anew", async () => {
  const { account, clock, ids } = await withAttachments(20);
  const id = ids[0] ?? "";
  const ask = async () => {
    const url = account.attachments.url({ id });
    await clock.wind(50);
    return await url;
  };
  const first = await ask();
  await clock.wind(25 * 60_000);
  expect(await ask()).toBe(first);
  await clock.wind(4 * 60_000);
  expect(account.attachments.known(id)).toBeUndefined();
  expect(await ask()).not.toBe(first);
});

it("an attachment that is not there is not found, and does not spoil the others; without network all are asked for again", async () => {
  const { account, server, clock, ids } = await withAttachments(20);
  const there = account.attachments.url(ids[0] ?? "");
  const gone = account.attachments.url("c1.nothing");
  gone.catch(() => undefined);
  await clock.wind(50);
  expect(await there).toContain(ids[0]);
  await expect(gone).rejects.toMatchObject({ code: "not_found" });
  server.isDown = true;
  const offline = account.attachments.url(ids[1] ?? "");
  offline.catch(() => undefined);
  await clock.wind(50);
  await expect(offline).rejects.toMatchObject({ retry: "later" });
  server.isDown = false;
  const again = account.attachments.url(ids[1] ?? "");
  await clock.wind(50);
  expect(await again).toContain(ids[1]);
});
