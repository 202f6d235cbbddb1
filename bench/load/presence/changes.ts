/** Follows changes of presence from the request to its answer and to every watcher who receives it. Each target has one change at a time. */
import { performance } from "node:perf_hooks";
import type { Presence } from "../../../schema/wire/presence.ts";
import type { PresenceJob } from "../job.ts";
import { Tally } from "../tally.ts";

type Status = Presence["status"];

/** `shown`: the status that each watcher received last. `left`: how many watchers have not received the change under way. */
type Target = {
  readonly watchers: readonly number[];
  readonly shown: Map<number, Status>;
  now: Status;
  changedAt: number;
  left: number;
  isAnswered: boolean;
};

export class Changes {
  readonly #targets: readonly Target[];
  readonly #byUser: ReadonlyMap<string, number>;
  readonly #onComplete: (target: number) => void;
  #begun = 0;
  #done = 0;
  tally = new Tally();
  errors = 0;
  firstError: string | null = null;

  /** At the start all targets must be online and visible. */
  constructor({ watchers, targets }: PresenceJob, onComplete: (target: number) => void) {
    this.#targets = targets.map(({ userId }) => ({
      watchers: watchers.flatMap(({ watches }, watcher) => (watches.includes(userId) ? [watcher] : [])),
      shown: new Map(),
      now: "online",
      changedAt: 0,
      left: 0,
      isAnswered: true,
    }));
    this.#byUser = new Map(targets.map(({ userId }, target) => [userId, target]));
    this.#onComplete = onComplete;
  }

  get begun(): number {
    return this.#begun;
  }

  get completed(): number {
    return this.#done;
  }

  /** Whether every watcher has received the present status of every target. */
  get isShown(): boolean {
    return this.#targets.every(({ watchers, shown, now }) => watchers.every((watcher) => shown.get(watcher) === now));
  }

  /** Drops the counts of the warm-up. */
  startMeasuring(): void {
    this.tally = new Tally();
  }

  /** Begins the next change of a target, and answers the status that its watchers should receive. */
  begin(index: number): Status {
    const target = this.#target(index);
    target.now = target.now === "online" ? "offline" : "online";
    target.changedAt = performance.now();
    target.left = target.watchers.length;
    target.isAnswered = false;
    this.#begun++;
    return target.now;
  }

  answered(index: number): void {
    const target = this.#target(index);
    target.isAnswered = true;
    this.tally.ack.add(performance.now() - target.changedAt);
    this.#settle(index, target);
  }

  /** A watcher received a frame. */
  hear(watcher: number, presence: readonly Presence[]): void {
    const before = this.tally.deliveries;
    for (const { userId, status } of presence) {
      const index = this.#byUser.get(userId);
      if (index === undefined) continue;
      const target = this.#target(index);
      const wasShown = target.shown.get(watcher) === target.now;
      target.shown.set(watcher, status);
      if (wasShown && status !== target.now) this.fault(`told of ${userId} what is no longer so: ${status}`);
      if (wasShown || status !== target.now || target.left === 0) continue;
      target.left--;
      this.tally.deliveries++;
      this.tally.delivery.add(performance.now() - target.changedAt);
      this.#settle(index, target);
    }
    if (this.tally.deliveries > before) this.tally.frames++;
  }

  fault(what: string): void {
    this.errors++;
    this.firstError ??= what;
  }

  #target(index: number): Target {
    const target = this.#targets[index];
    if (target === undefined) throw new Error(`no target ${index}`);
    return target;
  }

  #settle(index: number, target: Target): void {
    if (target.left > 0 || !target.isAnswered) return;
    this.#done++;
    this.tally.completion.add(performance.now() - target.changedAt);
    this.#onComplete(index);
  }
}
