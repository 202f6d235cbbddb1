/** Counts what is delivered in the measured time, and how long it took. */
import { Histogram } from "./histogram.ts";
import type { Result } from "./job.ts";

export class Tally {
  /** One for each socket, where a job compares them. */
  readonly #bySocket: Map<number, Histogram> | undefined;
  readonly ack = new Histogram();
  readonly delivery = new Histogram();
  readonly first = new Histogram();
  readonly last = new Histogram();
  readonly completion = new Histogram();
  deliveries = 0;
  /** Frames that brought at least one delivery. */
  frames = 0;

  constructor(comparesSockets = false) {
    if (comparesSockets) this.#bySocket = new Map();
  }

  delivered(socket: number, ms: number): void {
    this.delivery.add(ms);
    if (this.#bySocket === undefined) return;
    let own = this.#bySocket.get(socket);
    if (own === undefined) this.#bySocket.set(socket, (own = new Histogram()));
    own.add(ms);
  }

  result(): Pick<
    Result,
    "deliveries" | "framesPerDelivery" | "ackMs" | "deliveryMs" | "firstMs" | "lastMs" | "socketsMs" | "completionMs"
  > {
    const medians = [...(this.#bySocket?.values() ?? [])].map((own) => own.quantiles().p50);
    return {
      deliveries: this.deliveries,
      framesPerDelivery: this.frames / Math.max(1, this.deliveries),
      ackMs: this.ack.quantiles(),
      deliveryMs: this.delivery.quantiles(),
      firstMs: this.first.quantiles(),
      lastMs: this.last.quantiles(),
      socketsMs:
        medians.length === 0
          ? { quickest: 0, slowest: 0 }
          : { quickest: Math.min(...medians), slowest: Math.max(...medians) },
      completionMs: this.completion.quantiles(),
    };
  }
}
