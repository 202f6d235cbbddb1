/**
 * Owns how much clients may send on sockets: on each socket, and each user on all of their sockets together. Frames and bytes are counted before
 * anything is parsed. The buckets are in memory: an object is evicted only after about as much silence as a bucket takes to fill.
 */
import { type Bucket, spendTokens, takeTokens } from "../../../core/meters/token-bucket.ts";
import type { Refusal } from "../../../schema/errors.ts";
import type { UserId } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import { rates } from "../../../schema/rates.ts";
import { now } from "../platform/clock.ts";
import type { Env } from "../platform/env.ts";
import { Buckets, drawAll } from "./buckets.ts";
import { areRatesOff } from "./rate-limits.ts";

const detail = "too many frames";

export class FrameMeter {
  readonly #env: Pick<Env, "PARLEY_RATE_LIMITS">;
  readonly #sockets = new WeakMap<WebSocket, Bucket>();
  readonly #frames = new Buckets(rates.framesPerUser);
  readonly #bytes = new Buckets(rates.frameBytesPerUser);
  readonly #elements = new Buckets(rates.elementsPerUser);

  constructor(env: Pick<Env, "PARLEY_RATE_LIMITS">) {
    this.#env = env;
  }

  /** Whether a socket, or its user on all sockets, sends more than any person or program of good will. If not, the frame is counted. */
  isTooFast(socket: WebSocket, userId: UserId, bytes: number): boolean {
    if (areRatesOff(this.#env)) return false;
    const { bucket, waitMs } = takeTokens(this.#sockets.get(socket), rates.framesPerSocket, now());
    this.#sockets.set(socket, bucket);
    if (waitMs > 0) return true;
    const draws = [
      { of: this.#frames, key: userId, takes: 1, detail },
      { of: this.#bytes, key: userId, takes: bytes, detail },
    ];
    return drawAll(draws, now()) !== undefined;
  }

  /** Charges the elements of a frame, good ones and bad ones. They may go into debt, which the next frame pays: while it lasts `isTooFast` is true. */
  noteElements(socket: WebSocket, userId: UserId, count: number): void {
    const weight = Math.floor(count / batches.elementsPerFrame);
    if (weight === 0) return;
    this.#sockets.set(socket, spendTokens(this.#sockets.get(socket), rates.framesPerSocket, now(), weight));
    this.#frames.spend(userId, now(), weight);
  }

  /** Why an element is refused before anything is read for it, or undefined: then it took its token. */
  refusalToLook(userId: UserId): Refusal | undefined {
    if (areRatesOff(this.#env)) return undefined;
    return drawAll([{ of: this.#elements, key: userId, takes: 1, detail: "you ask too much at once" }], now());
  }
}
