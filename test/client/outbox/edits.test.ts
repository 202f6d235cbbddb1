import { describe, expect, it } from "vitest";
import { memoryStorage, ParleyError, type Storage } from "../../../client/index.ts";
import { type EditAsk, Edits } from "../../../client/outbox/acts/edits.ts";
import { aloneLocks, type Locks } from "../../../client/storage/locks.ts";
import { namerRig } from "../../rig/client/outbox-rig.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

const ask = (text: string, seq = 1): EditAsk => ({
  conversationId: "c1",
  seq,
  text,
  mentions: null,
  handles: [],
  found: null,
});
const silent = new ParleyError({ code: "unavailable", detail: "no answer", retry: "later", status: 0 });
const conflict = new ParleyError({ code: "conflict", detail: "unsent", retry: "never" });

function rig({ storage = memoryStorage(), locks = aloneLocks() }: { storage?: Storage; locks?: Locks } = {}) {
  const clock = new WoundClock();
  const { namer, asks, state } = namerRig(clock);
  const tries: {
    text: string;
    mentions: readonly string[] | null;
    done: () => void;
    failed: (error: ParleyError) => void;
  }[] = [];
  const places = { now: undefined as string | undefined, told: undefined as string | undefined, renewals: 0 };
  const edits = new Edits({
    storage,
    clock,
    random: () => 0.5,
    locks,
    userId: "u1",
    namer,
    send: ({ text, mentions }) =>
      new Promise((done, failed) => {
        tries.push({ text, mentions, done, failed });
      }),
    places: () => ({
      epoch: () => places.now,
      renew: () => {
        places.renewals++;
        places.now = places.told ?? places.now;
        return Promise.resolve();
      },
    }),
    onChange: () => undefined,
  });
  const shown = () => [...edits.of("c1").values()].map(({ seq, text, status }) => `${seq} ${text} ${status}`);
  const stored = async () => (await storage.list({ from: "", to: "~" })).length;
  return { clock, storage, edits, tries, shown, stored, asks, state, places };
}

describe("edits that the server has not answered", () => {
  it("[W15] are shown at once, stored before they go out, repeated without an answer, and gone with one", async () => {
    const { edits, tries, shown, stored, clock } = rig();
    const saved = edits.edit(ask("better"));
    expect(shown()).toEqual(["1 better waiting"]);
    expect(edits.unsent.getSnapshot()).toBe(1);
    expect(tries.length).toBe(0);
    await settled();
    expect(await stored()).toBe(1);
    tries[0]?.failed(silent);
    await clock.wind(60_000);
    expect(tries.length).toBe(2);
    // A wait that the server ordered is kept, also where the link comes back.
    tries[1]?.failed(new ParleyError({ code: "rate_limited", detail: "", retry: "later", retryAfterMs: 30_000 }));
    await settled();
    edits.wake();
    await clock.wind(29_000);
    expect(tries.length).toBe(2);
    await clock.wind(1_000);
    expect(tries.length).toBe(3);
    tries[2]?.done();
    await saved;
    await settled();
    expect(shown()).toEqual([]);
    expect(await stored()).toBe(0);
    expect(edits.unsent.getSnapshot()).toBe(0);
  });

  it("[W15] stay with their text where they are refused for good, over a restart, until they are discarded", async () => {
    const first = rig();
    const saved = first.edits.edit(ask("too late"));
    await settled();
    first.tries[0]?.failed(conflict);
    await expect(saved).rejects.toMatchObject({ code: "conflict" });
    expect(first.shown()).toEqual(["1 too late failed"]);
    await settled();
    first.edits.close();

    const second = rig({ storage: first.storage });
    await second.edits.adopt();
    expect(second.shown()).toEqual(["1 too late failed"]);
    await second.clock.wind(60_000);
    expect(second.tries).toEqual([]);
    second.edits.discard("c1", 1);
    await settled();
    expect(second.shown()).toEqual([]);
    expect(await second.stored()).toBe(0);
  });

  it("are not sent where the server's store was restored, and keep their text: known at once, or before one of an earlier run is sent", async () => {
    const first = rig();
    first.places.now = "e1";
    const [one, two] = [first.edits.edit(ask("one", 1)), first.edits.edit(ask("two", 2))];
    await settled();
    first.tries.forEach(({ failed }) => failed(silent));
    await settled();
    first.edits.close();
    await Promise.allSettled([one, two]);

    const second = rig({ storage: first.storage });
    second.places.told = "e2";
    await second.edits.adopt();
    await settled();
    expect([second.tries, second.shown()]).toEqual([[], ["1 one failed", "2 two failed"]]);
    // What is written now is about what is shown now.
    void second.edits.edit(ask("three", 2));
    const four = second.edits.edit(ask("four", 3));
    await settled();
    expect([second.tries.map(({ text }) => text), second.places.renewals]).toEqual([["three", "four"], 2]);
    second.tries[1]?.failed(silent);
    await settled();
    second.edits.reset("c1");
    await expect(four).rejects.toMatchObject({ code: "conflict" });
    await second.clock.wind(60_000);
    expect(second.tries.length).toBe(2);
    expect(second.shown()).toEqual(["1 one failed", "2 three failed", "3 four failed"]);
    second.edits.close();

    const third = rig({ storage: first.storage });
    await third.edits.adopt();
    await settled();
    expect([third.tries, third.shown().length]).toEqual([[], 3]);
  });

  it("count as the last one of a message, whatever is on its way", async () => {
    const { edits, tries, shown, stored } = rig();
    const one = edits.edit(ask("one"));
    await settled();
    const two = edits.edit(ask("two"));
    expect(shown()).toEqual(["1 two waiting"]);
    tries[0]?.done();
    await settled();
    expect(tries.map(({ text }) => text)).toEqual(["one", "two"]);
    expect(await stored()).toBe(1);
    tries[1]?.done();
    await Promise.all([one, two]);
    await settled();
    expect(await stored()).toBe(0);
  });

  it("belong to the tab that made them while it lives, and go on where storage fails", async () => {
    const storage = memoryStorage();
    const alive = new Set(["one", "two"]);
    const locksOf = (instance: string): Locks => ({ ...aloneLocks(), instance, alive: () => Promise.resolve(alive) });
    const one = rig({ storage, locks: locksOf("one") });
    const two = rig({ storage, locks: locksOf("two") });
    void one.edits.edit(ask("mine"));
    await settled();
    await two.edits.adopt();
    expect(two.shown()).toEqual([]);
    one.edits.close();
    alive.delete("one");
    await two.edits.adopt();
    await two.edits.adopt();
    await settled();
    expect(two.tries.map(({ text }) => text)).toEqual(["mine"]);

    const broken: Storage = { ...memoryStorage(), write: () => Promise.reject(new Error("full")) };
    const poor = rig({ storage: broken });
    const saved = poor.edits.edit(ask("kept in memory"));
    await settled();
    poor.tries[0]?.done();
    await saved;
  });
});
