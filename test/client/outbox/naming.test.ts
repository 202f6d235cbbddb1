/** Handles that a text mentions and whose users its writer's device does not know. */
import { describe, expect, it } from "vitest";
import { ParleyError, memoryStorage, type Storage } from "../../../client/index.ts";
import { Edits } from "../../../client/outbox/acts/edits.ts";
import { handlesToAsk, membersNamed } from "../../../client/outbox/naming.ts";
import { Http } from "../../../client/link/http.ts";
import { keys } from "../../../client/storage/keys.ts";
import { aloneLocks, type Locks } from "../../../client/storage/locks.ts";
import { limits } from "../../../schema/limits.ts";
import { FakeServer, refused } from "../../rig/client/fake-fetch.ts";
import { ack, draft, namerRig, outboxRig } from "../../rig/client/outbox-rig.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

const silent = new ParleyError({ code: "unavailable", detail: "no answer", retry: "later", status: 0 });
const busy = new ParleyError({ code: "unavailable", detail: "busy", retry: "later", status: 503 });
const naming = (clientId: string) => ({ ...draft(clientId), mentions: ["known"], handles: ["chloe"] });

describe("a message that mentions handles", () => {
  it("[C27] waits without network until the server can be asked, however long, and is sent with those who have them", async () => {
    const { outbox, tries, asks, state, clock, pending } = outboxRig();
    state.isLinked = false;
    void outbox.send(naming("a"));
    expect(pending()).toEqual(["a waiting"]);
    expect(outbox.pending("c1")[0]?.mentions).toEqual(["known"]);
    for (let hour = 0; hour < 3; hour++) {
      await clock.wind(3_600_000);
      asks.at(-1)?.failed(silent);
      await settled();
    }
    expect(asks.length).toBeGreaterThan(2);
    expect(tries).toEqual([]);
    state.isLinked = true;
    outbox.wake();
    await settled();
    asks.at(-1)?.named(["chloe-id"]);
    await settled();
    expect(outbox.pending("c1")[0]?.mentions).toEqual(["known", "chloe-id"]);
    expect(tries.map((each) => each.draft.mentions)).toEqual([["known", "chloe-id"]]);
  });

  it("[C27] is stored with those who have them before it is sent, and the next run does not ask again", async () => {
    const storage = memoryStorage();
    const first = outboxRig({ storage });
    void first.outbox.send(naming("a"));
    await settled();
    first.asks[0]?.named(["chloe-id"]);
    await settled();
    expect(first.tries.length).toBe(1);
    expect((await storage.list(keys.outbox("u1")))[0]?.[1]).toMatchObject({ found: ["chloe-id"] });
    first.outbox.close();
    const second = outboxRig({ storage });
    await second.outbox.adopt();
    await settled();
    expect(second.asks).toEqual([]);
    expect(second.tries.map((each) => each.draft.mentions)).toEqual([["known", "chloe-id"]]);
  });

  it("[C27] goes without a handle that nobody has, or for which the server does not answer or refuses", async () => {
    const refusal = new ParleyError({ code: "not_found", detail: "no member", retry: "never" });
    for (const answers of [[[]], [refusal], [busy, busy, busy], [silent, busy, silent, busy, busy]] as const) {
      const { outbox, tries, asks, clock } = outboxRig();
      void outbox.send(naming("a"));
      await settled();
      for (const answer of answers) {
        if (answer instanceof ParleyError) asks.at(-1)?.failed(answer);
        else asks.at(-1)?.named([]);
        await clock.wind(20_000);
      }
      expect(asks.length).toBe(answers.length);
      expect(tries.map((each) => each.draft.mentions)).toEqual([["known"]]);
    }
  });

  it("[C27] goes with those who were found when the server stays silent on a link that is there, and not when the link was lost", async () => {
    const { outbox, tries, asks, state, clock } = outboxRig();
    void outbox.send(naming("a"));
    const silentFor = async (ms: number) => {
      for (const end = clock.now() + ms; clock.now() < end;) {
        asks.at(-1)?.failed(silent);
        await clock.wind(10_000);
      }
    };
    await settled();
    await silentFor(110_000);
    state.isLinked = false;
    await silentFor(600_000);
    state.isLinked = true;
    await silentFor(60_000);
    expect(tries).toEqual([]);
    await silentFor(120_000);
    expect(tries.map((each) => each.draft.mentions)).toEqual([["known"]]);
  });

  it("[C27] is not sent when it is discarded while the server is asked, and holds up none behind it", async () => {
    const { outbox, tries, asks } = outboxRig();
    outbox.send(naming("a")).catch(() => undefined);
    void outbox.send(draft("b"));
    await settled();
    outbox.discard("c1", "a");
    asks[0]?.named(["chloe-id"]);
    await settled();
    expect(tries.map((each) => each.draft.clientId)).toEqual(["b"]);
  });

  it("[C27] is one message where two tabs send it under one clientId: the second takes what the first found", async () => {
    const storage = memoryStorage();
    const shared = aloneLocks();
    const locks = (instance: string): Locks => ({
      ...shared,
      instance,
      alive: () => Promise.resolve(new Set(["one", "two"])),
    });
    const [one, two] = [outboxRig({ storage, locks: locks("one") }), outboxRig({ storage, locks: locks("two") })];
    void one.outbox.send(naming("a"));
    void two.outbox.send(naming("a"));
    await settled();
    expect([one.asks.length, two.asks.length]).toEqual([1, 0]);
    one.asks[0]?.named(["chloe-id"]);
    await settled();
    expect(two.asks).toEqual([]);
    for (const tab of [one, two]) expect(tab.tries.map((each) => each.draft.mentions)).toEqual([["known", "chloe-id"]]);
  });

  it("is the same message again under the same handles, and another one under others", async () => {
    const { outbox, tries, asks } = outboxRig();
    const sent = [outbox.send(naming("a")), outbox.send(naming("a"))];
    await settled();
    asks[0]?.named(["chloe-id"]);
    await settled();
    sent.push(outbox.send(naming("a")));
    const other = outbox.send({ ...naming("a"), handles: ["dan"] });
    await expect(other).rejects.toMatchObject({ code: "client_id_reused" });
    tries[0]?.acked(ack(1));
    expect((await Promise.all(sent)).map(({ seq }) => seq)).toEqual([1, 1, 1]);
  });
});

