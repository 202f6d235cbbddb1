import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Act, joined, slotOf } from "../../../client/act.ts";
import { memoryStorage, ParleyError, type Storage } from "../../../client/index.ts";
import { Acts } from "../../../client/outbox/acts/acts.ts";
import { aloneLocks, type Locks } from "../../../client/storage/locks.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

const here = { conversationId: "c1" };
const star = (seq: number, on: boolean): Act => ({ ...here, kind: "star", seq, on });
const vote = (seq: number, ...options: number[]): Act => ({ ...here, kind: "vote", seq, options });
const hide = (hidden: number[], shown: number[] = []): Act => ({ ...here, kind: "hide", hidden, shown });
const silent = new ParleyError({ code: "unavailable", detail: "no answer", retry: "later", status: 0 });
const conflict = new ParleyError({ code: "conflict", detail: "unsent", retry: "never" });

interface Try {
  readonly act: Act;
  readonly isRepeat: boolean;
  readonly done: () => void;
  readonly failed: (error: ParleyError) => void;
}

function rig({ storage = memoryStorage(), locks = aloneLocks() }: { storage?: Storage; locks?: Locks } = {}) {
  const clock = new WoundClock();
  const tries: Try[] = [];
  const log: string[] = [];
  const state: {
    epoch: string | undefined;
    renew: () => Promise<void>;
    stored: () => Promise<void>;
  } = { epoch: undefined, renew: () => Promise.resolve(), stored: () => Promise.resolve() };
  const performer = {
    perform: (act: Act, isRepeat: boolean) =>
      new Promise<void>((done, failed) => {
        tries.push({ act, isRepeat, done, failed });
      }),
    epoch: () => state.epoch,
    renew: async () => {
      log.push("renew");
      await state.renew();
    },
    stored: async () => await state.stored(),
    changed: () => undefined,
  };
  const acts = new Acts({
    ...{ storage, clock, random: () => 0.5, locks, userId: "u1" },
    performer: () => performer,
    onChange: () => undefined,
  });
  const shown = () => acts.of("c1");
  const kept = async () => (await storage.list({ from: "", to: "~" })).length;
  return { acts, clock, storage, tries, shown, kept, log, state };
}

