/**
 * Owns the tables of the inbox side; tables.ts puts them in order with the others. Append-only.
 *
 * `inbox`: one row a conversation, the only one written in the steady case; no second index, for a write costs a thousand reads, so the
 * user's version is the highest of the rows and what changed since is found by a scan. `peer` is a User as JSON.
 * `inbox_exceptions`: others' messages after the read watermark that were unsent or mention the user; rows go when they are read.
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

/** `request_by`: the stranger who brought the user in, while that is a request. */
export const requestTables = `
  ALTER TABLE inbox ADD COLUMN request_by TEXT;
`;
