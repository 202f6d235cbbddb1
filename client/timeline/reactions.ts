/** Owns reactions and votes that the user has just put on or taken off, and that are shown before the server has confirmed them. */
import type { UserId } from "../../schema/ids.ts";
import type { Message } from "../../schema/wire/message.ts";
import { Touched } from "./touched.ts";

interface Meant {
  readonly emoji: string;
  readonly on: boolean;
}

/** Votes that the user has just cast: the message is shown with these options chosen. */
interface Voted {
  readonly options: readonly number[];
}

export class ReactionOverlay {
  readonly #userId: UserId;
  readonly #meant = new Map<number, readonly Meant[]>();
  readonly #voted = new Map<number, Voted>();
  /** The shown form of each message: the same object until something changes. */
  readonly #shown = new WeakMap<
    Message,
    { readonly meant: readonly Meant[] | undefined; readonly voted: Voted | undefined; readonly message: Message }
  >();

  /** Which messages are shown otherwise than when this was last taken. */
  readonly touched = new Touched();

  constructor(userId: UserId) {
    this.#userId = userId;
  }

  /** Shows a reaction from now on; answers the function that ends it. */
  add(seq: number, emoji: string, on: boolean): () => void {
    const meant = { emoji, on };
    this.touched.state(seq);
    this.#meant.set(seq, [...(this.#meant.get(seq) ?? []).filter((each) => each.emoji !== emoji), meant]);
    return () => {
      this.touched.state(seq);
      const rest = (this.#meant.get(seq) ?? []).filter((each) => each !== meant);
      if (rest.length === 0) this.#meant.delete(seq);
      else this.#meant.set(seq, rest);
    };
  }

  /** Shows these options as chosen from now on; answers the function that ends it. */
  vote(seq: number, options: readonly number[]): () => void {
    const voted = { options };
    this.touched.state(seq);
    this.#voted.set(seq, voted);
    return () => {
      this.touched.state(seq);
      if (this.#voted.get(seq) === voted) this.#voted.delete(seq);
    };
  }

  readonly apply = (message: Message): Message => {
    const meant = this.#meant.get(message.seq);
    const voted = this.#voted.get(message.seq);
    if ((meant === undefined && voted === undefined) || message.unsentAt !== null) return message;
    const known = this.#shown.get(message);
    if (known !== undefined && known.meant === meant && known.voted === voted) return known.message;
    const reacted = (meant ?? []).reduce((each, { emoji, on }) => this.#with(each, emoji, on), message);
    const shown = voted === undefined ? reacted : this.#withVotes(reacted, voted);
    this.#shown.set(message, { meant, voted, message: shown });
    return shown;
  };

  #withVotes(message: Message, { options }: Voted): Message {
    const { poll } = message;
    if (poll === undefined) return message;
    const shown = poll.options.map((option, at) => {
      const others = option.userIds.filter((id) => id !== this.#userId);
      const userIds = options.includes(at) ? [...others, this.#userId] : others;
      return { ...option, userIds, count: option.count - option.userIds.length + userIds.length };
    });
    return { ...message, poll: { ...poll, options: shown } };
  }

  #with(message: Message, emoji: string, on: boolean): Message {
    const before = message.reactions.find((reaction) => reaction.emoji === emoji);
    const others = before?.userIds.filter((id) => id !== this.#userId) ?? [];
    const userIds = on ? [...others, this.#userId] : others;
    const count = (before?.count ?? 0) - (before?.userIds.length ?? 0) + userIds.length;
    const shown = { emoji, count, userIds };
    if (before === undefined) return on ? { ...message, reactions: [...message.reactions, shown] } : message;
    const reactions = message.reactions
      .map((reaction) => (reaction === before ? shown : reaction))
      .filter((reaction) => reaction.count > 0);
    return { ...message, reactions };
  }
}
