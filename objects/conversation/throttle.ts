/** Owns how fast may be written here: per device, per conversation, per socket. In memory: a fresh object gives a full bucket. */
import { type Bucket, takeTokens } from "../../core/token-bucket.ts";
import { type Refusal, refuse } from "../../schema/errors.ts";
import { rates } from "../../schema/limits.ts";
import { now } from "../shared/clock.ts";
import type { Env } from "../shared/env.ts";
import type { Actor, Command } from "./contract.ts";

export class Throttle {
  readonly #isOff: boolean;
  #conversation: Bucket | undefined;
  readonly #devices = new Map<string, Bucket>();
  readonly #sockets = new WeakMap<WebSocket, Bucket>();

  constructor(env: Env) {
    this.#isOff = env.PARLEY_RATE_LIMITS === "off";
  }

  /** Why this write has to wait, or undefined; a write that may go on takes its tokens. */
  refusal(actor: Actor, command: Command): Refusal | undefined {
    if (this.#isOff || command.do === "receipt" || command.do === "typing") return undefined;
    const ofDevice = takeTokens(this.#devices.get(actor.deviceId), rates.writesPerDevice, now());
    if (this.#devices.size > 1_000) this.#devices.clear();
    this.#devices.set(actor.deviceId, ofDevice.bucket);
    if (ofDevice.waitMs > 0) return refuse("rate_limited", "this device writes too fast", ofDevice.waitMs).refusal;
    const ofAll = takeTokens(this.#conversation, rates.writesPerConversation, now());
    this.#conversation = ofAll.bucket;
    if (ofAll.waitMs > 0)
      return refuse("rate_limited", "this conversation is written into too fast", ofAll.waitMs).refusal;
    return undefined;
  }

  /** Whether a socket sends more frames than any person or program of good will. */
  isTooFast(socket: WebSocket): boolean {
    if (this.#isOff) return false;
    const { bucket, waitMs } = takeTokens(this.#sockets.get(socket), rates.framesPerSocket, now());
    this.#sockets.set(socket, bucket);
    return waitMs > 0;
  }
}
