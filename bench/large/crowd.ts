/** Owns a group of a hundred thousand: members are put into the file of its object while the server is down, because to sign up so many people would take an hour. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Fills the group of the most members in this state folder. */
export function fillCrowd(stateFolder: string, members: number): void {
  const groups = readdirSync(stateFolder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sqlite") && name.includes("ConversationObject"))
    .map((name) => ({ name, count: countOf(join(stateFolder, name)) }))
    .toSorted((a, b) => b.count - a.count);
  const [largest] = groups;
  if (largest === undefined || largest.count === 0) throw new Error("no object has a large group");
  const missing = members - largest.count;
  opened(join(stateFolder, largest.name), (db) => {
    db.exec("BEGIN");
    db.prepare(
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
       INSERT INTO large_members (user_id, rank, membership, joined_at, joined_seq, joined_rev, delivered, read, words, named_at)
       SELECT 'u_of_the_crowd_' || n, 2, 1000000 + n, n, 0, 1, 0, 0, char(10) || 'name' || n, 0 FROM n`,
    ).run(missing);
    db.prepare("UPDATE large_group SET members = members + ?, memberships = memberships + 1000000 + ?").run(
      missing,
      missing,
    );
    db.exec("COMMIT");
  });
}

/** The members of a large group; 0 where the object has none. */
function countOf(file: string): number {
  return opened(file, (db) => {
    const table = db.prepare("SELECT 1 AS is_there FROM sqlite_master WHERE name = 'large_group'").get();
    const row = table === undefined ? undefined : db.prepare("SELECT members FROM large_group").get();
    return Number(row?.["members"] ?? 0);
  });
}

function opened<T>(file: string, work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
}
