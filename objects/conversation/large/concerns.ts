/** Owns whom a message of a large group concerns, and what is counted for those who have not read it: both in the transaction of the command that sends or changes it. */
import type { MessageRow } from "../../../core/stored-message.ts";
import type { Rev, Seq, UserId } from "../../../schema/ids.ts";
import type { Transactor } from "../../shared/platform/database.ts";
import type { MemberRow } from "../members/member-row.ts";
import type { Store } from "../store.ts";
import type { Due } from "./due/due.ts";
import type { Hints } from "./due/hints.ts";
import type { PushRounds } from "./due/push-rounds.ts";
import type { ReactionRows } from "./reaction-rows.ts";
import type { UnreadCounts } from "./unread-counts.ts";

type Parts = {
  store: Pick<Store, "member">;
  counts: UnreadCounts;
  reactions: ReactionRows;
  pushes: PushRounds;
  due: Due;
  hints: Pick<Hints, "note">;
};

export class Concerns {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  sent(tx: Transactor, row: MessageRow): void {
    const { counts, pushes, hints } = this.#parts;
    counts.read(tx, row.senderId, row.seq);
    counts.mention(
      tx,
      row.seq,
      row.mentions.filter((userId) => userId !== row.senderId),
    );
    // The sender is called after the commit, so that their own message needs no row of what is due.
    for (const member of this.#concerned(row, row.mentions))
      if (member.userId !== row.senderId) this.note(tx, member, row.seq, row.rev);
    if (pushes.hasAny) hints.note(tx, null);
  }

  changed(tx: Transactor, before: MessageRow, after: MessageRow): void {
    const { store, counts, reactions, pushes, hints } = this.#parts;
    const { seq, senderId, rev } = after;
    if (after.unsentAt !== null && before.unsentAt === null) {
      counts.noteUnsent(tx, [seq]);
      reactions.drop(tx, seq);
    }
    const gone = before.mentions.filter((userId) => !after.mentions.includes(userId));
    const come = after.mentions.filter((userId) => !before.mentions.includes(userId));
    counts.unmention(tx, seq, gone);
    pushes.unmentioned(tx, seq, gone);
    const unread = come.filter((userId) => userId !== senderId && (store.member(userId)?.read ?? seq) < seq);
    counts.mention(tx, seq, unread);
    for (const member of this.#concerned(before, [...before.mentions, ...come])) this.note(tx, member, seq, rev);
    if (pushes.changed(tx, before, after)) hints.note(tx, null);
  }

  /** A message, or with seq 0 the row of the inbox alone, is due to a member. */
  note(tx: Transactor, member: MemberRow, seq: Seq, rev: Rev): void {
    this.#parts.due.note(tx, member, seq, rev);
    this.#parts.hints.note(tx, member.userId);
  }

  /** The members who get a message one by one: its sender, those whom it mentions, and whoever wrote the message that it answers. */
  #concerned({ senderId, answers }: MessageRow, mentions: readonly UserId[]): MemberRow[] {
    const userIds = new Set([senderId, ...mentions]);
    if (answers !== undefined) userIds.add(answers);
    return [...userIds].flatMap((userId) => this.#parts.store.member(userId) ?? []);
  }
}
