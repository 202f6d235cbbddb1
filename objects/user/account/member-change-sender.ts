/** Owns how the walk of member-changes.ts reaches the conversations of this user. */
import { type ConversationId, type UserId, userId as userIdShape } from "../../../schema/ids.ts";
import { call, conversationStub } from "../../shared/platform/calls.ts";
import type { Reader } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { urgencies } from "../../shared/tasks/task-list.ts";
import { changeOf } from "./copies.ts";
import type { UserTransactor } from "../effects.ts";
import type { InboxCalls } from "../sides.ts";
import { isBlock, type ListedConversation, type Subject, type Sender } from "../member-changes.ts";
import type { UserTasks } from "../user-tasks.ts";

export type SenderParts = {
  env: Env;
  db: Reader;
  userId: UserId;
  requests: UserTasks;
  inbox: Pick<InboxCalls, "conversationsAfter">;
};

export class MemberChangeSender implements Sender {
  readonly #parts: SenderParts;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  after(cursor: string, limit: number, which: "all" | "groups"): ListedConversation[] {
    return this.#parts.inbox.conversationsAfter(cursor, limit, which);
  }

  async send({ id, kind }: ListedConversation, subjects: readonly Subject[]): Promise<boolean> {
    const { env, db, userId } = this.#parts;
    const blocks = kind === "dm" ? [] : subjects.filter(isBlock).map((subject) => userIdShape.parse(subject.slice(6)));
    const change = changeOf(db, userId, subjects, blocks);
    if (change === undefined) return true;
    const answer = await call("conversation.memberChanged", () => conversationStub(env, id).memberChanged(change));
    return answer.ok && !answer.value.isOlder;
  }

  retry(tx: UserTransactor, conversations: readonly ConversationId[]): void {
    this.#parts.requests.request(tx, "personChanged", conversations, urgencies.later);
  }
}
