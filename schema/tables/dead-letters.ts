/**
 * The table of dead letters in the D1 databases of the directory: hints of the queues that failed for good. A letter lies in the database of its id, and is looked for
 * in all. `drizzle-kit generate` makes migrations/*.sql from this file; a migration that ran anywhere is never changed.
 */
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const deadLetters = sqliteTable(
  "dead_letters",
  {
    /** The queue's own id of the message, so that a letter that comes twice is kept once. */
    id: text("id").primaryKey(),
    /** Without its environment: push, fanout, archive, media. */
    queue: text("queue").notNull(),
    /** The hint, as JSON. It has ids, and no text. */
    hint: text("hint").notNull(),
    /** Of a hint of the push queue: the pushes that were given up, as JSON. */
    givenUp: text("given_up").notNull(),
    keptAt: integer("kept_at").notNull(),
  },
  (table) => [index("dead_letters_by_time").on(table.keptAt, table.id)],
);
