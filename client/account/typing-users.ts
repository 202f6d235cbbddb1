/** Owns who is typing in which conversation, for lists of conversations. A conversation that is not open has this only where the server tells it, that is, in direct chats. */
import type { Observable } from "../contract/observable.ts";
import { State } from "../observable.ts";

export class TypingUsers implements Observable<ReadonlyMap<string, readonly string[]>> {
  readonly #state = new State<ReadonlyMap<string, readonly string[]>>(new Map());
  readonly subscribe = this.#state.subscribe;
  readonly getSnapshot = this.#state.getSnapshot;

  /** Follows this conversation from now on. */
  following<T extends Followed>(conversation: T): T {
    const { id, typingUsers } = conversation;
    typingUsers.subscribe(() => {
      const next = new Map(this.#state.getSnapshot());
      const typing = typingUsers.getSnapshot();
      if (typing.length === 0) next.delete(id);
      else next.set(id, typing);
      this.#state.set(next);
    });
    return conversation;
  }
}

interface Followed {
  readonly id: string;
  readonly typingUsers: Observable<readonly string[]>;
}
