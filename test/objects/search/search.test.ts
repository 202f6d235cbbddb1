/** What a search finds, in one conversation and over all of a user's, and who is answered. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test } from "vitest";
import { cost } from "../../../objects/shared/platform/meter.ts";
import { limitRatesForTest } from "../../../objects/shared/meters/rate-limits.ts";
import { windClock } from "../../../objects/shared/platform/clock.ts";
import type { SearchPage } from "../../../schema/http/search.ts";
import { searchHolds, searchLimits, searchRates } from "../../../schema/search-limits.ts";
import type { ConversationId } from "../../../schema/ids.ts";
import type { Conversation } from "../../../schema/wire/conversation.ts";
import { evict as evictUser } from "../../rig/objects/accounts.ts";
import { ask, type Caller, caller, must } from "../../rig/objects/door.ts";
import { send, settleFanOut } from "../../rig/objects/people.ts";
import { evictDurableObject } from "cloudflare:test";

const openDm = async (by: Caller, other: Caller) => (await ask<Conversation>(by, "PUT", `/dms/${other.id}`)).body.id;
const foundGroup = async (by: Caller, others: Caller[], more = {}) =>
  (
    await must<Conversation>(201, by, "POST", "/conversations", {
      title: "G",
      memberIds: others.map(({ id }) => id),
      ...more,
    })
  ).id;

type Query = Record<string, string | number>;

const pathOf = (query: Query): string =>
  `/search?${new URLSearchParams(Object.entries(query).map(([name, value]) => [name, `${value}`])).toString()}`;

function page(by: Caller, query: Query): Promise<SearchPage> {
  return must<SearchPage>(200, by, "GET", pathOf(query));
}

function asked(by: Caller, query: Query) {
  return ask<SearchPage & { code?: string }>(by, "GET", pathOf(query));
}

/** All pages. */
async function all(by: Caller, query: Query): Promise<SearchPage["hits"]> {
  const hits: SearchPage["hits"] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const next: SearchPage = await page(by, cursor === null ? query : { ...query, cursor });
    hits.push(...next.hits);
    ({ cursor } = next);
    if (++pages > 100) throw new Error("the search does not end");
  } while (cursor !== null);
  return hits;
}

const texts = async (by: Caller, query: Query) => (await all(by, query)).map(({ message }) => message.text);
const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id));

test("[E6] one conversation: newest first, paged, by sender and time, only the text as it now stands", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await openDm(ana, bo);
  const acks = [];
  for (let n = 0; n < 5; n++) {
    windClock(1_000);
    acks.push(await send(id, n % 2 === 0 ? ana : bo, `Größe ${n}`));
  }
  await send(id, ana, "東京タワー");
  await evict(id);
  expect(await texts(ana, { q: "grösse", conversationId: id })).toEqual([4, 3, 2, 1, 0].map((n) => `Größe ${n}`));
  expect(await texts(bo, { q: "GROSS", conversationId: id, limit: 2 })).toEqual(
    [4, 3, 2, 1, 0].map((n) => `Größe ${n}`),
  );
  expect(await texts(ana, { q: "grosse", conversationId: id, senderId: bo.id })).toEqual(["Größe 3", "Größe 1"]);
  const [, since, , until] = acks.map(({ sentAt }) => sentAt);
  expect(await texts(ana, { q: "grosse", conversationId: id, since: since ?? 0, until: until ?? 0 })).toEqual(
    [3, 2, 1].map((n) => `Größe ${n}`),
  );
  expect(await texts(ana, { q: "grosse", conversationId: id, since: (until ?? 0) + 1, until: until ?? 0 })).toEqual([]);
  const [hit] = await all(ana, { q: "京タ", conversationId: id });
  expect(hit).toMatchObject({ message: { seq: 6, text: "東京タワー", senderId: ana.id }, highlights: [[1, 3]] });

  await must(200, ana, "PATCH", `/conversations/${id}/messages/1`, { text: "Breite" });
  await must(200, ana, "DELETE", `/conversations/${id}/messages/3`);
  await evict(id);
  expect(await texts(bo, { q: "grosse", conversationId: id })).toEqual([4, 3, 1].map((n) => `Größe ${n}`));
  expect(await texts(bo, { q: "breit", conversationId: id })).toEqual(["Breite"]);
});

