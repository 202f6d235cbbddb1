import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { batches } from "../../schema/limits.ts";
import { inLine } from "../../workers/passwords/hash-line.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Work that takes this long, and notes when it runs. */
function work(name: string, ms: number, log: string[]): () => Promise<string> {
  return async () => {
    log.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, ms));
    log.push(`${name} ends`);
    return name;
  };
}

test("one at a time, in the order of asking", async () => {
  const log: string[] = [];
  const all = Promise.all(["a", "b", "c"].map((name) => inLine(null, work(name, 100, log))));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await all).toEqual(["a", "b", "c"].map((value) => ({ ok: true, value })));
  expect(log).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

test("[G11] a request that would wait too long is refused in time, and holds up nobody", async () => {
  const log: string[] = [];
  const all = Promise.all(Array.from({ length: 12 }, (_, n) => inLine(null, work(`${n}`, 1_000, log))));
  await vi.advanceTimersByTimeAsync(10_000);
  const codes = (await all).map((outcome) => (outcome.ok ? "done" : outcome.refusal.code));
  expect(codes.filter((code) => code === "done").length).toBeGreaterThan(6);
  expect(codes.at(-1)).toBe("unavailable");
  const after = inLine(null, work("after", 10, log));
  await vi.advanceTimersByTimeAsync(200);
  expect(await after).toEqual({ ok: true, value: "after" });
});

test("a request that vanishes, or whose hash fails, does not stop the line", async () => {
  const log: string[] = [];
  void inLine(null, () => new Promise(() => undefined));
  const failing = expect(inLine(null, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  const next = inLine(null, work("next", 10, log));
  await vi.advanceTimersByTimeAsync(7_000);
  await failing;
  expect(await next).toEqual({ ok: true, value: "next" });
});

test("[A16] addresses take turns: a single request waits for the hash under way and for at most one more of a flood", async () => {
  const log: string[] = [];
  const flood = ["f1", "f2", "f3", "f4"].map((name) => inLine("flood", work(name, 100, log)));
  const others = [
    inLine("ana", work("ana", 100, log)),
    inLine("bo", work("bo", 100, log)),
    inLine(null, work("local", 100, log)),
  ];
  await vi.advanceTimersByTimeAsync(2_000);
  await Promise.all([...flood, ...others]);
  expect(log.filter((line) => line.endsWith("begins")).map((line) => line.split(" ")[0])).toEqual([
    "f1",
    "f2",
    "ana",
    "bo",
    "local",
    "f3",
    "f4",
  ]);
  // An address that flooded before is not held back once the line is empty.
  const later = [inLine("ana", work("ana", 10, log)), inLine("flood", work("flood", 10, log))];
  await vi.advanceTimersByTimeAsync(500);
  expect((await Promise.all(later)).every(({ ok }) => ok)).toBe(true);
});

test("[A16] an address has ten places, its further requests are refused at once, and others do not wait for it", async () => {
  const log: string[] = [];
  const flood = Array.from({ length: 30 }, (_, n) => inLine("flood", work(`f${n}`, 100, log)));
  const ana = inLine("ana", work("ana", 100, log));
  let anaWaitedMs = 0;
  const startedAt = Date.now();
  void ana.then(() => (anaWaitedMs = Date.now() - startedAt));
  await vi.advanceTimersByTimeAsync(5_000);
  const answers = await Promise.all(flood);
  expect(answers.filter(({ ok }) => ok)).toHaveLength(batches.hashPlacesPerAddressMax);
  expect(answers.at(-1)).toMatchObject({ ok: false, refusal: { code: "rate_limited" } });
  expect(await ana).toEqual({ ok: true, value: "ana" });
  expect(anaWaitedMs).toBeLessThan(400);
});

test("[A16] the line is bounded: when it is full, the last in turn is refused, and not the newcomer", async () => {
  const log: string[] = [];
  const addresses = Math.ceil(batches.hashPlacesMax / batches.hashPlacesPerAddressMax);
  const flood = Array.from({ length: batches.hashPlacesMax }, (_, n) =>
    inLine(`flood ${n % addresses}`, work("f", 10, log)),
  );
  const ana = inLine("ana", work("ana", 10, log));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await ana).toEqual({ ok: true, value: "ana" });
  const codes = (await Promise.all(flood)).map((outcome) => (outcome.ok ? "done" : outcome.refusal.code));
  expect(codes.at(-1)).toBe("unavailable");
  expect(codes.slice(0, addresses).every((code) => code === "done")).toBe(true);
});
