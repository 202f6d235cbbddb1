/**
 * Owns when the members' inboxes are called. A few members are called at once. Many are called in rounds: on a busy thread a round waits for what else is
 * coming, and each round keeps the next one back for about as long as its calls take. So under load one call brings the messages of several turns.
 */
import { now } from "../../shared/platform/clock.ts";
import { Turn } from "../../shared/platform/turn.ts";
import type { Awake } from "../../shared/meters/awake.ts";

/** From so many members on there are rounds. Waiting takes a timer, which costs almost as much as a call: among few it saves less than it costs. */
const membersGathered = 10;
/** What one call takes of a thread, about. */
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

  /** Somebody may be behind. */
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
    const release = this.#awake.hold();
    this.#timer = setTimeout(() => {
      release();
      this.#timer = undefined;
      this.#run();
    }, restMs);
  }

  #run(): void {
    const calls = this.#callAll();
    if (calls >= membersGathered) this.#restsUntil = now() + calls * msPerCall;
  }
}
