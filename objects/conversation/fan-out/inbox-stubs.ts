/** Owns the stubs of the members' objects, and how a delivery is brought over one. Calls on one stub keep their order. After a failed call its stub is not used again. */
import type { UserId } from "../../../schema/ids.ts";
import type { Delivery, DeliveryAnswer } from "../../contract/delivery/delivery.ts";
import type { PackedDelivery } from "../../contract/delivery/packed-delivery.ts";
import type { UserCalls } from "../../contract/user-calls.ts";
import { userStub } from "../../shared/platform/calls.ts";
import type { Env } from "../../shared/platform/env.ts";

type Stub = Pick<UserCalls, "deliver" | "deliverPacked">;

export class InboxStubs {
  readonly #env: Env;
  readonly #stubs = new Map<UserId, Stub>();

  constructor(env: Env) {
    this.#env = env;
  }

  /** Not `async`: in this place a promise of its own costs as much as what the call carries. */
  bring(userId: UserId, delivery: Delivery | PackedDelivery): Promise<DeliveryAnswer | undefined> {
    let stub = this.#stubs.get(userId);
    if (stub === undefined) {
      stub = userStub(this.#env, userId);
      this.#stubs.set(userId, stub);
    }
    return typeof delivery === "string" ? stub.deliverPacked(delivery) : stub.deliver(delivery);
  }

  drop(userId: UserId): void {
    this.#stubs.delete(userId);
  }
}
