/** Owns the reports to a user's object about frames of the user's devices on live sockets. */
import { call, userStub } from "../../shared/platform/calls.ts";
import type { Env } from "../../shared/platform/env.ts";
import type { TimeMs } from "../../../schema/ids.ts";
import type { Store } from "../store.ts";
import type { LiveAttachment, LiveSocketEvents } from "./live-sockets.ts";

export class HeardDevices implements LiveSocketEvents {
  readonly #env: Env;
  readonly #store: Store;

  constructor(parts: { env: Env; store: Store }) {
    this.#env = parts.env;
    this.#store = parts.store;
  }

  /** The device's last socket here has ended. If the call is lost, a device without a sync socket may be announced as offline some seconds early. */
  left({ userId, deviceId }: LiveAttachment, heardAt: TimeMs): void {
    const id = this.#store.state?.facts.id;
    if (id === undefined) return;
    void call("user.liveClosed", () => userStub(this.#env, userId).liveClosed(deviceId, id, heardAt));
  }

  /** A device that looked silent has sent a frame. For its user's object this counts as if the device had opened the socket now. */
  spoke({ userId, deviceId }: LiveAttachment): void {
    const id = this.#store.state?.facts.id;
    if (id === undefined) return;
    void call("user.admit", () => userStub(this.#env, userId).admit(deviceId, id));
  }
}
