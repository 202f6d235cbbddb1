import { describe, expect, it } from "vitest";
import { ParleyError, memoryStorage, type Storage } from "../../../client/index.ts";
import { keys } from "../../../client/storage/keys.ts";
import { aloneLocks } from "../../../client/storage/locks.ts";
import { Outbox } from "../../../client/outbox/outbox.ts";
import { ack, draft, namerRig, outboxRig } from "../../rig/client/outbox-rig.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

describe("what the outbox takes over", () => {
  it("[C10] takes over each entry once, however often and at once it is asked to", async () => {
    const first = outboxRig();
    void first.outbox.send(draft("a"));
    await settled();
    first.outbox.close();
    const second = outboxRig({ storage: first.storage });
    await Promise.all([second.outbox.adopt(), second.outbox.adopt()]);
    await settled();
    expect(second.pending()).toEqual(["a waiting"]);
    second.tries[0]?.acked(ack(1));
    await settled();
    expect(second.tries.length).toBe(1);
  });

  it("[C10] keeps an entry that it took over while storage was full, though it is asked to take over again", async () => {
    const first = outboxRig();
    void first.outbox.send(draft("a"));
    await settled();
    first.outbox.close();
    const full: Storage = {
      ...first.storage,
      write: async (write) => {
        if ((write.puts ?? []).length > 0) throw new Error("full");
        await first.storage.write(write);
      },
    };
    const second = outboxRig({ storage: full });
    await second.outbox.adopt();
    await settled();
    await second.outbox.adopt();
    await settled();
    expect(second.pending()).toEqual(["a waiting"]);
    expect((await first.storage.list({ from: "", to: "~" })).length).toBe(1);
  });

  it("[C10] joins stored twins of one clientId, and keeps what another message under it says", async () => {
    const storage = memoryStorage();
    const entry = (clientId: string, text: string, createdAt: number) =>
      [
        keys.outboxEntry("u1", createdAt, clientId),
        { ...draft(clientId), mentions: [], text, createdAt, owner: "gone", failure: null },
      ] as const;
    await storage.write({
      puts: [entry("a", "one", 1), entry("a", "one", 2), entry("a", "another", 3), entry("b", "b", 4)],
    });
    const { outbox, tries, confirms, pending } = outboxRig({ storage });
    await outbox.adopt();
    await settled();
    const [, kept] = outbox.pending("c1");
    expect(outbox.pending("c1").map(({ text, status }) => `${text} ${status}`)).toEqual([
      "one waiting",
      "another failed",
      "b waiting",
    ]);
    expect(kept?.error).toMatchObject({ code: "client_id_reused" });
    expect(kept?.clientId).not.toBe("a");
    tries[0]?.acked(ack(1));
    await settled();
    tries[1]?.acked(ack(2));
    await settled();
    for (const confirm of confirms) confirm();
    await settled();
    expect(tries.map((each) => each.draft.text)).toEqual(["one", "b"]);
    expect(pending().length).toBe(1);
    expect((await storage.list({ from: "", to: "~" })).length).toBe(1);
  });

  it("[C10] tries an entry that fails for ever in growing waits, and other conversations do not wait for it", async () => {
    for (const fault of [
      new Error("a bug"),
      new ParleyError({ code: "internal", detail: "poison", retryAfterMs: 0 }),
      new ParleyError({ code: "unauthenticated", detail: "sign in", retry: "reauth" }),
      new ParleyError({ code: "resync_required", detail: "never said here", retry: "resync" }),
    ]) {
      const clock = new WoundClock();
      const tries: string[] = [];
      const outbox = new Outbox({
        storage: memoryStorage(),
        clock,
        // The shortest waits that can be drawn.
        random: () => 0,
        locks: aloneLocks(),
        userId: "u1",
        namer: namerRig().namer,
        deliver: ({ clientId }) => {
          tries.push(clientId);
          return clientId === "poison" ? Promise.reject(fault) : Promise.resolve(ack(1));
        },
        confirm: () => Promise.resolve(),
        onChange: () => undefined,
      });
      void outbox.send(draft("poison"));
      for (let i = 0; i < 20; i++) void outbox.send(draft(`k${i}`, `other${i}`));
      await clock.wind(10_000);
      expect(tries.filter((each) => each !== "poison").length).toBe(20);
      expect(tries.filter((each) => each === "poison").length).toBeLessThanOrEqual(101);
      outbox.close();
    }
  });
});
