/** Owns the live sockets of the conversation as a whole, whoever holds them. */
import type { CloseReason } from "../../../schema/errors.ts";
import type { DeviceId, UserId } from "../../../schema/ids.ts";
import type { LiveHost, LiveTurn } from "./live-turn.ts";

export class LiveAudience implements LiveHost {
  readonly #own: LiveHost;
  readonly #others: readonly LiveHost[];

  /** `own`: the conversation's own sockets, which are all of a small one's. */
  constructor(own: LiveHost, ...others: readonly LiveHost[]) {
    this.#own = own;
    this.#others = others;
  }

  get count(): number {
    return this.#others.reduce((sum, { count }) => sum + count, this.#own.count);
  }

  users(): UserId[] {
    return [...new Set([this.#own, ...this.#others].flatMap((host) => host.users()))];
  }

  devicesOf(userId: UserId): readonly DeviceId[] {
    const elsewhere = this.#others.flatMap((host) => host.devicesOf(userId));
    const here = this.#own.devicesOf(userId);
    return elsewhere.length === 0 ? here : [...new Set([...here, ...elsewhere])];
  }

  publish(turn: LiveTurn): void {
    // Others send at the same time, so they are called before this object sends to its own, which takes it a while.
    for (const host of this.#others) host.publish(turn);
    this.#own.publish(turn);
  }

  end(userIds: ReadonlySet<UserId>, reason: CloseReason): void {
    this.#own.end(userIds, reason);
    for (const host of this.#others) host.end(userIds, reason);
  }
}
