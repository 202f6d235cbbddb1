/** Owns what this object remembers of an account that was erased: that it was, and the stamp of the last copy of the user. */
import { erasedUser } from "../../../core/account/erased.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { Person } from "../../contract/person.ts";
import type { Database, Reader } from "../../shared/platform/database.ts";

/** One row or none. `changed_at`: the stamp of the last copy of this user, later than all others. */
export const erasedTables = `
  CREATE TABLE erased (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL, changed_at INTEGER NOT NULL) STRICT;
`;

/** Whether the account was erased, and the stamp of the last copy of the user: the row in memory. */
export class Erased {
  readonly #db: Reader;
  #changedAt: number | undefined;

  constructor(db: Database) {
    this.#db = db;
    this.reload();
    db.onRollback(() => this.reload());
  }

  get is(): boolean {
    return this.#changedAt !== undefined;
  }

  /** The copy of this user that others are to keep, once the account is erased. */
  person(userId: UserId): Person | undefined {
    if (this.#changedAt === undefined) return undefined;
    return { user: erasedUser(userId), showsRead: false, showsTyping: false, blocks: [], changedAt: this.#changedAt };
  }

  reload(): void {
    this.#changedAt = this.#db.first<{ changed_at: number }>("SELECT changed_at FROM erased")?.changed_at;
  }
}
