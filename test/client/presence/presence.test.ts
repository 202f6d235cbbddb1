import { describe, expect, it } from "vitest";
import { limits } from "../../../client/index.ts";
import {
  aheadMs,
  clock0,
  linkedAccount,
  isOffline,
  isOnline,
  shown,
  watchesOf,
} from "../../rig/client/linked-account.ts";
import { settled } from "../../rig/wound-clock.ts";

describe("watching people", () => {
  it("sends nothing while nobody is watched", async () => {
    const { account, hello, asked, clock, network } = await linkedAccount();
    await hello();
    account.presence.of("bo").subscribe(() => undefined);
    account.presence.watch([]).end();
    account.presence.watch(["ana", "no id at all"]);
    await clock.wind(120_000);
    expect(asked()).toEqual([]);
    network.last.end(1006);
    await clock.wind(1_000);
    await hello();
    expect(asked()).toEqual([]);
    expect(shown(account, "bo", "ana")).toEqual(["unknown", "unknown"]);
  });

  it("gathers what comes together into one frame, leaves out the account itself, and shows the answer and what follows", async () => {
    const { account, hello, asked, answer, report, clock } = await linkedAccount();
    await hello();
    const list = account.presence.watch(["bo", "ana"]);
    await clock.wind(100);
    account.presence.watch(["chloe", "bo"]);
    expect(asked()).toEqual([]);
    await clock.wind(50);
    expect(asked()).toEqual([["chloe", "bo"]]);
    const [bo, seen] = [account.presence.of("bo"), [] as string[]];
    expect(account.presence.of("bo")).toBe(bo);
    bo.subscribe(() => seen.push(bo.getSnapshot().status));
    await answer([isOnline("bo"), isOffline("chloe")]);
    expect(bo.getSnapshot()).toEqual({ status: "online", lastActiveAt: clock0 });
    expect(bo.getSnapshot()).toBe(bo.getSnapshot());
    await report(isOnline("bo"), isOffline("dev"));
    await report(isOffline("bo"));
    expect(seen).toEqual(["online", "offline"]);
    expect(shown(account, "bo", "chloe", "dev")).toEqual(["offline", "offline", "unknown"]);
    // What is no longer looked at here is looked at there.
    list.end();
    await clock.wind(60_000);
    expect(asked().length).toBe(1);
    expect(account.presence.now()).toBe(clock.now() + aheadMs);
  });

  it("lets scrolling back and forth cost nothing, and gives back who is left for long", async () => {
    const { account, hello, asked, answer, report, clock } = await linkedAccount();
    await hello();
    const list = account.presence.watch(["bo", "chloe"]);
    await clock.wind(150);
    await answer([isOnline("bo"), isOnline("chloe")]);
    for (let i = 0; i < 5; i++) {
      list.update(["bo"]);
      await clock.wind(2_000);
      list.update(["bo", "chloe"]);
      await clock.wind(2_000);
    }
    expect(asked().length).toBe(1);
    list.update(["bo"]);
    await clock.wind(9_000);
    expect(shown(account, "chloe")).toEqual(["online"]);
    await clock.wind(2_000);
    expect(asked().at(-1)).toEqual(["bo"]);
    await report(isOnline("chloe"));
    expect(shown(account, "bo", "chloe")).toEqual(["online", "unknown"]);
    list.end();
    list.end();
    list.update(["dev"]);
    await clock.wind(11_000);
    await answer([]);
    await clock.wind(60_000);
    expect(asked().slice(2)).toEqual([[]]);
    expect(shown(account, "bo")).toEqual(["unknown"]);
  });

  it("gives back together those who are left one after the other", async () => {
    const { account, hello, asked, answer, clock } = await linkedAccount();
    await hello();
    const people = Array.from({ length: 20 }, (_, i) => `u${i}`);
    const list = account.presence.watch(people);
    await clock.wind(150);
    for (let i = 1; i <= 20; i++) {
      list.update(people.slice(i));
      await clock.wind(1_000);
      await answer([]);
    }
    await clock.wind(10_000);
    await answer([]);
    await clock.wind(10_000);
    expect(asked().length).toBeLessThanOrEqual(6);
    expect(asked().at(-1)).toEqual([]);
  });

  it("sends a set once a second at most, however fast others come into view", async () => {
    const { account, hello, asked, clock } = await linkedAccount();
    await hello();
    const list = account.presence.watch(["u0"]);
    for (let i = 1; i <= 50; i++) {
      list.update([`u${i}`]);
      await clock.wind(100);
    }
    await clock.wind(1_000);
    expect(asked().length).toBeLessThanOrEqual(7);
    expect(asked().at(-1)).toContain("u50");
  });

  it("watches 500 at most: those who were asked for last, and of those who are looked at none for one who is not", async () => {
    const { account, hello, asked, answer, clock } = await linkedAccount();
    await hello();
    const some = Array.from({ length: limits.watchedUsersMax }, (_, i) => `a${i}`);
    const list = account.presence.watch(some);
    await clock.wind(150);
    await answer(some.map(isOnline));
    const header = account.presence.watch(["bo"]);
    await clock.wind(1_000);
    expect(asked().at(-1)).toHaveLength(500);
    expect(asked().at(-1)).toEqual([...some.slice(1), "bo"]);
    expect(shown(account, "a0", "a1")).toEqual(["unknown", "online"]);
    // Looked at again elsewhere, the first is the last.
    account.presence.watch(["a0"]);
    header.end();
    await clock.wind(1_000);
    expect(asked().at(-1)).toEqual([...some.slice(1), "a0"]);
    list.end();
    await clock.wind(20_000);
    expect(asked().at(-1)).toEqual(["a0"]);
  });

  it("takes no late answer: neither to an earlier set once a later one was answered, nor one that a frame came behind, nor an earlier socket's", async () => {
    const { account, hello, answer, report, clock, network } = await linkedAccount();
    await hello();
    account.presence.watch(["bo"]);
    await clock.wind(150);
    account.presence.watch(["chloe"]);
    await clock.wind(1_000);
    const [first, second] = watchesOf(network.last);
    await answer([isOnline("bo"), isOnline("chloe")], second);
    await report(isOffline("bo"));
    await answer([isOnline("bo")], first);
    expect(shown(account, "bo", "chloe")).toEqual(["offline", "online"]);

    account.presence.watch(["dev"]);
    await clock.wind(1_000);
    // The answer, and right behind it a frame, before anything else runs.
    const third = watchesOf(network.last).at(-1);
    network.last.say({ type: "ok", ref: third?.ref, presence: [isOnline("bo"), isOnline("dev")] });
    network.last.say({ type: "presence", presence: [isOffline("dev")] });
    await settled();
    expect(shown(account, "bo", "dev")).toEqual(["online", "offline"]);

    const [before] = network.sockets;
    account.presence.watch(["eve"]);
    await clock.wind(1_000);
    const fourth = watchesOf(network.last).at(-1);
    network.last.end(1006);
    await clock.wind(500);
    await hello();
    before?.say({ type: "ok", ref: fourth?.ref, presence: [isOnline("eve")] });
    await settled();
    expect(shown(account, "eve")).toEqual(["unknown"]);
  });

  it("shows the answer to an earlier set while the later one is not answered yet", async () => {
    const { account, hello, answer, clock, network } = await linkedAccount();
    await hello();
    account.presence.watch(["bo"]);
    await clock.wind(150);
    account.presence.watch(["chloe"]);
    await clock.wind(1_000);
    await answer([isOnline("bo")], watchesOf(network.last)[0]);
    expect(shown(account, "bo", "chloe")).toEqual(["online", "unknown"]);
  });

  it("[P21] shows nobody as online of whom a later server says so in words of its own", async () => {
    const { account, hello, clock, network } = await linkedAccount();
    await hello();
    account.presence.watch(["bo", "chloe"]);
    await clock.wind(150);
    const away = { userId: "bo", status: "away", lastActiveAt: clock0 };
    const ref = watchesOf(network.last).at(-1)?.ref;
    network.last.say({ type: "ok", ref, presence: [away, { ...isOnline("chloe"), mood: "good" }] });
    network.last.say({ type: "presence", presence: [away] });
    await settled();
    expect(shown(account, "bo", "chloe")).toEqual(["offline", "online"]);
  });
});
