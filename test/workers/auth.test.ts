import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Env } from "../../objects/shared/platform/env.ts";
import { mintUserId } from "../../objects/shared/identity/mint.ts";
import { signAccessToken } from "../../objects/user/account/tokens.ts";
import type { DeviceId } from "../../schema/ids.ts";
import { checkDevice, claimant, forgetDevice } from "../../workers/auth.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A gateway with one object, which notes each call and gives the answer that the test has set. */
function rig() {
  const asked: (number | undefined)[] = [];
  const state = { answer: true as boolean };
  const stub = {
    admit: (_device: string, _live: undefined, generation: number | undefined) => {
      asked.push(generation);
      return Promise.resolve(state.answer);
    },
  };
  const settings = { TOKEN_SECRET: "dGVzdC10b2tlbi1zZWNyZXQtMzItYnl0ZXMtbG9uZyE", ID_SECRET: "a secret" };
  // Nothing else of it is used here.
  const env = { ...settings, USERS: { getByName: () => stub } } as unknown as Env;
  const device = { userId: mintUserId(env.ID_SECRET), deviceId: "v_1" as DeviceId };
  const tokenOf = (generation: number) =>
    signAccessToken(env.TOKEN_SECRET, { ...device, generation }, Date.now()).token;
  /** As a request with this token is let in. */
  const use = async (token: string): Promise<boolean> => {
    const claimed = await claimant(env, token);
    return claimed.ok && (await checkDevice(env, claimed.value)).ok;
  };
  return { asked, state, device, tokenOf, use };
}

test("[A5] for a second the gateway does not ask again about a generation of tokens, but always asks about a newer one", async () => {
  const { asked, tokenOf, use } = rig();
  const [old, next] = [tokenOf(3), tokenOf(4)];
  expect(await use(old)).toBe(true);
  expect(await use(old)).toBe(true);
  expect(asked).toEqual([3]);
  // Its first use, though the device was asked about just now.
  expect(await use(next)).toBe(true);
  expect(asked).toEqual([3, 4]);
  // Two tabs with tokens of either do not ask in turns.
  for (const token of [old, next, old, next]) expect(await use(token)).toBe(true);
  expect(asked).toEqual([3, 4]);
  vi.advanceTimersByTime(1_000);
  expect(await use(old)).toBe(true);
  expect(await use(next)).toBe(true);
  expect(asked).toEqual([3, 4, 3]);
});

test("[A7] the gateway lets a signed-out device in for at most a second, and not at all when the sign-out came through this gateway", async () => {
  const { asked, state, device, tokenOf, use } = rig();
  const token = tokenOf(0);
  expect(await use(token)).toBe(true);
  state.answer = false;
  expect(await use(token)).toBe(true);
  forgetDevice(device);
  expect(await use(token)).toBe(false);
  state.answer = true;
  expect(await use(token)).toBe(true);
  state.answer = false;
  vi.advanceTimersByTime(1_000);
  expect(await use(token)).toBe(false);
  expect(asked).toHaveLength(4);
});
