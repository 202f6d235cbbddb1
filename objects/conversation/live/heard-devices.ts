/** Owns the reports to a user's object about frames of the user's devices on live sockets. */
import type { Actor } from "../../contract/actor.ts";
import { call, userStub } from "../../shared/platform/calls.ts";
import type { LiveAttachment, LiveSocketEvents } from "../../shared/sockets/live-sockets.ts";
import type { Env } from "../../shared/platform/env.ts";
import type { TimeMs } from "../../../schema/ids.ts";
import type { Store } from "../store.ts";

export class HeardDevices implements LiveSocketEvents {
  readonly #env: Env;
  readonly #store: Store;

  #isElsewhere: (actor: Actor) => boolean = () => false;

  constructor(parts: { env: Env; store: Store }) {
    this.#env = parts.env;
    this.#store = parts.store;
  }

  /** `isElsewhere`: whether somebody else holds another socket of this device. */
  use(isElsewhere: (actor: Actor) => boolean): void {
    this.#isElsewhere = isElsewhere;
  }

  /** The device's last socket has ended. If the call is lost, a device without a sync socket may be announced as offline some seconds early. */
  left({ userId, deviceId }: Actor, heardAt: TimeMs, isLast = true): void {
    const id = this.#store.state?.facts.id;
    if (id === undefined || !isLast || this.#isElsewhere({ userId, deviceId })) return;
    void call("user.liveClosed", () => userStub(this.#env, userId).liveClosed(deviceId, id, heardAt));
  }

  /** A device that looked silent has sent a frame. For its user's object this counts as if the device had opened the socket now. */
  spoke({ userId, deviceId }: LiveAttachment): void {
    const id = this.#store.state?.facts.id;
    if (id === undefined) return;
    void call("user.admit", () => userStub(this.#env, userId).admit(deviceId, id));
  }
}
