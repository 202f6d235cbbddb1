/** Counts of durations in buckets 1 % wide: quantiles of millions of values without keeping them. */
import type { Quantiles } from "./job.ts";

const smallestMs = 0.001;
const growth = Math.log(1.01);

export class Histogram {
  readonly #counts = new Uint32Array(2_000);
  #total = 0;
  #max = 0;

  add(ms: number): void {
    const bucket =
      ms <= smallestMs ? 0 : Math.min(Math.floor(Math.log(ms / smallestMs) / growth), this.#counts.length - 1);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total++;
    if (ms > this.#max) this.#max = ms;
  }

  quantiles(): Quantiles {
    return { p50: this.#quantile(0.5), p99: this.#quantile(0.99), max: round(this.#max) };
  }

  #quantile(share: number): number {
    let left = share * this.#total;
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0 && count > 0) return round(smallestMs * Math.exp((bucket + 0.5) * growth));
    }
    return 0;
  }
}

function round(ms: number): number {
  return Number(ms.toPrecision(3));
}
