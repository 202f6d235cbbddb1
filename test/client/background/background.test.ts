import { describe, expect, it } from "vitest";
import { keys } from "../../../client/storage/keys.ts";
import { clock0, only, tabBeside, workerRig } from "../../rig/client/worker-rig.ts";
import { settled } from "../../rig/wound-clock.ts";

describe("the SDK without a page", () => {
  it("[C24] acts for the accounts that are in storage, and refreshes a session only if no tab has done so", async () => {
    const { make, clock, net, storage } = await workerRig();
    const [one, two] = [make(), make()];
    expect([(await only(one)).userId, (await only(two)).deviceId]).toEqual(["u1", "device-u1"]);
    await clock.wind(600_000);
    await Promise.all([(await only(one)).markRead("c1", 3), (await only(two)).markRead("c1", 3)]);
    expect(net.refreshes).toBe(1);
    // The one that waited uses what the other has stored.
    expect(await storage.get(keys.session("u1"))).toMatchObject({ refreshToken: "refresh2" });
    expect(net.asked(/receipts/).map(({ token }) => token)).toEqual(["access2", "access2"]);
  });

  it("[C24] sends a message once under its clientId, however often it is asked to", async () => {
    const { make, net, entries } = await workerRig();
    const account = await only(make());
    const options = { clientId: "n1" };
    const acks = await Promise.all([account.send("c1", "hello", options), account.send("c1", "hello", options)]);
    expect(acks.map(({ seq }) => seq)).toEqual([1, 1]);
    expect((await (await only(make())).send("c1", "hello", options)).duplicate).toBe(true);
    expect([...net.texts]).toEqual([["n1", "hello"]]);
    await settled();
    expect(await entries()).toBe(0);
  });

  it("[C24] keeps without network what it sends, and the next tab or worker sends it once", async () => {
    const { make, net, ground, entries, storage, clock } = await workerRig();
    net.isThere = false;
    const tab = ground.tab();
    const account = await only(make(tab));
    account.send("c1", "later", { clientId: "n2" }).catch(() => undefined);
    const reading = account.markRead("c1", 7);
    await expect(reading).rejects.toMatchObject({ retry: "later" });
    expect(await entries()).toBe(1);
    // The browser ends the worker.
    tab.kill();
    net.isThere = true;
    const next = await only(make());
    await next.sendUnsent();
    await settled();
    expect([...net.texts]).toEqual([["n2", "later"]]);
    expect(net.asked(/receipts/).at(-1)?.body).toEqual({ delivered: 7, read: 7 });
    expect([await entries(), (await storage.list(keys.receipts("u1"))).length]).toEqual([0, 0]);
    await clock.wind(60_000);
    expect(net.asked(/messages/).filter(({ body }) => JSON.stringify(body).includes("later")).length).toBe(2);
  });

  it("[C24] leaves to a tab what it could not send before it ended", async () => {
    const rig = await workerRig();
    const { make, net, ground, entries, clock } = rig;
    net.isThere = false;
    const worker = ground.tab();
    const account = await only(make(worker));
    account.send("c1", "by a tab", { clientId: "n3" }).catch(() => undefined);
    await settled();
    worker.kill();
    net.isThere = true;
    const { parley } = await tabBeside(rig);
    await clock.wind(5_000);
    expect([...net.texts]).toEqual([["n3", "by a tab"]]);
    parley.close();
    await settled();
    expect(await entries()).toBeLessThanOrEqual(1);
  });

  it("[C24] resolves sendUnsent although a message was refused for good, and ends it by its signal while there is no network", async () => {
    const { make, net, entries } = await workerRig();
    const account = await only(make());
    await expect(account.send("c1", "never", { clientId: "n4" })).rejects.toMatchObject({ code: "forbidden" });
    await account.sendUnsent();
    // It stays, so that a tab shows it as failed.
    expect(await entries()).toBe(1);
    net.isThere = false;
    account.send("c1", "waits", { clientId: "n5" }).catch(() => undefined);
    const abort = new AbortController();
    const sending = account.sendUnsent({ signal: abort.signal });
    abort.abort(new Error("too late"));
    await expect(sending).rejects.toThrow("too late");
  });

  it("[C24] writes nothing of an account that a tab has signed out meanwhile", async () => {
    const { make, net, ground, storage, clock } = await workerRig();
    const background = make();
    const account = await only(background);
    const tab = ground.tab();
    await clock.wind(600_000);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { answer } = net.server;
    net.server.answer = async (asked) => {
      if (asked.path.endsWith("/refresh")) await held;
      return await answer(asked);
    };
    const reading = account.markRead("c1", 1).catch(() => undefined);
    await settled();
    await storage.write({ deletes: [keys.session("u1")], deleteRanges: [keys.account("u1")] });
    tab.common.openChannel?.("parley http://server").post({ signedOut: "u1", deviceId: "device-u1" });
    await settled();
    release();
    await reading;
    await settled();
    expect(await storage.get(keys.session("u1"))).toBeUndefined();
    expect(await background.accounts()).toEqual([]);
  });

  it("[C24] makes the small acts that the last tab left, once; leaves them while there is a tab, where places may be others, and what changes rows", async () => {
    const { make, net, ground, storage } = await workerRig();
    const star = { kind: "star", conversationId: "c1", seq: 4, on: true };
    const acts = [
      [star, "e1"],
      [{ kind: "pin", conversationId: "c1", seq: 5, on: false }, "e1"],
      // Made before the server's store was restored.
      [{ ...star, seq: 8 }, "e0"],
      [{ kind: "hide", conversationId: "c1", hidden: [6], shown: [] }, "e1"],
      // An older version does not say of which epoch it is.
      [{ ...star, seq: 9 }, undefined],
    ] as const;
    await storage.write({
      puts: acts.map(([act, epoch], i) => [
        keys.act("u1", act.conversationId, `${i}`, "gone"),
        { at: clock0, act, epoch, owner: "gone" },
      ]),
    });
    const made = () => net.asked(/stars|pins|hidden/).map(({ method, path }) => `${method} ${path}`);
    const left = async () => (await storage.list(keys.acts("u1"))).length;
    const worker = ground.tab();
    const account = await only(make(worker));

    // There is a tab.
    const tab = ground.tab();
    make(tab);
    await account.sendUnsent();
    expect(made()).toEqual([]);
    expect(await left()).toBe(5);
    tab.kill();
    // There is no network: the browser tries again.
    net.isThere = false;
    const abort = new AbortController();
    const sending = account.sendUnsent({ signal: abort.signal });
    abort.abort(new Error("too late"));
    await expect(sending).rejects.toThrow("too late");
    expect(await left()).toBe(5);

    net.isThere = true;
    await Promise.all([account.sendUnsent(), account.sendUnsent()]);
    await settled();
    expect(made().toSorted()).toEqual(["DELETE /v1/conversations/c1/pins/5", "PUT /v1/conversations/c1/stars/4"]);
    await account.sendUnsent();
    expect(made()).toHaveLength(2);
    expect(await left()).toBe(2);
  });

  it("[C25] sends the server its push address, and asks which key the server has", async () => {
    const { make, net } = await workerRig();
    const { push } = await only(make());
    expect(await push.serverKey()).toBe("KEY");
    const address = { endpoint: "https://push.example/1", keys: { p256dh: "p", auth: "a" } };
    await push.subscribe(address);
    await push.unsubscribe();
    const calls = net.asked(/push/).map(({ method, path, body }) => [method, path, body]);
    expect(calls).toEqual([
      ["PUT", "/v1/push/subscription", address],
      ["DELETE", "/v1/push/subscription", undefined],
    ]);
  });
});
