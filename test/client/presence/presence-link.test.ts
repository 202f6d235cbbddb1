import { describe, expect, it } from "vitest";
import { refused } from "../../rig/client/fake-fetch.ts";
import { linkedAccount, isOnline, shown, unknown, watchesOf } from "../../rig/client/linked-account.ts";
import { settled } from "../../rig/wound-clock.ts";

/** An account that knows of Bo that he is online. */
async function seesBo() {
  const rig = await linkedAccount();
  await rig.hello();
  rig.account.presence.watch(["bo"]);
  await rig.clock.wind(150);
  await rig.answer([isOnline("bo")]);
  return rig;
}

describe("presence and the link", () => {
  it("sends the set again on each new socket; a short reconnect shows as nothing", async () => {
    const { account, hello, asked, answer, clock, network } = await seesBo();
    const bo = account.presence.of("bo");
    const seen: string[] = [];
    bo.subscribe(() => seen.push(bo.getSnapshot().status));
    for (let i = 0; i < 3; i++) {
      network.last.end(1006);
      await clock.wind(4_000);
      await hello();
      expect(asked()).toEqual([["bo"]]);
      await clock.wind(5_000);
      await answer([isOnline("bo")]);
    }
    expect(seen).toEqual([]);
    network.last.end(1006);
    await clock.wind(9_000);
    expect(seen).toEqual([]);
    await clock.wind(1_000);
    expect(seen).toEqual(["unknown"]);
    expect(bo.getSnapshot()).toEqual(unknown);
  });

  it("shows nobody while it is offline or stopped, and takes it up again", async () => {
    const { account, hello, answer, asked, clock, network, server } = await seesBo();
    const heard = server.answer;
    server.answer = () => "silence";
    network.last.end(1006);
    await clock.wind(500);
    network.last.end(1006);
    await settled();
    expect(account.connection.getSnapshot().status).toBe("offline");
    expect(shown(account, "bo")).toEqual(["unknown"]);
    server.answer = heard;
    account.connection.reconnect();
    await settled();
    await hello();
    await answer([isOnline("bo")]);
    expect(shown(account, "bo")).toEqual(["online"]);
    network.last.end(4409);
    expect(account.connection.getSnapshot().status).toBe("stopped");
    expect(shown(account, "bo")).toEqual(["unknown"]);
    account.connection.reconnect();
    await settled();
    await hello();
    expect(asked()).toEqual([["bo"]]);
  });

  it("forgets what a silent socket reported, and asks it again when a frame comes", async () => {
    const { account, answer, asked, clock, network } = await seesBo();
    network.last.pong = undefined;
    await clock.wind(16_000);
    expect(account.connection.getSnapshot()).toMatchObject({ status: "online", isStale: true });
    expect(shown(account, "bo")).toEqual(["online"]);
    await clock.wind(10_000);
    expect(shown(account, "bo")).toEqual(["unknown"]);
    network.last.say("pong:7");
    await clock.wind(1);
    expect(asked()).toEqual([["bo"], ["bo"]]);
    await answer([isOnline("bo")]);
    expect(shown(account, "bo")).toEqual(["online"]);
  });

  it("waits as long as the server asks, and repeats only what may be repeated", async () => {
    const { account, hello, answer, asked, clock, network } = await linkedAccount();
    await hello();
    account.presence.watch(["bo"]);
    await clock.wind(150);
    const refuse = async (code: string, retry: string, retryAfterMs?: number) => {
      network.last.say({
        type: "error",
        ref: watchesOf(network.last).at(-1)?.ref,
        code,
        detail: code,
        retry,
        retryAfterMs,
      });
      await settled();
    };
    await refuse("rate_limited", "later", 4_000);
    account.presence.watch(["chloe"]);
    await clock.wind(3_900);
    expect(asked().length).toBe(1);
    await clock.wind(100);
    expect(asked().slice(1)).toEqual([["bo", "chloe"]]);
    await refuse("unavailable", "later");
    await clock.wind(1_000);
    expect(asked().length).toBe(3);
    await answer([isOnline("bo"), isOnline("chloe")]);
    expect(shown(account, "bo", "chloe")).toEqual(["online", "online"]);
    account.presence.watch(["dev"]);
    await clock.wind(1_000);
    await refuse("unsupported", "never");
    await clock.wind(60_000);
    expect(asked().length).toBe(4);
  });

  it("pulls while polling: at once, newcomers when they come, all every 30 s, a hundred at a time", async () => {
    const { account, polling, pulls, clock, hello, asked } = await linkedAccount();
    const many = Array.from({ length: 150 }, (_, i) => `u${i}`);
    const list = account.presence.watch(many);
    await clock.wind(150);
    await polling();
    expect(account.connection.getSnapshot().status).toBe("polling");
    expect(pulls.map(({ length }) => length)).toEqual([100, 50]);
    expect(shown(account, "u0", "u149")).toEqual(["online", "online"]);
    list.update(["u0"]);
    await clock.wind(11_000);
    account.presence.watch(["bo"]);
    await clock.wind(150);
    expect(pulls.slice(2)).toEqual([["bo"]]);
    await clock.wind(19_000);
    expect(pulls.slice(3)).toEqual([["u0", "bo"]]);
    expect(shown(account, "u0", "u1", "bo")).toEqual(["online", "unknown", "online"]);
    // The next try for a socket gets through: the set is said there, and nothing is pulled any more.
    await hello();
    expect(asked()).toEqual([["u0", "bo"]]);
    await clock.wind(60_000);
    expect(pulls.length).toBe(4);
  });

  it("pulls nothing while nobody is watched, and comes back after a refusal", async () => {
    const { account, polling, pulls, clock, state } = await linkedAccount();
    await polling();
    await clock.wind(70_000);
    expect(pulls).toEqual([]);
    const { pull } = state;
    state.pull = () => refused("rate_limited", undefined, 2_000);
    account.presence.watch(["bo"]);
    await clock.wind(150);
    expect(pulls.length).toBe(1);
    state.pull = pull;
    await clock.wind(1_900);
    expect(pulls.length).toBe(1);
    await clock.wind(100);
    expect(pulls.length).toBe(2);
    expect(shown(account, "bo")).toEqual(["online"]);
  });

  it("leaves no timer behind when it is closed, and frames after that are ignored", async () => {
    const { account, hello, answer, clock, parley } = await linkedAccount();
    await hello();
    const list = account.presence.watch(["bo", "chloe"]);
    await clock.wind(150);
    await answer([isOnline("bo")]);
    list.update(["bo"]);
    parley.close();
    list.update(["dev"]);
    list.end();
    account.presence.watch(["eve"]);
    await settled();
    expect(clock.pending).toBe(0);
  });
});
