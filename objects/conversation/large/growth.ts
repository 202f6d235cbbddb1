/** Owns how a small group becomes a large one, in the transaction in which its 101st member joins, or in which an import of so many members is opened. Nothing is lost: roles, watermarks, requests and counts go along. */
import { counted } from "../../../core/reads/counted-reactions.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import { everyone, type UserId } from "../../../schema/ids.ts";
import type { Transactor } from "../../shared/platform/database.ts";
import type { Effects } from "../effects.ts";
import type { Notices } from "../messages/notices.ts";
import type { Messages } from "../messages/messages.ts";
import type { State, Store } from "../store.ts";
import type { Due } from "./due/due.ts";
import type { PushRounds } from "./due/push-rounds.ts";
import type { ReactionRows } from "./reaction-rows.ts";
import type { UnreadCounts } from "./unread-counts.ts";

export type GrowthParts = {
  store: Store;
  messages: Messages;
  notices: Notices;
  counts: UnreadCounts;
  reactions: ReactionRows;
  pushes: Pick<PushRounds, "want">;
  due: Pick<Due, "note">;
};

export class Growth {
  readonly #parts: GrowthParts;

  constructor(parts: GrowthParts) {
    this.#parts = parts;
  }

  /** `by`: whoever brought the member who made it large, or that member. Members of before are due their row, for their inboxes are not called any more; this once they are, since there are few of them. */
  grow(tx: Transactor, state: State, by: UserId, effects: Effects): void {
    const { store, messages, notices, counts, pushes, due } = this.#parts;
    const before = [...state.members.all()];
    store.becomeLarge(tx, state, true);
    const present = before.filter((member) => member.leftRev === null);
    const marked = messages.marked(Math.min(...present.map(({ read }) => read)));
    counts.noteUnsent(
      tx,
      marked.filter(({ isUnsent }) => isUnsent).map(({ seq }) => seq),
    );
    for (const { seq, senderId, mentions } of marked) {
      const unread = present.filter(
        ({ userId, read }) => mentions.includes(userId) && userId !== senderId && read < seq,
      );
      counts.mention(tx, seq, mentions.includes(everyone) ? [everyone] : unread.map(({ userId }) => userId));
    }
    this.#spread(tx);
    const rev = notices.note(tx, state, by, { kind: "mode_changed", mode: "large" }, effects);
    for (const { userId } of before) {
      const member = state.members.get(userId);
      if (member === undefined) continue;
      due.note(tx, member, 0, rev);
      if (member.leftRev === null) effects.acting.add(userId);
      // Until their inboxes say otherwise, members of before have all messages pushed, as they had.
      if (member.leftRev === null) pushes.want(tx, userId, true, state.head.seq, 0);
    }
  }

  /** A group with so many members is imported: it was never a small one. */
  open(tx: Transactor, state: State): void {
    this.#parts.store.becomeLarge(tx, state, false);
    this.#spread(tx);
  }

  /** Messages name no more people than a large group shows. */
  #spread(tx: Transactor): void {
    const { messages, reactions } = this.#parts;
    for (const message of messages.reacted(largeGroups.reactionUserIdsMax * 20)) {
      if (message.reactions.every(({ userIds }) => userIds.length <= largeGroups.reactionUserIdsMax)) continue;
      reactions.spread(tx, message);
      messages.writer.setReactions(tx, { ...message, reactions: counted(message.reactions) });
    }
  }
}
