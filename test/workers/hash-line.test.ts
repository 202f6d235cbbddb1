import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { inLine } from "../../workers/hash-line.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Work that takes so long, noting when it was under way. */
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
  const all = Promise.all(["a", "b", "c"].map((name) => inLine(work(name, 100, log))));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await all).toEqual(["a", "b", "c"].map((value) => ({ ok: true, value })));
  expect(log).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

test("[G11] who would wait too long is told so before it is too late, and holds up nobody", async () => {
  const log: string[] = [];
  const all = Promise.all(Array.from({ length: 12 }, (_, n) => inLine(work(`${n}`, 1_000, log))));
  await vi.advanceTimersByTimeAsync(10_000);
  const codes = (await all).map((outcome) => (outcome.ok ? "done" : outcome.refusal.code));
  expect(codes.filter((code) => code === "done").length).toBeGreaterThan(6);
  expect(codes.at(-1)).toBe("unavailable");
  const after = inLine(work("after", 10, log));
  await vi.advanceTimersByTimeAsync(200);
  expect(await after).toEqual({ ok: true, value: "after" });
});

test("one that vanishes, or fails, does not stop the line", async () => {
  const log: string[] = [];
  void inLine(() => new Promise(() => undefined));
  const failing = expect(inLine(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  const next = inLine(work("next", 10, log));
  await vi.advanceTimersByTimeAsync(7_000);
  await failing;
  expect(await next).toEqual({ ok: true, value: "next" });
});
