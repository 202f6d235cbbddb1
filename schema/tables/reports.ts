/**
 * The table of reports to the operator in the D1 databases of the directory. A report lies in the database of its id, and is looked for in all. `drizzle-kit
 * generate` makes migrations/*.sql from this file; a migration that ran anywhere is never changed.
 */
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const reports = sqliteTable(
  "reports",
  {
    /** Of who reports and what: the same reported again is the same row. */
    id: text("id").primaryKey(),
    reporterId: text("reporter_id").notNull(),
    /** message, user or conversation. */
    kind: text("kind").notNull(),
    /** The person; of a message its sender; null for a group. */
    reportedId: text("reported_id"),
    conversationId: text("conversation_id"),
    seq: integer("seq"),
    reason: text("reason").notNull(),
    note: text("note").notNull(),
    /** The reported message and some around it, or the newest, as the reporter saw them, as JSON. */
    copies: text("copies").notNull(),
    at: integer("at").notNull(),
    resolvedAt: integer("resolved_at"),
    /** What the operator wrote when they resolved it. */
    resolution: text("resolution"),
  },
  (table) => [index("reports_by_time").on(table.at, table.id), index("reports_by_reporter").on(table.reporterId)],
);
