/** Owns the tables that only a large group has, made when a group becomes large: append-only steps, never changed once they ran anywhere. */
export const largeTables: readonly string[] = [
  `
  -- members: how many there are; memberships: the number that was given last.
  CREATE TABLE large_group (one INTEGER PRIMARY KEY CHECK (one = 1), members INTEGER NOT NULL, memberships INTEGER NOT NULL) STRICT;

  -- words: each behind a line feed; named_at: as of when. What is known of a former member stays until their inbox knows that they left.
  CREATE TABLE large_members (
    user_id TEXT PRIMARY KEY,
    rank INTEGER NOT NULL,
    membership INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    joined_seq INTEGER NOT NULL,
    joined_rev INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    read INTEGER NOT NULL,
    left_rev INTEGER,
    left_seq INTEGER,
    left_at INTEGER,
    removed_by TEXT,
    request_by TEXT,
    words TEXT NOT NULL,
    named_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX large_members_list ON large_members (rank, membership) WHERE left_rev IS NULL;
  CREATE TABLE large_words (word TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (word, user_id)) STRICT, WITHOUT ROWID;

  -- Which messages were unsent: a bit for each seq of a stretch.
  CREATE TABLE large_unsent (stretch INTEGER PRIMARY KEY, count INTEGER NOT NULL, bits BLOB NOT NULL) STRICT;
  -- Mentions of a member after their read watermark.
  CREATE TABLE large_mentions (user_id TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (user_id, seq)) STRICT, WITHOUT ROWID;

  -- What members' inboxes are to receive: with seq 0 their row alone. membership and rev: they receive at least this state.
  CREATE TABLE large_due (
    user_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    membership INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (user_id, seq)
  ) STRICT, WITHOUT ROWID;
  `,
  // grown_with: the number of the last membership that began while the group was small; 0 where it was founded as a large one.
  "ALTER TABLE large_group ADD COLUMN grown_with INTEGER NOT NULL DEFAULT 0;",
  `
  -- Members whose inboxes asked to receive changes until then.
  CREATE TABLE large_lookers (user_id TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- place: the rev of the reaction, by which the first are named; below 0 for those from when the group was small.
  CREATE TABLE large_reactions (
    seq INTEGER NOT NULL,
    emoji TEXT NOT NULL,
    place INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (seq, emoji, place, user_id)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX large_reactions_own ON large_reactions (user_id, seq, emoji);
  `,
  `
  -- Members who want all messages pushed that are behind since. The round over them: large/push-rounds.ts.
  CREATE TABLE large_wants (user_id TEXT PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE large_push_round (one INTEGER PRIMARY KEY CHECK (one = 1), sent INTEGER NOT NULL, upto INTEGER NOT NULL, cursor TEXT NOT NULL) STRICT;
  `,
  `
  -- Messages that were changed after a round of pushes brought them, and the rev of the change.
  CREATE TABLE large_push_changes (seq INTEGER PRIMARY KEY, rev INTEGER NOT NULL) STRICT;
  ALTER TABLE large_push_round ADD COLUMN reached INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE large_push_round ADD COLUMN rev INTEGER NOT NULL DEFAULT 0;
  UPDATE large_push_round SET reached = MAX(sent, upto);
  `,
  `
  ALTER TABLE large_push_round ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE large_push_round ADD COLUMN has_failed INTEGER NOT NULL DEFAULT 0;
  `,
  // at: when the inbox said so, by its own clock.
  "ALTER TABLE large_wants ADD COLUMN at INTEGER NOT NULL DEFAULT 0;",
  `
  -- Messages that ceased to mention a member before a round of pushes came to them: the member has them as what concerned them.
  CREATE TABLE large_push_skips (user_id TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (user_id, seq)) STRICT, WITHOUT ROWID;
  `,
  // Relays that may hold live sockets. place: near where one was made.
  "CREATE TABLE large_relays (number INTEGER PRIMARY KEY, place TEXT) STRICT;",
];
