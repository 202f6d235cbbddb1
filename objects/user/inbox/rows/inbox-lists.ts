/** Owns the lists of conversations that the table of the inbox answers by itself: what they ask of a row (whether it was left, whose request it is) never changes in memory alone. */
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import type { ConversationKind } from "../../../../schema/wire/conversation.ts";
import type { Reader } from "../../../shared/platform/database.ts";
import type { ListedConversation } from "../../member-changes.ts";

export class InboxLists {
  readonly #db: Reader;

  constructor(db: Reader) {
    this.#db = db;
  }

  /** Conversations that were not left, in order of their ids, behind this one. */
  conversationsAfter(cursor: string, limit: number, which: "all" | "groups"): ListedConversation[] {
    return this.#db
      .all<{ conversation_id: string; kind: string }>(
        "SELECT conversation_id, kind FROM inbox WHERE conversation_id > ? AND has_left = 0 AND (kind = 'group' OR ?) ORDER BY conversation_id LIMIT ?",
        cursor,
        which === "all" ? 1 : 0,
        limit,
      )
      .map((row) => ({ id: row.conversation_id as ConversationId, kind: row.kind as ConversationKind }));
  }

  /** All conversations, left ones too, in the order of their ids, after one. */
  idsAfter(after: string, limit: number): ConversationId[] {
    return this.#db
      .all<{ conversation_id: ConversationId }>(
        "SELECT conversation_id FROM inbox WHERE conversation_id > ? ORDER BY conversation_id LIMIT ?",
        after,
        limit,
      )
      .map((row) => row.conversation_id);
  }

  /** The large groups that the user is in, those with the newest activity that is known first. */
  largeIds(limit: number): ConversationId[] {
    return this.#db
      .all<{ conversation_id: ConversationId }>(
        "SELECT conversation_id FROM inbox_large CROSS JOIN inbox USING (conversation_id) WHERE has_left = 0 ORDER BY at DESC LIMIT ?",
        limit,
      )
      .map((row) => row.conversation_id);
  }

  /** Present conversations that are no requests, in the order of their ids, after one. */
  knownIds(after: string, limit: number): ConversationId[] {
    return this.#db
      .all<{ conversation_id: ConversationId }>(
        "SELECT conversation_id FROM inbox WHERE has_left = 0 AND request_by IS NULL AND conversation_id > ? ORDER BY conversation_id LIMIT ?",
        after,
        limit,
      )
      .map((row) => row.conversation_id);
  }

  /** Whether one of these is a present conversation and no request. */
  isAnyKnown(ids: readonly ConversationId[]): boolean {
    const statement =
      "SELECT 1 FROM inbox WHERE has_left = 0 AND request_by IS NULL AND conversation_id IN (SELECT value FROM json_each(?)) LIMIT 1";
    return ids.length > 0 && this.#db.first(statement, JSON.stringify(ids)) !== undefined;
  }

  /** The requests that this stranger made. */
  requestsBy(userId: UserId): ConversationId[] {
    return this.#db
      .all<{ conversation_id: ConversationId }>("SELECT conversation_id FROM inbox WHERE request_by = ?", userId)
      .map((row) => row.conversation_id);
  }
}
