import { describe, expect, it } from "vitest";
import { ParleyError, memoryStorage, type Storage } from "../../../client/index.ts";
import { aloneLocks, type Locks } from "../../../client/storage/locks.ts";
import { ack, draft, outboxRig } from "../../rig/client/outbox-rig.ts";
import { settled } from "../../rig/wound-clock.ts";

const silent = new ParleyError({ code: "unavailable", detail: "no answer", retry: "later", status: 0 });
const forbidden = new ParleyError({ code: "forbidden", detail: "blocked" });

describe("the outbox", () => {
  it("shows a message at once, and keeps it until it is acked and in the timeline", async () => {
    const { outbox, tries, confirms, pending, storage } = outboxRig();
    const sent = outbox.send(draft("a"));
    expect(pending()).toEqual(["a waiting"]);
    expect(outbox.unsent.getSnapshot()).toBe(1);
    await settled();
    expect((await storage.list({ from: "", to: "~" })).length).toBe(1);
    tries[0]?.acked(ack(1));
    expect(await sent).toEqual(ack(1));
    expect(pending()).toEqual(["a waiting"]);
    expect(outbox.unsent.getSnapshot()).toBe(0);
    await settled();
    expect((await storage.list({ from: "", to: "~" })).length).toBe(1);
    confirms[0]?.();
    await settled();
    expect(pending()).toEqual([]);
    expect((await storage.list({ from: "", to: "~" })).length).toBe(0);
  });

  it("is written to storage before anything goes out", async () => {
    const order: string[] = [];
    const inner = memoryStorage();
    const storage: Storage = {
      ...inner,
      write: async (write) => {
        await settled();
        order.push("written");
        await inner.write(write);
      },
    };
    const { outbox, tries } = outboxRig({ storage });
    void outbox.send(draft("a"));
    expect(tries.length).toBe(0);
    await settled();
    await settled();
    expect(order).toEqual(["written"]);
    expect(tries.length).toBe(1);
  });

  it("sends one at a time per conversation, in order, and conversations do not wait for each other", async () => {
    const { outbox, tries } = outboxRig();
    for (const id of ["a", "b", "c"]) void outbox.send(draft(id));
    void outbox.send(draft("x", "c2"));
    await settled();
    expect(tries.map((each) => each.draft.clientId)).toEqual(["a", "x"]);
    tries[0]?.acked(ack(1));
    await settled();
    expect(tries.map((each) => each.draft.clientId)).toEqual(["a", "x", "b"]);
  });

  it("[P2] a message entered again under its clientId shares the fate of the first, at every moment", async () => {
    const { outbox, tries, pending } = outboxRig();
    const whileWaiting = [outbox.send(draft("a")), outbox.send(draft("a"))];
    await settled();
    expect(tries.length).toBe(1);
    tries[0]?.failed(forbidden);
    for (const each of whileWaiting) await expect(each).rejects.toBe(forbidden);
    // Refused: entered again it is tried again.
    const afterRefusal = outbox.send(draft("a"));
    await settled();
    expect(tries.length).toBe(2);
    tries[1]?.acked(ack(1));
    expect(await afterRefusal).toEqual(ack(1));
    // Acked, and the timeline does not have it yet.
    expect(await outbox.send(draft("a"))).toEqual(ack(1));
    await settled();
    expect(tries.length).toBe(2);
    expect(pending()).toEqual(["a waiting"]);
  });

  it("[P2] refuses another message under a clientId that is here already", async () => {
    const { outbox, pending } = outboxRig();
    void outbox.send(draft("a"));
    for (const other of [{ text: "another" }, { replyTo: 3 }, { mentions: ["bo"] }])
      await expect(outbox.send({ ...draft("a"), ...other })).rejects.toMatchObject({ code: "client_id_reused" });
    expect(pending()).toEqual(["a waiting"]);
  });

  it("repeats under the same clientId after silence, with growing waits, and holds back what comes after", async () => {
    const { outbox, tries, clock, pending } = outboxRig();
    const sent = outbox.send(draft("a"));
    void outbox.send(draft("b"));
    await settled();
    for (let n = 0; n < 3; n++) {
      tries.at(-1)?.failed(silent);
      await clock.wind(500 * 2 ** n - 1);
      expect(tries.length).toBe(n + 1);
      await clock.wind(1);
      expect(tries.length).toBe(n + 2);
    }
    expect(new Set(tries.map((each) => each.draft.clientId))).toEqual(new Set(["a"]));
    expect(outbox.pending("c1")[0]?.error).toBe(silent);
    expect(pending()).toEqual(["a waiting", "b waiting"]);
    tries.at(-1)?.acked(ack(1));
    expect((await sent).seq).toBe(1);
  });

  it("waits as long as the server asked, and not at all once the link is back", async () => {
    const { outbox, tries, clock } = outboxRig();
    void outbox.send(draft("a"));
    await settled();
    tries[0]?.failed(new ParleyError({ code: "rate_limited", detail: "slowly", retryAfterMs: 20_000 }));
    await clock.wind(19_999);
    expect(tries.length).toBe(1);
    await clock.wind(1);
    expect(tries.length).toBe(2);
    tries[1]?.failed(silent);
    await settled();
    outbox.wake();
    await settled();
    expect(tries.length).toBe(3);
  });

  it("[C8] waits hours where the server says so, through links that come back, shows until when, and tries once in them", async () => {
    const hours = 7 * 3_600_000;
    const { outbox, tries, clock } = outboxRig();
    const begun = clock.now();
    const sent = outbox.send(draft("a"));
    await settled();
    const full = new ParleyError({ code: "rate_limited", detail: "enough for today", retryAfterMs: hours });
    tries[0]?.failed(full);
    await settled();
    expect(outbox.pending("c1")[0]).toMatchObject({ status: "waiting", error: full, retryAt: begun + hours });
    // The link goes and comes, the page is hidden and shown, the user writes on.
    for (let n = 1; n <= 60; n++) {
      void outbox.send(draft(`b${n}`));
      await clock.wind(60_000);
      outbox.wake();
      await settled();
    }
    expect(tries.length).toBe(1);
    // Nothing spins: one timer stands, and it is that of the end.
    expect(clock.pending).toBe(1);
    expect(clock.nextMs).toBe(begun + hours - clock.now());
    await clock.wind(begun + hours - clock.now());
    expect(tries.map((each) => each.draft.clientId)).toEqual(["a", "a"]);
    tries[1]?.acked(ack(1));
    expect((await sent).seq).toBe(1);
  });

  it("[C8] goes on at once with what is behind a message that waited for hours, when that is discarded", async () => {
    const { outbox, tries, clock } = outboxRig();
    outbox.send(draft("a")).catch(() => undefined);
    void outbox.send(draft("b"));
    await settled();
    tries[0]?.failed(new ParleyError({ code: "rate_limited", detail: "enough", retryAfterMs: 3_600_000 }));
    await settled();
    outbox.discard("c1", "a");
    await settled();
    expect(tries.map((each) => each.draft.clientId)).toEqual(["a", "b"]);
    expect(clock.pending).toBe(0);
  });

  it("tries when a device that slept past the wait is back, though its timer stood still", async () => {
    const { outbox, tries, clock } = outboxRig();
    void outbox.send(draft("a"));
    await settled();
    tries[0]?.failed(new ParleyError({ code: "rate_limited", detail: "enough", retryAfterMs: 3_600_000 }));
    await settled();
    clock.sleep(3_600_000);
    outbox.wake();
    await settled();
    expect(tries.length).toBe(2);
  });

  it("keeps what was refused for good, lets the next one go, and resends or discards by hand", async () => {
    const { outbox, tries, pending } = outboxRig();
    const sent = outbox.send(draft("a"));
    void outbox.send(draft("b"));
    await settled();
    tries[0]?.failed(forbidden);
    await expect(sent).rejects.toBe(forbidden);
    await settled();
    expect(pending()).toEqual(["a failed", "b waiting"]);
    expect(tries[1]?.draft.clientId).toBe("b");
    tries[1]?.acked(ack(1));
    await settled();
    outbox.resend("c1", "a");
    await settled();
    expect(pending()[0]).toBe("a waiting");
    expect(tries[2]?.draft).toMatchObject(draft("a"));
    tries[2]?.failed(forbidden);
    await settled();
    outbox.discard("c1", "a");
    await settled();
    expect(pending()).toEqual(["b waiting"]);
  });

  it("does not send twice what is sent twice under one clientId by the program", async () => {
    const { outbox, tries } = outboxRig();
    const both = [outbox.send(draft("a")), outbox.send(draft("a"))];
    await settled();
    expect(tries.length).toBe(1);
    tries[0]?.acked(ack(4));
    expect((await Promise.all(both)).map(({ seq }) => seq)).toEqual([4, 4]);
  });

  it("goes on after a restart: same clientIds, same order, failed ones still failed", async () => {
    const first = outboxRig();
    for (const id of ["a", "b", "c"]) first.outbox.send(draft(id)).catch(() => undefined);
    await settled();
    first.tries[0]?.failed(forbidden);
    await settled();
    first.outbox.close();

    const second = outboxRig({ storage: first.storage });
    await second.outbox.adopt();
    await settled();
    expect(second.pending()).toEqual(["a failed", "b waiting", "c waiting"]);
    expect(second.tries.map((each) => each.draft)).toMatchObject([draft("b")]);
    expect(second.outbox.pending("c1")[0]?.error).toMatchObject({ code: "forbidden" });
  });

  it("leaves alone what belongs to a tab that lives, and takes it over when that tab is gone", async () => {
    const storage = memoryStorage();
    const alive = new Set(["one", "two"]);
    const locksOf = (instance: string): Locks => ({ ...aloneLocks(), instance, alive: () => Promise.resolve(alive) });
    const one = outboxRig({ storage, locks: locksOf("one") });
    const two = outboxRig({ storage, locks: locksOf("two") });
    void one.outbox.send(draft("a"));
    await settled();
    await two.outbox.adopt();
    expect(two.pending()).toEqual([]);
    one.outbox.close();
    alive.delete("one");
    await two.outbox.adopt();
    await settled();
    expect(two.tries.map((each) => each.draft.clientId)).toEqual(["a"]);
    // Once only.
    await two.outbox.adopt();
    expect(two.pending()).toEqual(["a waiting"]);
  });

  it("[W16] says when storage has it, and takes a message that is handed in again before what is stored was read as one", async () => {
    const { outbox, storage, pending } = outboxRig();
    let kept = 0;
    void outbox.send(draft("a"), { onKept: () => kept++ });
    expect(kept).toBe(0);
    await settled();
    expect(kept).toBe(1);
    outbox.close();

    const second = outboxRig({ storage });
    void second.outbox.send(draft("a"));
    await second.outbox.adopt();
    await settled();
    expect(second.pending()).toEqual(["a waiting"]);
    second.tries[0]?.acked(ack(1));
    await settled();
    second.confirms[0]?.();
    await settled();
    expect(await storage.list({ from: "", to: "~" })).toEqual([]);
    expect(pending()).toEqual(["a waiting"]);

    const broken = outboxRig({ storage: { ...memoryStorage(), write: () => Promise.reject(new Error("full")) } });
    void broken.outbox.send(draft("b"), { onKept: () => kept++ });
    await settled();
    expect(kept).toBe(1);
  });

  it("goes on where storage fails", async () => {
    const broken: Storage = {
      get: () => Promise.reject(new Error("full")),
      list: () => Promise.reject(new Error("full")),
      write: () => Promise.reject(new Error("full")),
    };
    const { outbox, tries } = outboxRig({ storage: broken });
    const sent = outbox.send(draft("a"));
    await settled();
    tries[0]?.acked(ack(1));
    expect((await sent).seq).toBe(1);
  });
});
