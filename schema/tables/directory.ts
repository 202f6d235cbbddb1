/**
 * Owns the directory's tables in D1: handles with their users, and public profiles with the words by which they are found. Nothing on the
 * message path reads them. The UserObject has the truth: it writes copies of profiles and its claims of handles here.
 * `drizzle-kit generate` makes migrations/*.sql from this file; a migration that ran anywhere is never changed.
 */
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One row for each handle that is claimed. Only the user's object knows whether the claim became an account. By shard of the handle. */
export const handles = sqliteTable("handles", {
  handle: text("handle").primaryKey(),
  userId: text("user_id").notNull(),
  /** When the handle was claimed, or its claim renewed. An old claim that did not become an account can be taken over. */
  claimedAt: integer("claimed_at").notNull(),
});

/** By shard of the user's id. */
export const profiles = sqliteTable("profiles", {
  id: text("id").primaryKey(),
  handle: text("handle"),
  name: text("name").notNull(),
  bio: text("bio").notNull(),
  avatarUrl: text("avatar_url"),
  /** The user's setting. Null where the user's object has not reported it, or the blocks, since these columns are here. */
  reach: text("reach"),
  /** Marks of those whom the user blocks: core/account/block-marks.ts. */
  blocks: text("blocks").notNull().default(""),
  /** Rises with each change, so that a write that arrives late cannot undo a later change. */
  changedAt: integer("changed_at").notNull(),
});

/** The words by which a profile is found, on the profile's shard. A search reads them by word, and looks up a user's other words by user. */
export const profileWords = sqliteTable(
  "profile_words",
  { word: text("word").notNull(), userId: text("user_id").notNull() },
  (table) => [
    primaryKey({ columns: [table.word, table.userId] }),
    index("profile_words_by_user").on(table.userId, table.word),
  ],
);
