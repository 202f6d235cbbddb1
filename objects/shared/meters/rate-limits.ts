/** Owns whether the meters refuse anything here: `PARLEY_RATE_LIMITS`, or what a test says instead. */
import type { Env } from "../platform/env.ts";

let isOnForTest: boolean | undefined;

export function areRatesOff(env: Pick<Env, "PARLEY_RATE_LIMITS">): boolean {
  return isOnForTest === undefined ? env.PARLEY_RATE_LIMITS === "off" : !isOnForTest;
}

/** For tests: all objects of this isolate limit rates, whatever the environment says; undefined ends it. */
export function limitRatesForTest(isOn: boolean | undefined): void {
  isOnForTest = isOn;
}
