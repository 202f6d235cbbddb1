/** Owns what the user has just done to messages, and what is shown before the server has confirmed it: reactions, votes, an unsend, the closing of a poll. */
import type { UserId } from "../../schema/ids.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { Act, ActOf } from "../act.ts";
import { Touched } from "./touched.ts";

type Shown = ActOf<"react" | "vote" | "unsend" | "close-poll">;

export class ActsOverlay {
  readonly #userId: UserId;
  #bySeq = new Map<number, readonly Shown[]>();
  /** The shown form of each message: the same object until something changes. */
  readonly #shown = new WeakMap<Message, { readonly acts: readonly Shown[]; readonly message: Message }>();

  /** Which messages are shown otherwise than when this was last taken. */
  readonly touched = new Touched();

  constructor(userId: UserId) {
    this.#userId = userId;
  }

  /** These acts, and no others, are shown from now on. */
  show(acts: readonly Act[]): void {
    const before = this.#bySeq;
    const now = new Map<number, readonly Shown[]>();
    for (const act of acts) if (isShown(act)) now.set(act.seq, [...(now.get(act.seq) ?? []), act]);
    for (const [seq, here] of now) {
      const known = before.get(seq);
      // The same list as before, so that the message is the same object.
      if (known?.length === here.length && known.every((act, i) => act === here[i])) now.set(seq, known);
      else this.touched.state(seq);
    }
    for (const seq of before.keys()) if (!now.has(seq)) this.touched.state(seq);
    this.#bySeq = now;
  }

  readonly apply = (message: Message): Message => {
    const acts = this.#bySeq.get(message.seq);
    if (acts === undefined || message.unsentAt !== null) return message;
    const known = this.#shown.get(message);
    if (known?.acts === acts) return known.message;
    const shown = acts.reduce((each, act) => this.#with(each, act), message);
    this.#shown.set(message, { acts, message: shown });
    return shown;
  };

  #with(message: Message, act: Shown): Message {
    switch (act.kind) {
      case "react":
        return this.#withReaction(message, act);
      case "vote":
        return this.#withVotes(message, act);
      case "unsend": {
        const { poll: _, ...rest } = message;
        return { ...rest, text: "", mentions: [], reactions: [], attachments: [], unsentAt: act.at };
      }
      case "close-poll": {
        const { poll } = message;
        return poll === undefined ? message : { ...message, poll: { ...poll, closedAt: poll.closedAt ?? act.at } };
      }
    }
  }

  #withVotes(message: Message, { options }: ActOf<"vote">): Message {
    const { poll } = message;
    if (poll === undefined) return message;
    const shown = poll.options.map((option, at) => {
      const others = option.userIds.filter((id) => id !== this.#userId);
      const userIds = options.includes(at) ? [...others, this.#userId] : others;
      return { ...option, userIds, count: option.count - option.userIds.length + userIds.length };
    });
    return { ...message, poll: { ...poll, options: shown } };
  }

  #withReaction(message: Message, { emoji, on }: ActOf<"react">): Message {
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

function isShown(act: Act): act is Shown {
  return act.kind === "react" || act.kind === "vote" || act.kind === "unsend" || act.kind === "close-poll";
}
