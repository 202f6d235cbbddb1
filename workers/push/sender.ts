/** Owns sending the pushes of one batch of hints: the transports, how many requests are under way at once, and who is left alone for a while. */
import { remember } from "../../core/memory.ts";
import type { PushTarget } from "../../objects/contract/push.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { addressOf } from "../../objects/shared/push-address.ts";
import { log } from "../../objects/shared/platform/log.ts";
import { pushing } from "../../schema/push-limits.ts";
import { Fcm } from "./fcm/fcm.ts";
import { Slots } from "./slots.ts";
import type { Answer, IsStillDue, Push } from "./transport.ts";
import { WebPush } from "./web-push.ts";

/** Until when a subscription's service asked to be left alone. All batches of this isolate respect it. */
const resting = new Map<string, number>();

export class Sender {
  readonly #web: WebPush;
  readonly #fcm: Fcm;
  readonly #slots = new Slots(pushing.requestsMax, pushing.requestsPerServiceMax);
  /** Requests of this batch that a service has not answered in time. */
  readonly #hung = new Map<string, number>();

  constructor(env: Env) {
    this.#web = new WebPush(env);
    this.#fcm = new Fcm(env);
  }

  /** Sends one push when there is a free connection, unless the service wants to be left alone. `isWanted` is asked when there is one. */
  async send(target: PushTarget, push: Push, isWanted: () => boolean, isStillDue: IsStillDue): Promise<Answer> {
    const service = target.via === "web" ? this.#web.serviceOf(target) : this.#fcm.serviceOf();
    if (service === null) {
      log("push refused", { via: target.via, fault: "the address is not on the list, or the way is not set up" });
      return { is: "refused" };
    }
    const address = addressOf(target);
    return await this.#slots.run(service, async () => {
      if (!isWanted()) return { is: "unsent" };
      const restMs = (resting.get(address) ?? 0) - now();
      if (restMs > 0) return { is: "later", retryAfterMs: restMs };
      const hung = this.#hung.get(service) ?? 0;
      if (hung >= pushing.hungRequestsMax) return { is: "later", retryAfterMs: null };
      const answer =
        target.via === "web"
          ? await this.#web.send(target, push, isStillDue)
          : await this.#fcm.send(target, push, isStillDue);
      if (answer.is === "later") this.#note(service, address, answer);
      return answer;
    });
  }

  #note(service: string, address: string, { retryAfterMs, isHung }: Extract<Answer, { is: "later" }>): void {
    if (isHung === true) this.#hung.set(service, (this.#hung.get(service) ?? 0) + 1);
    if (retryAfterMs !== null && retryAfterMs > 0) remember(resting, address, now() + retryAfterMs, pushing.restingMax);
    log("push later", { service, retryAfterMs, isHung: isHung === true });
  }
}
