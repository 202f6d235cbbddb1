/**
 * Owns the tables of uploads, in users' objects and in conversations.
 * `uploads`: begun or completed, and not sent. `id`: what stands behind the dot of the whole id. `expires_at`: when it is gone. `day`: on whose quota its bytes stand.
 * `object`: the last part of the R2 key under which its bytes lie, null as long as none do; of a multipart upload it is known from the beginning.
 * `attachment`: once it is completed, the attachment as JSON. `preview`: the last part of the key of its preview.
 * `upload_parts`: which parts of multipart uploads have arrived.
 * `sent_attachments`: those that messages carry. `is_withheld`: the operator's scanner took it out of reach.
 * `media_gone`: objects in R2 that nothing names, or that nobody has reported yet; they are deleted when they are due, again and again until R2 says that it is done.
 * `upload_days`: the bytes declared in a day, in a user's object by the user, in a conversation by all members. One row or none.
 */
export const uploadTables = `
  CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    by_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    day INTEGER NOT NULL,
    name TEXT NOT NULL,
    said_type TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    said_sha256 TEXT,
    multipart TEXT,
    object TEXT,
    attachment TEXT,
    preview TEXT,
    is_withheld INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE upload_parts (
    id TEXT NOT NULL,
    n INTEGER NOT NULL,
    etag TEXT NOT NULL,
    PRIMARY KEY (id, n)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE sent_attachments (
    id TEXT PRIMARY KEY,
    by_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    attachment TEXT NOT NULL,
    object TEXT NOT NULL,
    preview TEXT,
    is_withheld INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE media_gone (
    key TEXT PRIMARY KEY,
    multipart TEXT,
    due_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE upload_days (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    day INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT;
`;
