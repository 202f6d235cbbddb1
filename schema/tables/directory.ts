/**
 * Owns the directory's tables in D1: who has which handle, and public profiles with the words they are found by. Nothing on the
 * message path reads them. The UserObject is the truth; these are copies that it brings here, and what it claims.
 * `drizzle-kit generate` makes migrations/*.sql from this file; a migration that ran anywhere is never changed.
 */
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One row for each handle that is claimed; whether the claim became an account is for the user's object to say. By shard of the handle. */
export const handles = sqliteTable("handles", {
  handle: text("handle").primaryKey(),
  userId: text("user_id").notNull(),
  /** When it was claimed, or the claim renewed; a claim that led nowhere can be taken over when it is old. */
  claimedAt: integer("claimed_at").notNull(),
});

/** By shard of the user's id. */
export const profiles = sqliteTable("profiles", {
  id: text("id").primaryKey(),
  handle: text("handle"),
  name: text("name").notNull(),
  bio: text("bio").notNull(),
  avatarUrl: text("avatar_url"),
  /** Rises with each change, so that a write that was long under way cannot undo a later one. */
  changedAt: integer("changed_at").notNull(),
});

/** The words a profile is found by, on the profile's shard: found in order of the word, checked by the user. */
export const profileWords = sqliteTable(
  "profile_words",
  { word: text("word").notNull(), userId: text("user_id").notNull() },
  (table) => [
    primaryKey({ columns: [table.word, table.userId] }),
    index("profile_words_by_user").on(table.userId, table.word),
  ],
);
