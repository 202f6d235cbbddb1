/**
 * Owns when live sockets of a large group receive reactions: of one message at most one change a second, in its newest state. What waits goes out before anything
 * else does, so that the frames stay in the order of their revs. It is in memory only: a socket that opens later catches up, and after an eviction the pong says
 * that more has come.
 */
import type { Rev, Seq } from "../../../schema/ids.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import type { DeliveryItem } from "../../contract/delivery/delivery.ts";
import { now } from "../../shared/platform/clock.ts";

export class GatheredReactions {
  #onDue: () => void = () => undefined;
  /** The newest state of each message, by its seq. */
  #held = new Map<Seq, DeliveryItem>();
  /** The rev before the first of them. */
  #since: Rev = 0;
  #sentAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `onDue` is called when what waits may be sent. */
  use(onDue: () => void): void {
    this.#onDue = onDue;
  }

  /** Before a socket opens: it catches up to the head, so nothing of before may be sent after that. */
  flush(): void {
    if (!this.isWaiting) return;
    this.#sentAt = 0;
    this.#onDue();
  }

  get isWaiting(): boolean {
    return this.#held.size > 0;
  }

  /** What is to be sent now of what waits and of these. `reacted`: the revs of those that are reactions. */
  take(items: readonly DeliveryItem[], reacted: ReadonlySet<Rev>): DeliveryItem[] {
    const sent: DeliveryItem[] = [];
    for (const item of items) {
      if (reacted.has(item.rev) && item.message !== null) this.#hold(item.message.seq, item);
      else sent.push(...this.#release(), item);
    }
    if (!this.isWaiting) return sent;
    const waitMs = this.#sentAt + largeGroups.reactionsPaceMs - now();
    if (sent.length > 0 || waitMs <= 0) return [...sent, ...this.#release()];
    if (this.#timer === undefined)
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        if (this.isWaiting) this.#onDue();
      }, waitMs);
    return sent;
  }

  #hold(seq: Seq, item: DeliveryItem): void {
    if (!this.isWaiting) this.#since = item.rev - 1;
    const earlier = this.#held.get(seq);
    // Who made the reaction is said only of a single one.
    this.#held.set(seq, earlier === undefined ? item : { ...item, json: item.json.replace(actOf, "") });
  }

  /** In the order of their revs. One that jumps over revs says from where. */
  #release(): DeliveryItem[] {
    if (!this.isWaiting) return [];
    this.#sentAt = now();
    let since = this.#since;
    const items = [...this.#held.values()].sort((a, b) => a.rev - b.rev);
    this.#held = new Map();
    return items.map((item) => {
      const told = item.rev > since + 1 ? { ...item, since } : item;
      since = item.rev;
      return told;
    });
  }
}

const actOf = /,"by":"[^"]*",(?:"emoji":"(?:[^"\\]|\\.)*","on":(?:true|false)|"vote":\[[0-9,]*\])$/;
