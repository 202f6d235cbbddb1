import { expect, test } from "vitest";
import { hashNew } from "../../workers/passwords/password.ts";

const costOf = async (env: Parameters<typeof hashNew>[0]) => {
  const hash = await hashNew(env, "correct horse battery", null);
  return hash.ok ? hash.value.n * hash.value.p : null;
};

test("a new password's hash takes 16 MiB and five passes; only a local server's tests can make it lighter", async () => {
  expect(await costOf({})).toBe(16_384 * 5);
  expect(await costOf({ PARLEY_LIGHT_PASSWORDS: "on" })).toBe(16_384 * 5);
  expect(await costOf({ PARLEY_LOCAL: "on", PARLEY_LIGHT_PASSWORDS: "off" })).toBe(16_384 * 5);
  expect(await costOf({ PARLEY_LOCAL: "on", PARLEY_LIGHT_PASSWORDS: "on" })).toBe(1_024);
});
