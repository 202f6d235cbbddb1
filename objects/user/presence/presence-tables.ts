/**
 * Owns the tables of presence; ../tables.ts puts them in order with the others. Append-only.
 *
 * `heartbeats`: a row a device, written when its first socket opens and when one closes, not while it pings; `is_open` = it has, or had
 * when this object last ran, an open sync socket. The row without a device keeps when the user was last active on devices that are signed out.
 * `live`: conversations, as a JSON array, in which a device without a sync socket may have live ones.
 * `watchers`: who watches this user, and until when. `watch_sets`: whom a socket of this user watches, as a JSON array; one row, so that watching five
 * hundred costs one. `watch_leases`: one row, a JSON object from each of them to when the lease there is to be renewed and since when no socket wants it.
 */
export const presenceTables = `
  CREATE TABLE heartbeats (device_id TEXT PRIMARY KEY, at INTEGER NOT NULL, is_open INTEGER NOT NULL, live TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE watchers (user_id TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE watch_sets (id INTEGER PRIMARY KEY, user_ids TEXT NOT NULL) STRICT;
  CREATE TABLE watch_leases (one INTEGER PRIMARY KEY CHECK (one = 1), leases TEXT NOT NULL) STRICT;
`;
