/**
 * Owns the migrations of a UserObject's tables, all sides in one order. Append-only: a step that ran anywhere never changes,
 * and a new one of any side goes to the end of `steps`.
 */
import { erasedTables } from "./account/erased.ts";
import { alarmFaults, alarmTables } from "../shared/platform/alarms.ts";
import {
  inboxMarks,
  inboxTables,
  keptColumn,
  lastAttachments,
  pulledColumns,
  pushColumns,
  requestTables,
} from "./inbox/rows/inbox-tables.ts";
import { mentionTables } from "./inbox/rows/inbox-mentions.ts";
import { hiddenTables } from "./inbox/rows/hidden-messages.ts";
import { starTables } from "./inbox/rows/stars.ts";
import { presenceTables } from "./presence/presence-tables.ts";
import { pushTables } from "./push/push-tables.ts";
import { keptAnswerTables, securityTables } from "./security/security-tables.ts";
import { quotaTables } from "./meters/quotas.ts";
import { groupPictureTables } from "./uploads/group-pictures.ts";
import { uploadTables } from "../shared/uploads/upload-tables.ts";
import { taskTables } from "../shared/tasks/task-list.ts";
import { memberChangeTables } from "./member-changes.ts";
import { writtenTables } from "./meters/written.ts";

/**
 * `account` has one row or none. `devices`: `seed` and `generation` make the refresh token, which is not stored; `answered_at` and
 * `answered_user` rebuild the last session byte by byte. `contacts`: `put_at` this user put them, `puts_at` they put this user;
 * the stamps order what either object sends the other.
 */
const accountTables = `
  CREATE TABLE account (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    created_at INTEGER NOT NULL,
    handle TEXT NOT NULL,
    name TEXT NOT NULL,
    bio TEXT NOT NULL,
    settings TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    password TEXT NOT NULL,
    password_attempt TEXT
  ) STRICT;
  CREATE TABLE wrong_passwords (attempt_id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE devices (
    device_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    platform TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_active_at INTEGER NOT NULL,
    seed TEXT NOT NULL,
    generation INTEGER NOT NULL,
    answered_at INTEGER NOT NULL,
    answered_user TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE live_devices (
    device_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    PRIMARY KEY (device_id, conversation_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE contacts (
    user_id TEXT PRIMARY KEY,
    face TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    put_at INTEGER,
    put_stamp INTEGER NOT NULL,
    puts_at INTEGER,
    puts_stamp INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE blocks (user_id TEXT PRIMARY KEY, face TEXT NOT NULL, made_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  ${taskTables}
`;

/**
 * `answer`: the newest answer to a refresh, encrypted. `used_generation`: the newest generation of which a token was used; generations from before
 * this column count as used. `secret_id`: the id in the device secret that the device came with. `wrong_passwords`: `subject` says to which count
 * the row belongs, empty for strangers; `address` is a keyed hash, empty where there is none.
 */
const refreshTables = `
  ALTER TABLE devices ADD COLUMN answer TEXT;
  ALTER TABLE devices ADD COLUMN used_generation INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE devices ADD COLUMN secret_id TEXT;
  UPDATE devices SET used_generation = generation;
  DROP TABLE wrong_passwords;
  CREATE TABLE wrong_passwords (
    subject TEXT NOT NULL,
    attempt_id TEXT NOT NULL,
    address TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (subject, attempt_id)
  ) STRICT, WITHOUT ROWID;
`;

/** The device that set the present password, and when; null and 0 where that was the sign-up, or before these columns were. */
const passwordChangeTables = `
  ALTER TABLE account ADD COLUMN password_changed_by TEXT;
  ALTER TABLE account ADD COLUMN password_changed_at INTEGER NOT NULL DEFAULT 0;
`;

export const steps: readonly string[] = [
  alarmTables,
  accountTables,
  inboxTables,
  presenceTables,
  alarmFaults,
  quotaTables,
  memberChangeTables,
  requestTables,
  inboxMarks,
  writtenTables,
  refreshTables,
  passwordChangeTables,
  mentionTables,
  erasedTables,
  // Only the id of a blocked user is stored, because the blocking user receives nothing when that user erases their account.
  "UPDATE blocks SET face = '';",
  pushTables,
  pushColumns,
  pulledColumns,
  uploadTables,
  // The picture that others see, as JSON: its address, its key in R2, the upload of which it was made.
  "ALTER TABLE account ADD COLUMN avatar TEXT;",
  lastAttachments,
  // The picture of a group.
  "ALTER TABLE inbox ADD COLUMN avatar_url TEXT;",
  groupPictureTables,
  securityTables,
  keptColumn,
  starTables,
  keptAnswerTables,
  hiddenTables,
];
