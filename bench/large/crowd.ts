/** Owns a group of a hundred thousand: members are put into the file of its object while the server is down, because to sign up so many people would take an hour. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Fills the group of the most members in this state folder; answers how many it has. */
export function fillCrowd(stateFolder: string, members: number): number {
  for (const name of readdirSync(stateFolder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".sqlite") || !name.includes("ConversationObject")) continue;
    const db = new DatabaseSync(join(stateFolder, name));
    try {
      const has = db.prepare("SELECT COUNT(*) AS n FROM sqlite_master WHERE name = 'large_group'").get() as {
        n: number;
      };
      const group = has.n === 0 ? undefined : db.prepare("SELECT members FROM large_group").get();
      const before = (group as { members: number } | undefined)?.members ?? 0;
      if (before < 1_000) continue;
      const missing = members - before;
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
      return members;
    } finally {
      db.close();
    }
  }
  throw new Error("no object has a large group");
}
