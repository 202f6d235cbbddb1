/**
 * Owns how fast one user may talk on their sync sockets, and change the rows of their inbox. The buckets are in memory: an object is evicted
 * only after about as much silence as they take to fill.
 */
import { type Bucket, type Rate, spendTokens, takeTokens, waitForTokens } from "../../../core/meters/token-bucket.ts";
import { type Refusal, refuse } from "../../../schema/errors.ts";
import { batches, rates } from "../../../schema/limits.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Env } from "../../shared/platform/env.ts";
import { areRatesOff } from "../../shared/meters/rate-limits.ts";
import type { SyncSocket } from "./sync-sockets.ts";

type Kind = "framesPerUser" | "frameBytesPerUser" | "elementsPerUser" | "watchesPerUser" | "summaryPatchesPerUser";

export class SyncMeters {
  readonly #env: Pick<Env, "PARLEY_RATE_LIMITS">;
  /** Of this user, over all devices and sockets. */
  readonly #buckets: Partial<Record<Kind, Bucket>> = {};

  constructor(env: Pick<Env, "PARLEY_RATE_LIMITS">) {
    this.#env = env;
  }

  /** Whether a socket, or the user on all sockets together, says more than any honest client would. Counts the frame where not. */
  isTooFast(entry: SyncSocket, bytes: number): boolean {
    if (areRatesOff(this.#env)) return false;
    const { bucket, waitMs } = takeTokens(entry.frames, rates.framesPerSocket, now());
    entry.frames = bucket;
    if (waitMs > 0 || this.#waitMs("framesPerUser") > 0 || this.#waitMs("frameBytesPerUser", bytes) > 0) return true;
    this.#spend("framesPerUser");
    this.#spend("frameBytesPerUser", bytes);
    return false;
  }

  /** Counts the elements of an array frame, good or bad. They may take more tokens than there are; the next frame waits until the debt is paid. */
  noteElements(entry: SyncSocket, count: number): void {
    const weight = Math.floor(count / batches.elementsPerFrame);
    if (weight === 0) return;
    entry.frames = spendTokens(entry.frames, rates.framesPerSocket, now(), weight);
    this.#spend("framesPerUser", weight);
  }

  /** Takes a token for one element of a frame; the refusal where there is none. */
  refusalToLook(): Refusal | undefined {
    return this.#take("elementsPerUser", "you ask too much at once");
  }

  refusalToWatch(): Refusal | undefined {
    return this.#take("watchesPerUser", "you change too often whom you watch");
  }

  refusalToPatch(): Refusal | undefined {
    return this.#take("summaryPatchesPerUser", "you change your list too often");
  }

  #take(kind: Kind, detail: string): Refusal | undefined {
    if (areRatesOff(this.#env)) return undefined;
    const waitMs = this.#waitMs(kind);
    if (waitMs > 0) return refuse("rate_limited", detail, waitMs).refusal;
    this.#spend(kind);
    return undefined;
  }

  #waitMs(kind: Kind, count = 1): number {
    return waitForTokens(this.#buckets[kind], rates[kind] satisfies Rate, now(), count);
  }

  #spend(kind: Kind, count = 1): void {
    this.#buckets[kind] = spendTokens(this.#buckets[kind], rates[kind], now(), count);
  }
}