describe("an entry of a tab that is gone", () => {
  it("[C27] is taken over by one of the tabs that look for it at the same time", async () => {
    const storage = memoryStorage();
    const shared = aloneLocks();
    const alive = new Set(["gone", "one", "two"]);
    const locks = (instance: string): Locks => ({ ...shared, instance, alive: () => Promise.resolve(new Set(alive)) });
    const gone = outboxRig({ storage, locks: locks("gone") });
    void gone.outbox.send(naming("a"));
    await settled();
    gone.outbox.close();
    alive.delete("gone");
    const [one, two] = [outboxRig({ storage, locks: locks("one") }), outboxRig({ storage, locks: locks("two") })];
    await Promise.all([one.outbox.adopt(), two.outbox.adopt()]);
    await settled();
    expect([...one.pending(), ...two.pending()]).toEqual(["a waiting"]);
    await Promise.all([one.outbox.adopt(), two.outbox.adopt()]);
    expect([...one.pending(), ...two.pending()]).toEqual(["a waiting"]);
  });
});

describe("an edit that mentions handles", () => {
  function rig(storage: Storage = memoryStorage()) {
    const clock = new WoundClock();
    const { namer, asks, state } = namerRig(clock);
    const sent: unknown[] = [];
    const edits = new Edits({
      ...{ storage, clock, random: () => 0.5, locks: aloneLocks(), userId: "u1", namer },
      send: ({ text, mentions }) => {
        sent.push([text, mentions]);
        return new Promise(() => undefined);
      },
      places: () => undefined,
      onChange: () => undefined,
    });
    return { clock, asks, state, edits, sent };
  }
  const ask = (text: string) => ({
    ...{ conversationId: "c1", seq: 1, text, mentions: ["known"], handles: ["chloe"], found: null },
  });

  it("[C27][W15] is shown at once, and sent with those who have them when the server can be asked", async () => {
    const { edits, asks, state, sent, clock } = rig();
    state.isLinked = false;
    void edits.edit(ask("hello @chloe"));
    expect(edits.of("c1").get(1)).toMatchObject({ text: "hello @chloe", status: "waiting" });
    for (let hour = 0; hour < 3; hour++) {
      await clock.wind(3_600_000);
      asks.at(-1)?.failed(silent);
      await settled();
    }
    expect(sent).toEqual([]);
    edits.wake();
    await settled();
    asks.at(-1)?.named(["chloe-id"]);
    await settled();
    expect(sent).toEqual([["hello @chloe", ["known", "chloe-id"]]]);
  });

  it("[C27] counts as the last one, though the server is still asked for an earlier one, and is asked for over a restart", async () => {
    const storage = memoryStorage();
    const first = rig(storage);
    void first.edits.edit(ask("one"));
    await settled();
    void first.edits.edit(ask("two"));
    first.asks[0]?.named(["chloe-id"]);
    await settled();
    expect([first.sent, first.asks.length]).toEqual([[], 2]);
    first.edits.close();
    const second = rig(storage);
    await second.edits.adopt();
    await settled();
    second.asks[0]?.named(["chloe-id"]);
    await settled();
    expect(second.sent).toEqual([["two", ["known", "chloe-id"]]]);
  });
});

