/** What one user stores in a day is bounded, in one conversation and in all, whatever is evicted. Limits are on here. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { userStub } from "../../../../objects/shared/platform/calls.ts";
import { now, windClock } from "../../../../objects/shared/platform/clock.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { limitRatesForTest } from "../../../../objects/shared/meters/rate-limits.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import { dayQuotas } from "../../../../schema/rates.ts";
import {
  codeOf,
  foundDm,
  foundGroup,
  send,
  sendCommand,
  settleFanOut,
  somebody,
  submit,
  type TestPerson,
} from "../../../rig/objects/people.ts";

beforeAll(() => limitRatesForTest(true));
afterAll(() => limitRatesForTest(undefined));

const dayMs = 86_400_000;
const object = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
const evict = (id: ConversationId) => evictDurableObject(object(id));
/** Away from midnight, so that a test is within one day. */
const toNoon = () => windClock(dayMs + dayMs / 2 - (now() % dayMs));
const large = "\u{1f600}".repeat(95_000);
const largeBytes = 380_512;

/** MiB counted for a user. */
const counted = (id: ConversationId, userId: UserId): Promise<number> =>
  runInDurableObject(object(id), (_, ctx) => {
    const rows = ctx.storage.sql.exec("SELECT units FROM written_today WHERE user_id = ?", userId).toArray();
    return Number(rows[0]?.["units"] ?? 0);
  });

/** Writes large texts, with time between them, until one is refused; an eviction after each few. */
async function write(id: ConversationId, by: TestPerson, most: number, tag: string): Promise<number> {
  for (let i = 0; i < most; i++) {
    windClock(4_000);
    if (i % 4 === 3) await evict(id);
    const answer = await submit(id, by, sendCommand(large, `${tag}${i}`));
    if (answer.ok) continue;
    expect(answer.refusal).toMatchObject({ code: "rate_limited", detail: "you have written enough for today" });
    return i;
  }
  return most;
}

/** As if so much had been written today. */
async function setCounted(id: ConversationId, rows: [UserId, number][]): Promise<void> {
  await runInDurableObject(object(id), (_, ctx) => {
    for (const [userId, units] of rows) {
      ctx.storage.sql.exec(
        "INSERT OR REPLACE INTO written_today (user_id, day, units, is_over) VALUES (?, ?, ?, 0)",
        userId,
        Math.floor(now() / dayMs),
        units,
      );
    }
  });
  await evict(id);
}

test("[Q8] a day's bytes into one conversation are bounded, though the object is evicted all the time", async () => {
  toNoon();
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const [first] = [await send(id, ana, "first", "first")];
  const perDay = (dayQuotas.mebibytesPerConversation * dayQuotas.unitBytes) / largeBytes;
  const written = await write(id, ana, Math.round(perDay * 2), "k");
  // By chance 64 MiB are counted as 64 ± 8 (one standard deviation).
  expect(written).toBeGreaterThan(perDay * 0.5);
  expect(written).toBeLessThan(perDay * 1.6);
  const refused = await submit(id, ana, sendCommand("small", "small"));
  if (refused.ok) throw new Error("not refused");
  expect(refused.refusal.retryAfterMs).toBeGreaterThan(3_600_000);
  expect(refused.refusal.retryAfterMs).toBeLessThanOrEqual(dayMs);
  // What is acked is answered, what erases is done, watermarks rise; others write on.
  expect(await submit(id, ana, sendCommand("first", "first"))).toMatchObject({
    ok: true,
    ack: { seq: first.seq, duplicate: true },
  });
  expect(codeOf(await submit(id, ana, { do: "unsend", seq: first.seq }))).toBe("ok");
  expect(codeOf(await submit(id, ana, { do: "receipt", delivered: null, read: 1 }))).toBe("ok");
  expect(codeOf(await submit(id, ana, { do: "react", seq: 2, emoji: "👍", isOn: true }))).toBe("rate_limited");
  expect(codeOf(await submit(id, ana, { do: "edit", seq: 2, text: "less", mentions: null }))).toBe("rate_limited");
  expect(codeOf(await submit(id, bo, sendCommand("hello", "k")))).toBe("ok");
  windClock(refused.refusal.retryAfterMs ?? 0);
  expect(codeOf(await submit(id, ana, sendCommand("small", "small")))).toBe("ok");
}, 120_000);

test("[Q8] ordinary messages write no row for it", async () => {
  toNoon();
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await send(id, ana, "first");
  /** The rows of 20 messages. The fan-out writes some of them later. */
  const rowsOf = async (tag: string): Promise<number> => {
    await settleFanOut(id);
    const before = cost.rowsWritten;
    for (let i = 0; i < 20; i++) await send(id, ana, "a message", `${tag}${i}`);
    await settleFanOut(id);
    return cost.rowsWritten - before;
  };
  limitRatesForTest(false);
  const without = await rowsOf("off");
  limitRatesForTest(true);
  // One of 2,000 messages writes one.
  expect(await rowsOf("on")).toBeLessThanOrEqual(without + 12);
  expect(await counted(id, ana.userId)).toBeLessThan(3);
});

test("[Q8] a day's bytes into all conversations are bounded: each learns of it with the next MiB", async () => {
  toNoon();
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const [one, two] = [await foundDm(ana, bo), await foundDm(ana, cy)];
  expect(await userStub(env, ana.userId).wrote(dayQuotas.mebibytesInAll - 1)).toEqual({ isOver: false });
  for (const id of [one, two]) {
    const written = await write(id, ana, 200, "k");
    // A MiB on average, and more by chance.
    expect(written).toBeGreaterThan(0);
    expect(written * largeBytes).toBeLessThan(25 * dayQuotas.unitBytes);
    expect(codeOf(await submit(id, ana, sendCommand("small", "small")))).toBe("rate_limited");
  }
  windClock(dayMs);
  expect(codeOf(await submit(one, ana, sendCommand("small", "small")))).toBe("ok");
  expect(await userStub(env, ana.userId).wrote(1)).toEqual({ isOver: false });
}, 120_000);

test("[Q8] many who flood together do not fill a conversation either; a member who wrote little may go on", async () => {
  toNoon();
  const people = Array.from({ length: 10 }, (_, i) => somebody(`p${i}`));
  const [owner, ...others] = people;
  const quiet = somebody("quiet");
  if (owner === undefined) throw new Error("nobody");
  const id = await foundGroup(owner, [...others, quiet]);
  const each = dayQuotas.mebibytesOfAllMembers / people.length;
  await setCounted(
    id,
    people.map((person) => [person.userId, Math.ceil(each)]),
  );
  expect(codeOf(await submit(id, owner, sendCommand("x", "k1")))).toBe("rate_limited");
  expect(codeOf(await submit(id, quiet, sendCommand("x", "k1")))).toBe("ok");
  await setCounted(
    id,
    people.map((person) => [person.userId, Math.floor(each) - 1]),
  );
  expect(codeOf(await submit(id, owner, sendCommand("x", "k1")))).toBe("ok");
});

test("where rates are off, the day's quota is, too", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await setCounted(id, [[ana.userId, 1_000]]);
  expect(codeOf(await submit(id, ana, sendCommand("x", "k1")))).toBe("rate_limited");
  limitRatesForTest(false);
  expect(codeOf(await submit(id, ana, sendCommand("x", "k1")))).toBe("ok");
  limitRatesForTest(true);
});
