/** Owns the calls by which an account is pushed to on this device. */
import { z } from "zod";
import { discovery } from "../../schema/http/operations.ts";
import { deletePushSubscription, putPushSubscription } from "../../schema/http/push.ts";
import type { CallOptions } from "../contract/page.ts";
import type { Push, PushAddress } from "../contract/push.ts";
import type { Api } from "./api.ts";
import { retried } from "../link/retried.ts";

/** Of the whole answer this is all that is read, so that no other part of it can make it useless. */
const serverKey = {
  ...discovery,
  answers: {
    200: { ...discovery.answers[200], body: z.object({ push: z.object({ vapidPublicKey: z.string().nullable() }) }) },
  },
} as const;

export class PushCalls implements Push {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  async serverKey(options?: CallOptions): Promise<string | null> {
    return (await this.#api.call(serverKey, {}, options)).push.vapidPublicKey;
  }

  async subscribe(address: PushAddress): Promise<void> {
    await retried(() => this.#api.run(putPushSubscription, { body: address }));
  }

  async unsubscribe(): Promise<void> {
    await retried(() => this.#api.run(deletePushSubscription, {}));
  }
}
