/** Owns token buckets by key: as many as are allowed, the one used longest ago forgotten first. In memory: a fresh object gives full ones. */
import { remember } from "../../../core/memory.ts";
import { type Bucket, type Rate, spendTokens, tokensOf, waitForTokens } from "../../../core/meters/token-bucket.ts";
import { type Refusal, refuse } from "../../../schema/errors.ts";
import type { TimeMs } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";

export class Buckets {
  readonly #rate: Rate;
  readonly #bucketsMax: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, bucketsMax: number = batches.bucketsMax) {
    this.#rate = rate;
    this.#bucketsMax = bucketsMax;
  }

  /** How long until there are so many tokens; 0 where they are there. Takes none. */
  waitMs(key: string, at: TimeMs, count = 1): number {
    return waitForTokens(this.#buckets.get(key), this.#rate, at, count);
  }

  /** Takes tokens, even more than there are: then the bucket is in debt. */
  spend(key: string, at: TimeMs, count = 1): void {
    remember(this.#buckets, key, spendTokens(this.#buckets.get(key), this.#rate, at, count), this.#bucketsMax);
  }

  /** Takes tokens if they are there. */
  take(key: string, at: TimeMs, count = 1): boolean {
    const isThere = this.waitMs(key, at, count) === 0;
    if (isThere) this.spend(key, at, count);
    return isThere;
  }

  /** What part of the bucket is full: 1 if nothing was taken lately. */
  fullness(key: string, at: TimeMs): number {
    return tokensOf(this.#buckets.get(key), this.#rate, at) / this.#rate.burst;
  }

  /** How many tokens the part `share` of a full bucket is. */
  part(share: number): number {
    return this.#rate.burst * share;
  }
}

/** What one act takes of one bucket. `needs`: how many tokens must be there, where that is not how many are taken. */
export type Draw = { of: Buckets; key: string; takes: number; needs?: number; detail: string };

/** Takes all of these tokens. If any bucket lacks some it takes none, and the refusal says when to come back. */
export function drawAll(draws: readonly Draw[], at: TimeMs): Refusal | undefined {
  let longest = { waitMs: 0, detail: "" };
  for (const { of, key, takes, needs = takes, detail } of draws) {
    const waitMs = of.waitMs(key, at, needs);
    if (waitMs > longest.waitMs) longest = { waitMs, detail };
  }
  if (longest.waitMs > 0) return refuse("rate_limited", longest.detail, longest.waitMs).refusal;
  for (const { of, key, takes } of draws) of.spend(key, at, takes);
  return undefined;
}