test("[E6] a long text is found by any part of it; the hit carries its beginning, and highlights of the whole", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await openDm(ana, bo);
  const text = `${"😀 ".repeat(10_000)}Nadel ${"heu ".repeat(5_000)}`;
  await send(id, ana, text);
  const [hit] = await all(bo, { q: "nadel", conversationId: id });
  expect(hit?.message.truncated).toBe(true);
  expect(new TextEncoder().encode(hit?.message.text).length).toBeLessThanOrEqual(8_192);
  expect(hit?.highlights).toEqual([[20_000, 20_005]]);
  expect((await all(bo, { q: "h", conversationId: id }))[0]?.highlights.length).toBe(searchLimits.highlightsPerHitMax);
});

test("[E7] all conversations: newest first over all of them, page by page, each message once", async () => {
  const [ana, bo, cy] = [await caller("ana"), await caller("bo"), await caller("cy")];
  const ids = [await openDm(ana, bo), await openDm(ana, cy), await foundGroup(ana, [bo, cy]), await openDm(ana, ana)];
  const expected: string[] = [];
  for (let n = 0; n < 24; n++) {
    // Several messages have the same time.
    if (n % 3 === 0) windClock(1_000);
    const id = ids[(n * 7) % 4];
    if (id === undefined) throw new Error("no id");
    await send(id, ana, n % 2 === 0 ? `needle ${n}` : `hay ${n}`);
    if (n % 2 === 0) expected.unshift(`needle ${n}`);
  }
  for (const id of ids) await settleFanOut(id);
  const once = await all(ana, { q: "needle" });
  expect(once.map(({ message }) => message.text).sort()).toEqual(expected.toSorted());
  const times = once.map(({ message }) => message.sentAt);
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  for (const limit of [1, 2, 5, 50]) {
    for (const id of ids) await evict(id);
    await evictUser(ana.id);
    expect(await all(ana, { q: "needle", limit })).toEqual(once);
  }
  expect(
    (await all(bo, { q: "needle" })).every(
      ({ message }) => message.conversationId === ids[0] || message.conversationId === ids[2],
    ),
  ).toBe(true);
  expect(await all(bo, { q: "needle", conversationId: ids[3] ?? "" }).catch((error: Error) => error.message)).toContain(
    "404",
  );
});

test("[E7] the newest hits come first however many blocks the list of conversations has, and silent conversations are not asked", async () => {
  const before = { ...searchHolds };
  Object.assign(searchHolds, { conversationsPerBlock: 2, conversationsPerPage: 8 });
  onTestFinished(() => void Object.assign(searchHolds, before));
  const ana = await caller("ana");
  const ids: ConversationId[] = [];
  for (let n = 0; n < 7; n++) ids.push(await foundGroup(ana, [], { title: `G${n}` }));
  const expected: string[] = [];
  // Each conversation has old hits and young ones, and the list is in the order of the last round.
  for (let n = 0; n < 21; n++) {
    windClock(1_000);
    const id = ids[(n * 3) % 7];
    if (id === undefined) throw new Error("no id");
    await send(id, ana, n % 5 === 4 ? `hay ${n}` : `needle ${n}`);
    if (n % 5 !== 4) expected.unshift(`needle ${n}`);
  }
  for (const id of ids) await settleFanOut(id);
  for (const limit of [1, 3, 50]) expect(await texts(ana, { q: "needle", limit })).toEqual(expected);
  // The two newest hits lie in the first block: the others are not asked.
  const calls = cost.objectCalls;
  expect((await page(ana, { q: "needle", limit: 1 })).hits).toHaveLength(1);
  const few = cost.objectCalls - calls;
  expect((await page(ana, { q: "needle", limit: 50 })).hits).toHaveLength(17);
  expect(cost.objectCalls - calls - few).toBeGreaterThan(few + 4);
  // Beyond the bound of a page the next conversations come in another round: nothing is lost or doubled.
  Object.assign(searchHolds, { conversationsPerPage: 4 });
  const rounds = await texts(ana, { q: "needle", limit: 3 });
  expect(rounds.toSorted()).toEqual(expected.toSorted());
});

