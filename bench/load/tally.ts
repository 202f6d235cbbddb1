/** Counts what is delivered in the measured time, and how long it took. */
import { Histogram } from "./histogram.ts";
import type { Result } from "./job.ts";

export class Tally {
  readonly ack = new Histogram();
  readonly delivery = new Histogram();
  readonly first = new Histogram();
  readonly last = new Histogram();
  readonly completion = new Histogram();
  deliveries = 0;
  /** Frames that brought at least one delivery. */
  frames = 0;

  result(): Pick<
    Result,
    "deliveries" | "framesPerDelivery" | "ackMs" | "deliveryMs" | "firstMs" | "lastMs" | "completionMs"
  > {
    return {
      deliveries: this.deliveries,
      framesPerDelivery: this.frames / Math.max(1, this.deliveries),
      ackMs: this.ack.quantiles(),
      deliveryMs: this.delivery.quantiles(),
      firstMs: this.first.quantiles(),
      lastMs: this.last.quantiles(),
      completionMs: this.completion.quantiles(),
    };
  }
}
