import { describe, expect, it } from "vitest";
import { keys } from "../../../client/storage/keys.ts";
import { clock0, held, only, tabBeside, workerRig } from "../../rig/client/worker-rig.ts";
import { settled } from "../../rig/wound-clock.ts";

describe("the SDK without a page, beside a tab that opens", () => {
  it("[C24] leaves the small act that it is making to a tab that opens: the tab shows it, and an opposite one is not overtaken", async () => {
    const all = await workerRig();
    const { make, net, storage } = all;
    const star = { kind: "star", conversationId: "c1", seq: 4, on: true };
    const key = keys.act("u1", "c1", "star/4", "gone");
    await storage.write({ puts: [[key, { at: clock0, act: star, epoch: "e1", owner: "gone" }]] });
    const { done, letGo } = held(net, /stars/);
    const background = make();
    const sending = (await only(background)).sendUnsent();
    await settled();
    expect(net.asked(/stars/)).toHaveLength(1);

    const { conversation, account, parley } = await tabBeside(all);
    expect(account.unanswered.getSnapshot()).toBe(1);
    expect([...conversation.starred.getSnapshot()]).toEqual([4]);
    conversation.unstar(4).catch(() => undefined);
    expect([...conversation.starred.getSnapshot()]).toEqual([]);
    await settled();
    expect(net.asked(/stars/)).toHaveLength(1);
    letGo();
    await sending;
    await settled();
    expect(done.map((each) => each.split(" ")[0])).toEqual(["PUT", "DELETE"]);
    expect(await storage.list(keys.acts("u1"))).toEqual([]);
    parley.close();
    background.close();
  });

  it("[C24] leaves what it could not send to a tab that opens while it runs: what is changed or discarded there is", async () => {
    const all = await workerRig();
    const { make, net, entries, storage, clock } = all;
    await storage.write({
      puts: [
        [
          keys.edit("u1", "c1", 3),
          {
            ...{ conversationId: "c1", seq: 3, text: "old", mentions: null },
            epoch: "e1",
            failure: null,
            owner: "gone",
          },
        ],
      ],
    });
    net.isThere = false;
    const background = make();
    const worker = await only(background);
    const reply = worker.send("c1", "not after all", { clientId: "n1" });
    const refusal = expect(reply).rejects.toMatchObject({ retry: "later" });
    worker.sendUnsent().catch(() => undefined);
    await settled();
    expect(net.asked(/messages/).length).toBeGreaterThan(0);

    const { conversation, parley } = await tabBeside(all);
    await settled();
    const pending = () =>
      conversation.timeline.getSnapshot().entries.flatMap((entry) => ("pending" in entry ? [entry.pending.text] : []));
    expect(pending()).toEqual(["not after all"]);
    expect([...conversation.edits.getSnapshot().values()].map(({ text }) => text)).toEqual(["old"]);
    conversation.discard("n1");
    conversation.edit(3, "new").catch(() => undefined);
    await settled();
    const tries = net.asked(/messages\/3/).length;
    net.isThere = true;
    for (let i = 0; i < 8; i++) await clock.wind(10_000);
    await refusal;
    expect([...net.texts]).toEqual([]);
    const edits = net.asked(/messages\/3/).slice(tries);
    expect(edits.length).toBeGreaterThan(0);
    expect(new Set(edits.map(({ body }) => JSON.stringify(body)))).toEqual(new Set(['{"text":"new"}']));
    expect(await entries()).toBe(0);
    parley.close();
    background.close();
  });
});
