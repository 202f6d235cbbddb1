/**
 * Owns when the members' inboxes are called. In a small group they are called at once. In a larger one they are called in rounds. On a busy thread a round
 * waits for further messages, and the next round waits for about as long as the calls of this one take. So under load one call brings the messages of several turns.
 */
import { now } from "../../../shared/platform/clock.ts";
import { Turn } from "../../../shared/platform/turn.ts";
import type { Awake } from "../../../shared/meters/awake.ts";

/** From so many members on there are rounds. A round needs a timer, which costs almost as much as a call, so among few members it saves less than it costs. */
export const membersGathered = 10;
/** About how long one call takes of the thread. */
const msPerCall = 0.25;

export class Rounds {
  readonly #awake: Awake;
  readonly #callAll: () => number;
  readonly #turn = new Turn(() => this.#run());
  #restsUntil = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `callAll` makes the calls that are due, and answers how many they were. */
  constructor(awake: Awake, callAll: () => number) {
    this.#awake = awake;
    this.#callAll = callAll;
  }

  /** Some inbox may be behind, so the members are called soon. */
  request(memberCount: number): void {
    if (memberCount < membersGathered) this.#run();
    else if (this.#timer === undefined) this.#requestRound();
  }

  #requestRound(): void {
    const restMs = this.#restsUntil - now();
    if (restMs <= 0) {
      this.#turn.request();
      return;
    }
    this.#timer = this.#awake.after(restMs, () => {
      this.#timer = undefined;
      this.#run();
    });
  }

  #run(): void {
    const calls = this.#callAll();
    if (calls >= membersGathered) this.#restsUntil = now() + calls * msPerCall;
  }
}
