import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Env } from "../../objects/shared/platform/env.ts";
import { rates } from "../../schema/rates.ts";
import { deskOf, keyed, limitSessionLinks } from "../../workers/security/session-links.ts";
import { relyingPartyOf } from "../../workers/security/relying-party.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const settings = { ID_SECRET: "a secret", PARLEY_RATE_LIMITS: "on", ALLOWED_ORIGINS: "" };
// Only these are read.
const envOf = (more: Partial<typeof settings> = {}) => ({ ...settings, ...more }) as unknown as Env;
const from = (address: string) => new Request("https://chat.example/", { headers: { "cf-connecting-ip": address } });

test("[A26] one address begins twenty links, then one in five seconds", () => {
  const begun = (address: string, env = envOf()) => limitSessionLinks(env, from(address)).ok;
  for (let n = 0; n < rates.linksPerAddress.burst; n++) expect(begun("192.0.2.1")).toBe(true);
  expect(begun("192.0.2.1")).toBe(false);
  expect(begun("192.0.2.2")).toBe(true);
  expect(begun("192.0.2.1", envOf({ PARLEY_RATE_LIMITS: "off" }))).toBe(true);
  vi.advanceTimersByTime(5_000);
  expect(begun("192.0.2.1")).toBe(true);
  expect(begun("192.0.2.1")).toBe(false);
});

test("[A26] a code is found at one desk, and nobody works out its stored name without the server's secret", () => {
  expect(deskOf(envOf(), "AAAAAAAA")).toBe(deskOf(envOf(), "AAAAAAAA"));
  expect(keyed(envOf(), "code", "AAAAAAAA")).not.toBe(keyed(envOf({ ID_SECRET: "b" }), "code", "AAAAAAAA"));
  expect(keyed(envOf(), "code", "AAAAAAAA")).not.toBe(keyed(envOf(), "secret", "AAAAAAAA"));
  const desks = new Set(Array.from({ length: 1_000 }, (_, n) => deskOf(envOf(), `CODE${n}`)));
  expect(desks.size).toBe(64);
});

test("[A22] passkeys belong to the host of the server's address; its page and allowed origins below it may ask for them", () => {
  const of = (url: string, allowed = "") => relyingPartyOf(envOf({ ALLOWED_ORIGINS: allowed }), new Request(url));
  expect(of("https://chat.example/v1/x?y")).toEqual({ rpId: "chat.example", origins: ["https://chat.example"] });
  // TLS ends in front of a local server.
  expect(of("http://localhost:8788/v1")).toEqual({
    rpId: "localhost",
    origins: ["http://localhost:8788", "https://localhost:8788"],
  });
  const allowed = "https://app.chat.example, https://evilchat.example,https://chat.example.evil, ,nonsense";
  expect(of("https://chat.example/", allowed).origins).toEqual(["https://chat.example", "https://app.chat.example"]);
});
