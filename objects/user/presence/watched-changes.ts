/** Owns the watched users whose presence has changed, until it is sent to the sockets that watch them: soon, but not too often. */
import type { UserId } from "../../../schema/ids.ts";
import { timeouts } from "../../../schema/limits.ts";
import { Pace } from "./pace.ts";

export class WatchedChanges {
  readonly #userIds = new Set<UserId>();
  readonly #pace: Pace;

  /** `send` is the task of the pace: it receives the users who changed since it last ran. */
  constructor(send: (userIds: readonly UserId[]) => void) {
    this.#pace = new Pace(timeouts.presencePaceMs, () => {
      const changed = [...this.#userIds];
      this.#userIds.clear();
      send(changed);
    });
  }

  note(userId: UserId): void {
    this.#userIds.add(userId);
    this.#pace.request();
  }
}
