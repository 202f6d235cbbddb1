/** Owns the tables of a ConversationObject: append-only steps, never changed once they ran anywhere. */
import { groupTables } from "./archive/groups.ts";
import { archiveTables, erasedSegments } from "./archive/manifest.ts";
import { dayQuotaTables } from "./meters/day-quotas.ts";
import { longRunsOfSent, sentRecordTables } from "./messages/sent-record.ts";
import { alarmFaults, alarmTables } from "../shared/platform/alarms.ts";
import { attachmentListTables } from "./uploads/attachment-list.ts";
import { uploadTables } from "../shared/uploads/upload-tables.ts";

export const conversationTables: readonly string[] = [
  `
  CREATE TABLE conversation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    conversation_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    mode TEXT NOT NULL,
    title TEXT,
    policy TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    epoch TEXT NOT NULL,
    draft_digest TEXT,
    face_rev INTEGER NOT NULL
  );

  -- One row a person who is or was a member. left_rev is null while they are; removed_by is set where another removed them.
  CREATE TABLE members (
    user_id TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    role TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    joined_seq INTEGER NOT NULL,
    joined_rev INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    read INTEGER NOT NULL,
    left_rev INTEGER,
    removed_by TEXT
  ) WITHOUT ROWID;

  -- created_rev rises with seq, so the messages made after a rev are found by bisection: no index to pay for.
  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY,
    created_rev INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    sender_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    edited_at INTEGER,
    unsent_at INTEGER,
    reply_to INTEGER,
    mentions TEXT,
    reactions TEXT,
    hash TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    salt TEXT
  );

  -- The first answer to every send, for ever; it outlives the message's row, which is archived one day.
  CREATE TABLE sent (
    sender_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    hash TEXT NOT NULL,
    body_digest TEXT,
    PRIMARY KEY (sender_id, client_id)
  ) WITHOUT ROWID;

  -- Every rev that is not a new message: a change of message seq, a notice, or a change of the conversation's face.
  CREATE TABLE changes (
    rev INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    seq INTEGER,
    notice TEXT
  );
  CREATE INDEX changes_notices ON changes (json_extract(notice, '$.afterSeq')) WHERE notice IS NOT NULL;

  -- Members whose inboxes are behind what the fan-out alarm says of the rest.
  CREATE TABLE lag (user_id TEXT PRIMARY KEY, acked_rev INTEGER NOT NULL) WITHOUT ROWID;

  CREATE TABLE invites (
    secret_hash TEXT PRIMARY KEY,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    uses_left INTEGER
  ) WITHOUT ROWID;

  -- Devices revoked of late: an upgrade of theirs may still be under way.
  CREATE TABLE revoked_devices (device_id TEXT PRIMARY KEY, revoked_at INTEGER NOT NULL) WITHOUT ROWID;

  ${alarmTables}
  `,
  // An invite has a name of its own, by which it is listed and ended without its code.
  `
  ALTER TABLE invites ADD COLUMN id TEXT;
  ALTER TABLE invites ADD COLUMN may_grow INTEGER NOT NULL DEFAULT 0;
  UPDATE invites SET id = 'i_' || lower(hex(randomblob(12)));
  `,
  `
  -- Small columns first: what walks over many messages need not read past their texts. Of a text over the 8 KiB that lists carry,
  -- the row holds that prefix (is_cut), and texts the whole. A row that was made before is cut at a code point as bytePrefix does it.
  CREATE TABLE texts (seq INTEGER PRIMARY KEY, text TEXT NOT NULL);
  INSERT INTO texts (seq, text) SELECT seq, text FROM messages WHERE octet_length(text) > 8192;

  CREATE TABLE messages_narrow (
    seq INTEGER PRIMARY KEY,
    created_rev INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    sender_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    edited_at INTEGER,
    unsent_at INTEGER,
    reply_to INTEGER,
    hash TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    salt TEXT,
    is_cut INTEGER NOT NULL DEFAULT 0,
    mentions TEXT,
    text TEXT NOT NULL,
    reactions TEXT
  );
  INSERT INTO messages_narrow
    SELECT seq, created_rev, rev, sender_id, client_id, sent_at, edited_at, unsent_at, reply_to, hash, content_hash, salt,
      octet_length(text) > 8192,
      mentions,
      CASE
        WHEN octet_length(text) <= 8192 THEN text
        WHEN substr(CAST(text AS BLOB), 8193, 1) NOT BETWEEN x'80' AND x'BF' THEN CAST(substr(CAST(text AS BLOB), 1, 8192) AS TEXT)
        WHEN substr(CAST(text AS BLOB), 8192, 1) NOT BETWEEN x'80' AND x'BF' THEN CAST(substr(CAST(text AS BLOB), 1, 8191) AS TEXT)
        WHEN substr(CAST(text AS BLOB), 8191, 1) NOT BETWEEN x'80' AND x'BF' THEN CAST(substr(CAST(text AS BLOB), 1, 8190) AS TEXT)
        ELSE CAST(substr(CAST(text AS BLOB), 1, 8189) AS TEXT)
      END,
      reactions
    FROM messages;
  DROP TABLE messages;
  ALTER TABLE messages_narrow RENAME TO messages;
  `,
  alarmFaults,
  // The stranger who brought the member in, while the conversation is a request. Others receive nothing of the member's reading then.
  "ALTER TABLE members ADD COLUMN request_by TEXT;",
  `
  -- Members whose read receipt raised no watermark, until their inboxes know it.
  CREATE TABLE owed_receipts (user_id TEXT PRIMARY KEY) WITHOUT ROWID;

  -- Who was removed by another, for ever. The members' own table holds those who left only until their inboxes know it.
  CREATE TABLE removed (user_id TEXT PRIMARY KEY, removed_by TEXT NOT NULL) WITHOUT ROWID;
  `,
  dayQuotaTables,
  sentRecordTables,
  archiveTables,
  groupTables,
  erasedSegments,
  // Who wrote the message that this one answers; null in messages from before this column, and in archived ones that were changed.
  "ALTER TABLE messages ADD COLUMN answers TEXT;",
  longRunsOfSent,
  uploadTables,
  // What the message has attached, as JSON; null in all messages that have nothing.
  "ALTER TABLE messages ADD COLUMN attachments TEXT;",
  attachmentListTables,
  // The picture of a group, as JSON: its address, its key in R2, the upload of which it was made.
  "ALTER TABLE conversation ADD COLUMN avatar TEXT;",
  // The messages that are pinned for all, as JSON, the newest pin first; null where there are none.
  "ALTER TABLE conversation ADD COLUMN pins TEXT;",
  // What a poll asks, as JSON; null in all other messages. Its votes are among the reactions.
  "ALTER TABLE messages ADD COLUMN poll TEXT;",
];
