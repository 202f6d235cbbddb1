/**
 * Owns the tables of the inbox side; tables.ts puts them in order with the others. Append-only.
 *
 * `inbox`: one row a conversation, and the only row that a delivery writes in the steady case. There is no second index, because a write costs
 * as much as a thousand reads: the user's version is the highest of the rows, and their order is kept in memory (inbox-order.ts). `peer` is a
 * User as JSON.
 * `inbox_exceptions` was followed by `inbox_marks`: others' messages after the read watermark that were unsent or mention the user, as bits.
 * `inbox_epoch`: one row, made with the tables.
 */
export const inboxTables = `
  CREATE TABLE inbox (
    conversation_id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    epoch TEXT NOT NULL,
    rev INTEGER NOT NULL,
    head_seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    read INTEGER NOT NULL,
    unsent_unread INTEGER NOT NULL,
    mentions_unread INTEGER NOT NULL,
    last_seq INTEGER,
    last_sender_id TEXT,
    last_preview TEXT,
    last_sent_at INTEGER,
    last_is_unsent INTEGER,
    kind TEXT NOT NULL,
    mode TEXT NOT NULL,
    title TEXT,
    peer TEXT,
    role TEXT NOT NULL,
    has_left INTEGER NOT NULL,
    muted_until INTEGER,
    is_pinned INTEGER NOT NULL,
    is_archived INTEGER NOT NULL,
    is_marked_unread INTEGER NOT NULL,
    draft TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE inbox_exceptions (
    conversation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (conversation_id, seq, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE inbox_epoch (one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL) STRICT;
  INSERT INTO inbox_epoch (one, epoch) VALUES (1, lower(hex(randomblob(16))));
`;

/** `request_by`: the stranger who brought the user in, while the row is a request. */
export const requestTables = `
  ALTER TABLE inbox ADD COLUMN request_by TEXT;
`;

/** Bits of marks by stretches of 2,048 seqs, see inbox-marks.ts. The previews in rows of conversations that the user left are emptied, because their messages may have been unsent since. */
export const inboxMarks = `
  CREATE TABLE inbox_marks (
    conversation_id TEXT NOT NULL,
    stretch INTEGER NOT NULL,
    unsent BLOB NOT NULL,
    mentions BLOB NOT NULL,
    PRIMARY KEY (conversation_id, stretch)
  ) STRICT, WITHOUT ROWID;
  WITH RECURSIVE
    places (place) AS (SELECT 0 UNION ALL SELECT place + 1 FROM places WHERE place < 255),
    stretches AS (SELECT DISTINCT conversation_id, seq / 2048 AS stretch FROM inbox_exceptions),
    bytes AS (
      SELECT s.conversation_id, s.stretch, p.place,
        COALESCE(SUM(1 << (e.seq % 8)) FILTER (WHERE e.kind = 'unsent'), 0) AS unsent,
        COALESCE(SUM(1 << (e.seq % 8)) FILTER (WHERE e.kind = 'mentions'), 0) AS mentions
      FROM stretches s CROSS JOIN places p LEFT JOIN inbox_exceptions e
        ON e.conversation_id = s.conversation_id AND e.seq BETWEEN s.stretch * 2048 + p.place * 8 AND s.stretch * 2048 + p.place * 8 + 7
      GROUP BY s.conversation_id, s.stretch, p.place
    )
  INSERT INTO inbox_marks
    SELECT conversation_id, stretch,
      unhex(group_concat(printf('%02x', unsent), '' ORDER BY place)), unhex(group_concat(printf('%02x', mentions), '' ORDER BY place))
    FROM bytes GROUP BY conversation_id, stretch;
  DROP TABLE inbox_exceptions;
  UPDATE inbox SET last_preview = '' WHERE has_left = 1;
`;

/** `pushes`: the pushes that wait to be sent, as JSON (core/push/pushes.ts); null in nearly all rows. */
export const pushColumns = `
  ALTER TABLE inbox ADD COLUMN notify TEXT NOT NULL DEFAULT 'all';
  ALTER TABLE inbox ADD COLUMN pushes TEXT;
`;

/** What few rows have, as JSON: see `KeptOfRow`. */
export const keptColumn = `
  ALTER TABLE inbox ADD COLUMN kept TEXT;
`;

/** The attachments of the last message, as JSON; null where it has none. */
export const lastAttachments = `
  ALTER TABLE inbox ADD COLUMN last_attachments TEXT;
`;

/**
 * `pulled`: how far the row of a large group is, as JSON; null in all others. `inbox_large` has the conversations of such rows. An index of them would do, but
 * SQLite overwrites a row in one step only where its table has no index, so each row that is replaced would cost more.
 */
export const pulledColumns = `
  ALTER TABLE inbox ADD COLUMN pulled TEXT;
  CREATE TABLE inbox_large (conversation_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`;