describe("[C34] acts that the server has not answered", () => {
  it("are shown at once, stored before they go out, repeated without an answer, sooner where the link is back, and gone with one", async () => {
    const { acts, tries, shown, kept, clock, log } = rig();
    const done = acts.do(star(1, true));
    expect(shown()).toEqual([star(1, true)]);
    expect(tries.length).toBe(0);
    await settled();
    expect([await kept(), tries.length, tries[0]?.isRepeat]).toEqual([1, 1, false]);
    tries[0]?.failed(silent);
    await clock.wind(60_000);
    expect([tries.length, tries[1]?.isRepeat, log]).toEqual([2, true, ["renew"]]);
    // A wait that the server ordered is kept, also where the link comes back.
    tries[1]?.failed(new ParleyError({ code: "rate_limited", detail: "", retry: "later", retryAfterMs: 30_000 }));
    await settled();
    acts.wake();
    await clock.wind(29_000);
    expect(tries.length).toBe(2);
    await clock.wind(1_000);
    tries[2]?.failed(silent);
    await settled();
    acts.wake();
    await settled();
    expect(tries.length).toBe(4);
    tries[3]?.done();
    await done;
    await settled();
    expect([shown(), await kept()]).toEqual([[], 0]);
  });

  it("are in storage until what came of them is", async () => {
    const { acts, tries, kept, state } = rig();
    const written = Promise.withResolvers<void>();
    state.stored = () => written.promise;
    const done = acts.do(star(1, true));
    await settled();
    tries[0]?.done();
    await done;
    await settled();
    expect([acts.of("c1"), await kept()]).toEqual([[], 1]);
    // A later act about the same thing has the same key, and stays.
    void acts.do(star(1, false));
    written.resolve();
    await settled();
    expect(await kept()).toBe(1);
    tries[1]?.done();
    await settled();
    expect(await kept()).toBe(0);
  });

  it("count as the last one about the same thing, whatever is on its way, and wait for nothing else", async () => {
    const { acts, tries, shown } = rig();
    const first = [acts.do(star(1, true)), acts.do(vote(1, 0)), acts.do(vote(2, 0))];
    await settled();
    const later = [acts.do(vote(1, 0, 1)), acts.do(star(1, false)), acts.do(star(1, true)), acts.do(star(1, false))];
    expect(shown()).toEqual([star(1, false), vote(1, 0, 1), vote(2, 0)]);
    await settled();
    expect(tries.map(({ act }) => act)).toEqual([star(1, true), vote(1, 0), vote(2, 0)]);
    // The first is refused, the second answered, the third stays silent: what is meant now is asked next, once.
    tries[0]?.failed(conflict);
    tries[1]?.done();
    await settled();
    expect(tries.slice(3).map(({ act }) => act)).toEqual([star(1, false), vote(1, 0, 1)]);
    for (const { done } of tries) done();
    await Promise.all([...first, ...later]);
    expect(tries.length).toBe(5);
  });

  it("that hide are one act, with what was shown again left out", async () => {
    expect(joined(hide([1, 2, 3]), hide([], [2]))).toEqual(hide([1, 3], [2]));
    expect(joined(hide([], [5]), hide([5, 6]))).toEqual(hide([5, 6]));
    const { acts, tries } = rig();
    void acts.do(hide([1]));
    void acts.do(hide([2]));
    void acts.do(hide([], [1]));
    await settled();
    expect(tries.map(({ act }) => act)).toEqual([hide([2], [1])]);
  });

  it("are forgotten and not shown where they are refused, which their promise tells, also after a restart, where nobody waits", async () => {
    const first = rig();
    const refused = first.acts.do(star(1, true));
    const waiting = first.acts.do(vote(2, 1));
    await settled();
    first.tries[0]?.failed(conflict);
    await expect(refused).rejects.toMatchObject({ code: "conflict" });
    expect(first.shown()).toEqual([vote(2, 1)]);
    first.acts.close();
    await expect(waiting).rejects.toMatchObject({ code: "unavailable" });
    await expect(first.acts.do(star(3, true))).rejects.toMatchObject({ code: "unavailable" });
    await settled();

    const second = rig({ storage: first.storage });
    await second.acts.adopt();
    expect(second.shown()).toEqual([vote(2, 1)]);
    await settled();
    expect([second.log, second.tries.map(({ isRepeat }) => isRepeat)]).toEqual([["renew"], [true]]);
    second.tries[0]?.failed(conflict);
    await settled();
    expect([second.shown(), await second.kept()]).toEqual([[], 0]);
  });

  it("of an earlier run give way to what the user does in this one, and join with it", async () => {
    const first = rig();
    void first.acts.do(star(1, true));
    void first.acts.do(hide([4, 5]));
    await settled();
    first.acts.close();
    const second = rig({ storage: first.storage });
    await second.clock.wind(10);
    void second.acts.do(star(1, false));
    void second.acts.do(hide([], [4]));
    await second.acts.adopt();
    await settled();
    expect(second.shown()).toEqual([star(1, false), hide([5], [4])]);
    expect(await second.kept()).toBe(2);
  });

  it("belong to the tab that made them while it lives; of two that are gone, the later act counts", async () => {
    const storage = memoryStorage();
    const alive = new Set(["one", "two", "three"]);
    const locksOf = (instance: string): Locks => ({ ...aloneLocks(), instance, alive: () => Promise.resolve(alive) });
    const [one, two, three] = ["one", "two", "three"].map((name) => rig({ storage, locks: locksOf(name) }));
    if (one === undefined || two === undefined || three === undefined) throw new Error("no tabs");
    await one.clock.wind(10);
    void one.acts.do(star(1, false));
    void two.acts.do(star(1, true));
    await settled();
    await three.acts.adopt();
    expect(three.shown()).toEqual([]);
    for (const tab of [one, two]) tab.acts.close();
    alive.delete("one");
    alive.delete("two");
    await three.acts.adopt();
    await three.acts.adopt();
    await settled();
    expect([three.shown(), three.tries.map(({ act }) => act)]).toEqual([[star(1, false)], [star(1, false)]]);
    three.tries[0]?.done();
    await settled();
    expect(await three.kept()).toBe(0);
  });

  it("that name messages are dropped where the server's store was restored, before they are repeated", async () => {
    const { acts, tries, shown, clock, state } = rig();
    const unsent = acts.do({ ...here, kind: "unsend", seq: 1, at: 0 });
    const deleted: Act = { ...here, kind: "delete", upTo: 3, rev: 3 };
    void acts.do(deleted);
    await settled();
    tries[0]?.failed(silent);
    await settled();
    state.renew = async () => {
      acts.reset("c1");
      await Promise.resolve();
    };
    await clock.wind(60_000);
    await expect(unsent).rejects.toMatchObject({ code: "conflict", retry: "never" });
    expect([tries.length, shown()]).toEqual([2, [deleted]]);
  });

  it("that name messages keep their epoch over a restart: where the server's store was restored meanwhile, they are dropped, also where nothing else is known", async () => {
    const first = rig();
    first.state.epoch = "e1";
    void first.acts.do(star(1, true));
    void first.acts.do(vote(2, 1));
    await settled();
    first.acts.close();
    const second = rig({ storage: first.storage });
    second.state.renew = () => Promise.resolve(void (second.state.epoch = "e2"));
    // What is done before that is known is about what is shown, too.
    second.state.epoch = "e2";
    await second.clock.wind(10);
    void second.acts.do(vote(2, 0));
    await second.acts.adopt();
    await settled();
    expect([second.shown(), second.tries.map(({ act }) => act)]).toEqual([[vote(2, 0)], [vote(2, 0)]]);
    expect(await second.kept()).toBe(1);
    second.acts.close();
    const third = rig({ storage: first.storage });
    third.state.epoch = "e2";
    await third.acts.adopt();
    await settled();
    expect(third.tries.map(({ act }) => act)).toEqual([vote(2, 0)]);
  });

  it("go on where storage fails", async () => {
    const fails = () => Promise.reject(new Error("broken"));
    const { acts, tries } = rig({ storage: { ...memoryStorage(), write: fails, list: fails } });
    await expect(acts.adopt()).rejects.toThrow("broken");
    const done = acts.do(star(1, true));
    await settled();
    tries[0]?.done();
    await done;
  });

  it("are counted by kind by who waits for them", async () => {
    const { acts, tries } = rig();
    const order: string[] = [];
    await acts.answered("c1", "pin");
    void acts.do({ ...here, kind: "pin", seq: 1, on: true });
    void acts.answered("c1", "pin").then(() => order.push("answered"));
    await settled();
    expect(order).toEqual([]);
    tries[0]?.failed(conflict);
    await settled();
    expect(order).toEqual(["answered"]);
  });
});