test("[E8] strangers, removed members and those who left are answered not_found, and find nothing over all; a member who joined later finds nothing from before where the policy says so", async () => {
  const [ana, bo, cy, eve] = [await caller("ana"), await caller("bo"), await caller("cy"), await caller("eve")];
  const id = await foundGroup(ana, [bo], { policy: { history: "joined" } });
  await send(id, ana, "secret one");
  await must(200, ana, "PUT", `/conversations/${id}/members/${cy.id}`, {});
  await send(id, ana, "secret two");
  await settleFanOut(id);
  expect(await texts(bo, { q: "secret" })).toEqual(["secret two", "secret one"]);
  expect(await texts(cy, { q: "secret" })).toEqual(["secret two"]);
  expect(await texts(cy, { q: "secret", conversationId: id })).toEqual(["secret two"]);
  expect((await asked(eve, { q: "secret", conversationId: id })).status).toBe(404);
  expect((await asked(eve, { q: "secret", conversationId: "c_nonsense" })).status).toBe(404);
  expect(await texts(eve, { q: "secret" })).toEqual([]);
  const { cursor } = await page(bo, { q: "secret", conversationId: id, limit: 1 });
  await must(204, ana, "DELETE", `/conversations/${id}/members/${bo.id}`);
  await must(204, cy, "DELETE", `/conversations/${id}/members/${cy.id}`);
  for (const gone of [bo, cy]) {
    expect((await asked(gone, { q: "secret", conversationId: id })).status).toBe(404);
    expect((await asked(gone, { q: "secret" })).body.hits).toEqual([]);
  }
  expect((await asked(bo, { q: "secret", conversationId: id, limit: 1, cursor: cursor ?? "" })).status).toBe(404);
  expect((await asked(bo, { q: "secret", limit: 1, cursor: cursor ?? "" })).body.hits).toEqual([]);
});

test("[E9] a query without a word, too long a query, and a cursor that is none are bad requests; what looks like a pattern is a text", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await openDm(ana, bo);
  await send(id, ana, "a.*b (a+)+$ 50% _");
  const bad = async (query: Query) => {
    const { status, body } = await asked(ana, query);
    return [status, body.code];
  };
  for (const q of [
    "",
    " ",
    "!!!",
    "%",
    "_",
    '""',
    "x".repeat(searchLimits.searchQueryCodePointsMax + 1),
    "x".repeat(10_000),
  ])
    expect(await bad({ q })).toEqual([400, "bad_request"]);
  expect(await bad({})).toEqual([400, "bad_request"]);
  const claims = [
    ["x"],
    [[-1, id, 1], null],
    [[1, "../x", 1], null],
    [[1, id, 1e300], null],
    [null, [1, "a b"]],
    {},
    null,
    [null, null, null],
  ];
  for (const claim of claims)
    expect(await bad({ q: "a", cursor: Buffer.from(JSON.stringify(claim)).toString("base64url") })).toEqual([
      400,
      "bad_request",
    ]);
  for (const cursor of ["x", "%00", "e30"]) expect(await bad({ q: "a", cursor })).toEqual([400, "bad_request"]);
  expect(await bad({ q: "a", limit: 0 })).toEqual([400, "bad_request"]);
  expect(await bad({ q: "a", since: "soon" })).toEqual([400, "bad_request"]);
  expect((await asked(ana, { q: "a", limit: 10_000 })).status).toBe(200);
  expect(await texts(ana, { q: "a.*b" })).toEqual(["a.*b (a+)+$ 50% _"]);
  expect(await texts(ana, { q: "(a+)+$" })).toEqual(["a.*b (a+)+$ 50% _"]);
  expect(await texts(ana, { q: ".*c" })).toEqual([]);
  expect(await texts(ana, { q: "x".repeat(searchLimits.searchQueryCodePointsMax) })).toEqual([]);
  // A cursor of another search is a place like any other.
  const { cursor } = await page(ana, { q: "a", limit: 1 });
  expect(cursor).toBeNull();
  const far = Buffer.from(JSON.stringify([[9e15, id, 9e15], null])).toString("base64url");
  expect((await page(ana, { q: "a", cursor: far })).hits.length).toBe(1);
});

