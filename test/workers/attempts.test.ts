import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Env } from "../../objects/shared/platform/env.ts";
import { rates } from "../../schema/rates.ts";
import { addressOf, attemptBy, limitHandleChecks, limitSignUps } from "../../workers/passwords/attempts.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const settings = { ID_SECRET: "a secret", PARLEY_RATE_LIMITS: "on" };
// Only these two are read.
const env = settings as unknown as Env;
const off = { ...settings, PARLEY_RATE_LIMITS: "off" } as unknown as Env;

function from(address: string | null): Request {
  return new Request("https://chat.example/", address === null ? {} : { headers: { "cf-connecting-ip": address } });
}

test("[A16] one address makes twenty accounts, then one a minute; other addresses and a local server are not held up", () => {
  const made = (address: string | null, where = env) => limitSignUps(where, from(address)).ok;
  for (let n = 0; n < rates.signUpsPerAddress.burst; n++) expect(made(`2001:db8:1:2::${n.toString(16)}`)).toBe(true);
  const refused = limitSignUps(env, from("2001:db8:1:2::ffff"));
  expect(refused).toMatchObject({ ok: false, refusal: { code: "rate_limited" } });
  expect(refused.ok ? 0 : refused.refusal.retryAfterMs).toBeLessThanOrEqual(60_000);
  expect(made("2001:db8:1:3::1")).toBe(true);
  expect(made("2001:db8:1:2::1", off)).toBe(true);
  for (let n = 0; n < 100; n++) expect(made(null)).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect(made("2001:db8:1:2::1")).toBe(true);
  expect(made("2001:db8:1:2::1")).toBe(false);
});

test("[A30] one address looks at thirty handles, then three a minute", () => {
  const looked = () => limitHandleChecks(env, from("2001:db8:7::1")).ok;
  for (let n = 0; n < rates.handleChecksPerAddress.burst; n++) expect(looked()).toBe(true);
  expect(looked()).toBe(false);
  expect(limitSignUps(env, from("2001:db8:7::1")).ok).toBe(true);
  vi.advanceTimersByTime(20_000);
  expect([looked(), looked()]).toEqual([true, false]);
});

test("[A15] an object learns a keyed hash of the caller's network, and nothing where the caller has no address", () => {
  const of = (address: string | null, where = env) => attemptBy(where, from(address));
  expect(of("2001:db8:1:2::1")).toEqual(of("2001:db8:1:2:ffff::9"));
  expect(of("2001:db8:1:2::1")).not.toEqual(of("2001:db8:1:3::1"));
  expect(of("192.0.2.1")).not.toEqual(of("192.0.2.2"));
  expect(JSON.stringify(of("192.0.2.1"))).not.toContain("192.0.2.1");
  expect(of("192.0.2.1", { ...settings, ID_SECRET: "another" } as unknown as Env)).not.toEqual(of("192.0.2.1"));
  expect(of(null)).toEqual({});
  expect(of("127.0.0.1")).toEqual({});
  expect(of("192.0.2.1", off)).toEqual({});
  expect(attemptBy(env, from(null), "given")).toEqual({ deviceSecret: "given" });
  expect(addressOf(off, from("192.0.2.1"))).toBeNull();
});