describe("acts against a server", () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("act" as const), at: fc.nat(3), on: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("hide" as const), at: fc.nat(3), on: fc.boolean() }) },
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constantFrom("arrive" as const, "lose" as const, "cut" as const), at: fc.nat(5) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("wait" as const, "reload" as const), at: fc.nat(60) }) },
  );

  const wait = (at: number) => ({ do: "wait" as const, at });
  const act = (at: number, on: boolean) => ({ do: "act" as const, at, on });

  it("[C34] the server has what the user meant last, whatever answers are lost and pages reloaded; what is shown until then is that", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const server = { starred: new Set<number>(), hidden: new Set<number>() };
        const meant = { starred: new Set<number>(), hidden: new Set<number>() };
        const set = (of: Set<number>, seq: number, on: boolean) => of[on ? "add" : "delete"](seq);
        const apply = (act: Act, to: typeof server) => {
          if (act.kind === "star") set(to.starred, act.seq, act.on);
          if (act.kind === "hide") for (const seq of act.hidden) set(to.hidden, seq, true);
          if (act.kind === "hide") for (const seq of act.shown) set(to.hidden, seq, false);
        };
        let run = rig();
        const look = () => {
          const shown = { starred: new Set(server.starred), hidden: new Set(server.hidden) };
          for (const act of run.shown()) apply(act, shown);
          expect(shown).toEqual(meant);
        };
        const answer = (at: number, how: "arrive" | "lose" | "cut") => {
          const [tried] = run.tries.splice(at, 1);
          if (tried === undefined) return;
          // A call is lost on its way, or its answer is.
          if (how !== "cut") apply(tried.act, server);
          if (how === "arrive") tried.done();
          else tried.failed(silent);
        };
        for (const { do: what, ...each } of steps) {
          if (what === "act" || what === "hide") {
            const { at, on } = { on: true, ...each };
            set(what === "act" ? meant.starred : meant.hidden, at, on);
            void run.acts.do(what === "act" ? star(at, on) : hide(on ? [at] : [], on ? [] : [at]));
          } else if (what === "wait") await run.clock.wind(each.at * 1_000);
          else if (what === "reload") {
            // Calls that were on their way arrive, or they do not.
            run.tries.forEach(({ act }, n) => (each.at + n) % 2 === 0 && apply(act, server));
            run.acts.close();
            await settled();
            run = rig({ storage: run.storage });
            await run.acts.adopt();
          } else answer(each.at % Math.max(1, run.tries.length), what);
          await settled();
          look();
        }
        for (let n = 0; run.shown().length > 0 && n < 50; n++) {
          await run.clock.wind(60_000);
          while (run.tries.length > 0) answer(0, "arrive");
          await settled();
        }
        expect([server, run.shown(), await run.kept()]).toEqual([meant, [], 0]);
      }),
      // The clock of the second run is behind that of the first.
      { numRuns: 60, examples: [[[wait(1), act(0, false), { do: "reload", at: 0 }, act(0, true)]]] },
    );
  });

  it("[C34] each slot is one thing", () => {
    const all = [
      star(1, true),
      star(2, true),
      vote(1),
      hide([1]),
      { ...here, kind: "react", seq: 1, emoji: "👍", on: true },
      { ...here, kind: "react", seq: 1, emoji: "🎉", on: true },
      { ...here, kind: "pin", seq: 1, on: true },
      { ...here, kind: "unsend", seq: 1, at: 0 },
      { ...here, kind: "close-poll", seq: 1, at: 0 },
      { ...here, kind: "delete", upTo: 1, rev: 1 },
    ] satisfies Act[];
    expect(new Set(all.map(slotOf)).size).toBe(all.length);
    expect(slotOf({ ...here, kind: "leave" })).toBe(slotOf({ ...here, kind: "delete", upTo: 1, rev: 1 }));
  });
});
