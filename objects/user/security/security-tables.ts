/** Owns the tables of passkeys, recovery codes and links. */

/**
 * `passkeys`: `counter` is the authenticator's, 0 where it counts none; `rp_id` is the address for which the passkey was made. `used_challenges`: each is
 * answered once; `attempt_id` tells the repeat of a call from another one. `recovery_codes`: keyed hashes of those that are left.
 * `link_approvals`: what a device of this user has approved; `is_opened`: its device was signed in. `links`: in an object that is nobody's, those that wait for an
 * approval; `code` and `secret` are keyed hashes. `devices.is_new`: nobody has said yet that they know it.
 */
export const securityTables = `
  CREATE TABLE passkeys (
    credential_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    public_key TEXT NOT NULL,
    counter INTEGER NOT NULL,
    transports TEXT NOT NULL,
    rp_id TEXT NOT NULL,
    is_synced INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE used_challenges (challenge TEXT PRIMARY KEY, attempt_id TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE recovery_codes (hash TEXT PRIMARY KEY, made_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE link_approvals (
    link TEXT PRIMARY KEY,
    by_device TEXT NOT NULL,
    until INTEGER NOT NULL,
    is_opened INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE links (
    code TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    link TEXT NOT NULL,
    device TEXT NOT NULL,
    place TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    is_declined INTEGER NOT NULL,
    approved_by TEXT
  ) STRICT, WITHOUT ROWID;
  ALTER TABLE account ADD COLUMN second_factor INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE devices ADD COLUMN is_new INTEGER NOT NULL DEFAULT 0;
`;

/**
 * `kept_answers`: answers to calls that spent a second factor, encrypted; `id` is a keyed hash of what was spent and of what the call does. `unfamiliar`: ids in device
 * secrets of devices that were signed out before anybody said that they know them.
 */
export const keptAnswerTables = `
  CREATE TABLE kept_answers (
    id TEXT PRIMARY KEY,
    does TEXT NOT NULL,
    answer TEXT NOT NULL,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE unfamiliar (secret_id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;
