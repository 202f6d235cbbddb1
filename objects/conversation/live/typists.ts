/**
 * Owns what decides who sees that a member of a large group types: their settings, and whom they block. A large group keeps no copies of persons, so these are asked
 * of the users' objects when somebody types, and held in memory for those who have the group on screen, until their objects report a change.
 */
import { mayShowTyping } from "../../../core/visibility.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { Person } from "../../contract/person.ts";
import { rates } from "../../../schema/rates.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import { Buckets } from "../../shared/meters/buckets.ts";
import { ask, userStub } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Env } from "../../shared/platform/env.ts";
import { inParallel } from "../../shared/platform/in-parallel.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { AwayHost, LiveHost } from "./live-turn.ts";
import type { MemberRow } from "../members/member-row.ts";

/** One bucket for all members together. */
const all = "all";

export type TypistsParts = {
  env: Env;
  awake: Awake;
  audience: Pick<LiveHost, "count" | "users">;
  away: Pick<AwayHost, "learn">;
};

export class Typists {
  readonly #parts: TypistsParts;
  readonly #known = new Map<UserId, Person>();
  /** Questions that are under way, one for each user. A change that is reported meanwhile takes its question out. */
  readonly #asked = new Map<UserId, Promise<void>>();
  readonly #questions = new Buckets(rates.typistsAskedPerConversation, 1);

  constructor(parts: TypistsParts) {
    this.#parts = parts;
  }

  /** Whether signs of typing are sent at all. */
  get isOn(): boolean {
    // Until it is known who looks, it may be too many. Who goes on typing is shown then.
    this.#parts.away.learn();
    const { count } = this.#parts.audience;
    return count > 0 && count <= largeGroups.typingSocketsMax;
  }

  /**
   * Whether everything is known that decides who sees that these type. If not, it is asked for, and `then` is called when it is there. However many type, a few
   * of them are asked a second; of the others nobody sees it.
   */
  isKnown(typing: ReadonlySet<UserId>, then: () => void): boolean {
    if (this.#known.size > largeGroups.typistsMax) this.#known.clear();
    const viewers = this.#parts.audience.users().filter((userId) => !this.#known.has(userId));
    const typists = [...typing].filter((userId) => !this.#known.has(userId) && this.#mayAsk(userId));
    const unknown = [...new Set([...viewers, ...typists])];
    if (unknown.length === 0) return true;
    const work = inParallel(unknown, largeGroups.dueCallsAtOnce, (userId) => this.#ask(userId)).then(then);
    this.#parts.awake.during(work).catch((error: unknown) => logFault("typists", error, {}));
    return false;
  }

  /** False also where too little is known. */
  mayShow(viewer: MemberRow, subject: MemberRow): boolean {
    const [of, by] = [this.#known.get(viewer.userId), this.#known.get(subject.userId)];
    return of !== undefined && by !== undefined && mayShowTyping({ ...viewer, person: of }, { ...subject, person: by });
  }

  /** A user's object reports a change, or their membership begins or ends: while they are no member nothing is reported. */
  changed(userId: UserId): void {
    this.#known.delete(userId);
    this.#asked.delete(userId);
  }

  /** A question that is under way is not asked again. */
  #mayAsk(userId: UserId): boolean {
    return this.#asked.has(userId) || this.#questions.take(all, now());
  }

  /** Somebody whose object does not answer sees nobody type, and nobody sees them. */
  #ask(userId: UserId): Promise<void> {
    const present = this.#asked.get(userId);
    if (present !== undefined) return present;
    const relation = ask("user.relation", () => userStub(this.#parts.env, userId).relation(userId));
    const question: Promise<void> = relation.then((answer) => {
      if (this.#asked.get(userId) !== question) return;
      this.#asked.delete(userId);
      if (answer.ok) this.#known.set(userId, answer.value.person);
    });
    this.#asked.set(userId, question);
    return question;
  }
}
