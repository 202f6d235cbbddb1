/** Owns how everything is written here: in a transaction, with a note for fan-out, and published after the commit. A full storage becomes a refusal. */
import { notFound, type Outcome } from "../../schema/errors.ts";
import { logFault } from "../shared/platform/log.ts";
import type { StorageRoom } from "../shared/meters/storage-room.ts";
import { type ConversationDatabase, type ConversationTransactor, type Effects, noEffects } from "./effects.ts";
import type { FanOut } from "./fan-out/fan-out.ts";
import type { LargeGroup } from "./large/large-group.ts";
import type { Publisher } from "./publisher.ts";
import type { State, Store } from "./store.ts";

export class Writes {
  readonly #db: ConversationDatabase;
  readonly #store: Store;
  readonly #fanOut: FanOut;
  readonly #large: Pick<LargeGroup, "markDirty">;
  readonly #room: StorageRoom;
  readonly #publisher: Publisher;

  constructor(parts: {
    db: ConversationDatabase;
    store: Store;
    fanOut: FanOut;
    large: Pick<LargeGroup, "markDirty">;
    room: StorageRoom;
    publisher: Publisher;
  }) {
    this.#db = parts.db;
    this.#store = parts.store;
    this.#fanOut = parts.fanOut;
    this.#large = parts.large;
    this.#room = parts.room;
    this.#publisher = parts.publisher;
  }

  /** A command of the conversation itself: in a transaction, and published at once if it went through. */
  change<T>(work: (tx: ConversationTransactor, state: State, effects: Effects) => Outcome<T>): Outcome<T> {
    const effects = noEffects();
    let outcome: Outcome<T>;
    try {
      outcome = this.commit((tx, state) => work(tx, state, effects)) ?? notFound;
    } catch (error) {
      const refusal = this.#room.faultOf(error);
      if (refusal === undefined) throw error;
      logFault("change", error, {});
      return { ok: false, refusal };
    }
    if (outcome.ok) this.#publisher.publish(effects);
    return outcome;
  }

  /** Applies what another object reports, which is never refused. If it cannot be written this throws, and the other object reports it again. */
  apply<T>(work: (tx: ConversationTransactor, state: State, effects: Effects) => T): T | undefined {
    const effects = noEffects();
    const result = this.commit((tx, state) => work(tx, state, effects));
    this.#publisher.publish(effects);
    return result;
  }

  /** A transaction, if the conversation is founded. Notes that inboxes are behind if the transaction took a rev or raised a watermark. */
  commit<T>(work: (tx: ConversationTransactor, state: State) => T): T | undefined {
    const { state } = this.#store;
    if (state === undefined) return undefined;
    const revBefore = state.head.rev;
    const wasSmall = state.members.kind === "small";
    return this.#db.transact((tx) => {
      // Watermarks also rise outside of commands, when fan-out settles: those do not count here.
      this.#store.watermarks.takeRaised();
      const result = work(tx, state);
      const hasNews = state.head.rev !== revBefore || this.#store.watermarks.takeRaised();
      if (hasNews && wasSmall) this.#fanOut.markDirty(tx);
      else if (hasNews) this.#large.markDirty();
      return result as T extends PromiseLike<unknown> ? never : T;
    });
  }
}
