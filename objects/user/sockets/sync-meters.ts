/** Owns how fast one user may talk on their sync sockets, and change the rows of their inbox. */
import type { Refusal } from "../../../schema/errors.ts";
import type { UserId } from "../../../schema/ids.ts";
import { rates } from "../../../schema/rates.ts";
import { Buckets, drawAll } from "../../shared/meters/buckets.ts";
import { FrameMeter } from "../../shared/meters/frame-meter.ts";
import { areRatesOff } from "../../shared/meters/rate-limits.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Env } from "../../shared/platform/env.ts";

export class SyncMeters {
  readonly #env: Pick<Env, "PARLEY_RATE_LIMITS">;
  readonly #self: UserId;
  readonly frames: FrameMeter;
  readonly #watches = new Buckets(rates.watchesPerUser);
  readonly #patches = new Buckets(rates.summaryPatchesPerUser);

  constructor(env: Pick<Env, "PARLEY_RATE_LIMITS">, self: UserId) {
    this.#env = env;
    this.#self = self;
    this.frames = new FrameMeter(env);
  }

  refusalToWatch(): Refusal | undefined {
    return this.#take(this.#watches, "you change too often whom you watch");
  }

  refusalToPatch(): Refusal | undefined {
    return this.#take(this.#patches, "you change your list too often");
  }

  #take(of: Buckets, detail: string): Refusal | undefined {
    return areRatesOff(this.#env) ? undefined : drawAll([{ of, key: this.#self, takes: 1, detail }], now());
  }
}