test("[E10] one call looks at a bounded number of messages; pages end at their bounds, and together they find everything", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await openDm(ana, bo);
  await send(id, ana, "needle first");
  const count = 70 * searchHolds.messagesPerCall;
  await runInDurableObject(env.CONVERSATIONS.getByName(id), (_, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
       INSERT INTO messages (seq, created_rev, rev, sender_id, client_id, text, sent_at, hash, content_hash, salt)
       SELECT n, n + 1, n + 1, ?, 'k' || n, 'hay ' || n, (SELECT sent_at FROM messages WHERE seq = 1) + n / 10, '', '', '' FROM n`,
      count,
      bo.id,
    );
    storage.sql.exec("UPDATE sent_record SET after_seq = ?", count);
  });
  await evict(id);
  const first = await page(ana, { q: "needle", conversationId: id });
  expect(first.hits).toEqual([]);
  expect(first.cursor).not.toBeNull();
  expect(await texts(ana, { q: "needle", conversationId: id })).toEqual(["needle first"]);
  expect(await texts(ana, { q: "needle" })).toEqual(["needle first"]);
  expect((await page(ana, { q: "hay", conversationId: id, limit: 3 })).hits.map(({ message }) => message.seq)).toEqual([
    count,
    count - 1,
    count - 2,
  ]);
});

test("[E11] a conversation that does not answer is missing, and hides no other; alone it is unavailable", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const ids = [await openDm(ana, bo), await openDm(ana, ana)];
  for (const id of ids) await send(id, ana, "needle");
  const broken = {
    getByName: (name: string) =>
      name === ids[0] ? { search: () => Promise.reject(new Error("broken")) } : env.CONVERSATIONS.getByName(name),
  };
  const bindings = { CONVERSATIONS: broken as unknown as typeof env.CONVERSATIONS };
  const found = await must<SearchPage>(200, ana, "GET", "/search?q=needle", undefined, bindings);
  expect(found).toMatchObject({
    hits: [{ message: { conversationId: ids[1] } }],
    cursor: null,
    missing: [{ conversationId: ids[0] }],
  });
  expect((await ask(ana, "GET", `/search?q=needle&conversationId=${ids[0]}`, undefined, bindings)).status).toBe(503);
});

test("[E11] a member who searches one conversation too fast is refused with a time to come back, and nobody else is", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await openDm(ana, bo);
  limitRatesForTest(true);
  try {
    const stub = env.CONVERSATIONS.getByName(id);
    const before = { at: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER };
    const search = (by: Caller) => stub.search(by.userId, { q: "a", before, limit: 1, part: "both" });
    let refused = await search(ana);
    for (let n = 0; refused.ok && n < 3 * searchRates.searchesPerUser.burst; n++) refused = await search(ana);
    expect(!refused.ok && refused.refusal).toMatchObject({ code: "rate_limited" });
    expect((await search(bo)).ok).toBe(true);
    windClock(1_000);
    expect((await search(ana)).ok).toBe(true);
  } finally {
    limitRatesForTest(undefined);
  }
});