describe("the question for a handle", () => {
  const user = (handle: string) => ({ id: `${handle}-id`, handle, name: handle, bio: "", avatarUrl: null });
  const member = (handle: string) => ({ user: user(handle), role: "member", joinedAt: 0, delivered: 0, read: 0 });
  const crowd = Array.from({ length: 1_000 }, (_, i) => member(`bob${i}`));

  /** A server that has these members, in the order in which they joined. */
  function server(members: readonly { user: { handle: string } }[]) {
    const http = new FakeServer(({ query }) => {
      if (query.get("q") === "gone") return refused("not_found");
      const found = members.filter(({ user: { handle } }) => handle.startsWith(query.get("q") ?? ""));
      const from = Number(query.get("cursor") ?? 0);
      const to = from + Number(query.get("limit"));
      return { status: 200, body: { members: found.slice(from, to), cursor: to < found.length ? String(to) : null } };
    });
    return { http, api: new Http("http://server", http.fetch, new WoundClock()) };
  }

  it("[C27] finds the member with the whole handle behind many whose handles begin so, and gives up after some pages", async () => {
    const near = server([...crowd.slice(0, 250), member("bob")]);
    expect(await membersNamed(near.api, "c1", ["bob", "nobody"])).toEqual({ userIds: ["bob-id"], fault: undefined });
    expect(near.http.asked.length).toBe(4);
    const far = server([...crowd, member("bob")]);
    expect(await membersNamed(far.api, "c1", ["bob"])).toEqual({ userIds: [], fault: undefined });
    expect(far.http.asked.length).toBe(5);
  });

  it("says who was found before it failed", async () => {
    const { api } = server([member("bob")]);
    const named = await membersNamed(api, "c1", ["bob", "gone"]);
    expect(named).toMatchObject({ userIds: ["bob-id"], fault: { code: "not_found" } });
  });

  it("is for what can be a handle, in lower case, each once, and for no more than a message may mention", () => {
    expect(handlesToAsk(["Bob", "bob", "x", "not a handle", "ana_b"], [])).toEqual(["bob", "ana_b"]);
    const many = Array.from({ length: 100 }, (_, i) => `bob${i}`);
    expect(handlesToAsk(many, ["a", "b"]).length).toBe(limits.mentionsPerMessageMax - 2);
    expect(handlesToAsk(["bob"], many.slice(0, limits.mentionsPerMessageMax))).toEqual([]);
  });
});
