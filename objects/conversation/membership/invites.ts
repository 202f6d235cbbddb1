/** Owns invites: their rows, and who may make, list, use and end them. */
import { createHash, randomBytes } from "node:crypto";
import { addFault, adminFault, dmFault } from "../../../core/membership.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { Invite, InviteDraft, ListedInvite } from "../../../schema/http/conversation/conversations.ts";
import type { InviteId, UserId } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import { badCursor, listPage, numberedPlaceOf } from "../../shared/list-pages.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Reader, Transactor } from "../../shared/platform/database.ts";
import type { State, Store } from "../store.ts";
import type { Throttle } from "../meters/throttle.ts";

type Columns = {
  secret_hash: string;
  id: string;
  created_by: string;
  created_at: number;
  expires_at: number | null;
  uses_left: number | null;
  may_grow: number;
};

/** Holds for an invite that has time and uses left. */
const isLeft = "(expires_at IS NULL OR expires_at > ?) AND (uses_left IS NULL OR uses_left > 0)";

export class Invites {
  readonly #db: Database;
  readonly #store: Store;
  readonly #throttle: Throttle;

  constructor(parts: { db: Database; store: Store; throttle: Throttle }) {
    this.#db = parts.db;
    this.#store = parts.store;
    this.#throttle = parts.throttle;
  }

  create(tx: Transactor, state: State, by: UserId, draft: InviteDraft): Outcome<Invite> {
    const fault = addFault(this.#factsOf(state, by));
    if (fault !== undefined) return { ok: false, refusal: fault };
    const at = now();
    tx.run(`DELETE FROM invites WHERE NOT (${isLeft})`, at);
    const count = tx.first<{ n: number }>("SELECT COUNT(*) AS n FROM invites")?.n ?? 0;
    if (count >= limits.invitesPerConversationMax)
      return refuse("conflict", `a group has at most ${limits.invitesPerConversationMax} invites`);
    const limited = this.#throttle.refusalToChange(by, "details", 1);
    if (limited !== undefined) return { ok: false, refusal: limited };
    const secret = randomBytes(16).toString("base64url");
    const id = `i_${randomBytes(12).toString("base64url")}` as InviteId;
    const expiresAt = draft.expiresInMs === undefined ? null : at + draft.expiresInMs;
    const usesLeft = draft.usesMax ?? null;
    // In a large group an invite need not be allowed to make it one.
    const mayGrow = (draft.mayGrow ?? false) || state.members.kind === "large";
    tx.run(
      "INSERT INTO invites (secret_hash, id, created_by, created_at, expires_at, uses_left, may_grow) VALUES (?, ?, ?, ?, ?, ?, ?)",
      hashed(secret),
      id,
      by,
      at,
      expiresAt,
      usesLeft,
      Number(mayGrow),
    );
    return done({ id, code: `${state.facts.id}.${secret}`, expiresAt, usesLeft, mayGrow });
  }

  /** The newest first: all of them to admins, to others their own. */
  list(
    state: State | undefined,
    by: UserId,
    cursor: string | undefined,
    limit: number,
  ): Outcome<{ invites: ListedInvite[]; cursor: string | null }> {
    if (state === undefined) return notFound;
    const facts = this.#factsOf(state, by);
    const fault = dmFault(facts, "invites");
    if (fault !== undefined) return { ok: false, refusal: fault };
    const after = numberedPlaceOf(cursor, { by: Number.MAX_SAFE_INTEGER, id: "" });
    if (after === null) return badCursor;
    const seesAll = adminFault(facts, "invites") === undefined;
    const rows = this.#db.all<Columns>(
      `SELECT * FROM invites WHERE ${isLeft} AND (created_by = ? OR ?) AND (created_at < ? OR (created_at = ? AND id > ?))
       ORDER BY created_at DESC, id LIMIT ?`,
      now(),
      by,
      Number(seesAll),
      after.by,
      after.by,
      after.id,
      limit + 1,
    );
    const page = listPage(rows, limit, (row) => ({ by: row.created_at, id: row.id }));
    return done({ invites: page.rows.map(listed), cursor: page.cursor });
  }

  preview(state: State | undefined, secret: string): Outcome<{ title: string | null; memberCount: number }> {
    if (state === undefined || this.usable(state, secret) === undefined) return notFound;
    return done({ title: state.facts.title, memberCount: state.members.count });
  }

  /** The invite, if it can be accepted now: it has time and uses left, and its maker may still make invites. */
  usable(state: State, secret: string): { mayGrow: boolean } | undefined {
    const row = this.#bySecret(this.#db, secret);
    const isOpen = row !== undefined && addFault(this.#factsOf(state, row.created_by as UserId)) === undefined;
    return isOpen ? { mayGrow: row.may_grow === 1 } : undefined;
  }

  /** Whether there is such an invite, also one that is used up or over. */
  isThere(secret: string): boolean {
    return this.#db.first("SELECT 1 FROM invites WHERE secret_hash = ?", hashed(secret)) !== undefined;
  }

  use(tx: Transactor, secret: string): void {
    tx.run(
      "UPDATE invites SET uses_left = uses_left - 1 WHERE secret_hash = ? AND uses_left IS NOT NULL",
      hashed(secret),
    );
  }

  /** Ends an invite that is named by its code or its id: admins any, others their own. */
  end(tx: Transactor, state: State, by: UserId, named: { secret: string } | { id: InviteId }): Outcome<null> {
    const facts = this.#factsOf(state, by);
    const closed = dmFault(facts, "invites");
    if (closed !== undefined) return { ok: false, refusal: closed };
    const row = "secret" in named ? this.#bySecret(tx, named.secret) : this.#byId(tx, named.id);
    if (row === undefined) return notFound;
    const fault = row.created_by === by ? undefined : adminFault(facts, "ending invites");
    if (fault !== undefined) return { ok: false, refusal: fault };
    tx.run("DELETE FROM invites WHERE secret_hash = ?", row.secret_hash);
    return done(null);
  }

  /** A member goes: the invites that they made end, and stay ended if the member comes back. */
  endOf(tx: Transactor, userId: UserId): void {
    tx.run("DELETE FROM invites WHERE created_by = ?", userId);
  }

  #bySecret(db: Reader, secret: string): Columns | undefined {
    return db.first<Columns>(`SELECT * FROM invites WHERE secret_hash = ? AND ${isLeft}`, hashed(secret), now());
  }

  #byId(db: Reader, id: InviteId): Columns | undefined {
    return db.first<Columns>(`SELECT * FROM invites WHERE id = ? AND ${isLeft}`, id, now());
  }

  #factsOf({ facts: { kind, policy } }: State, by: UserId): Parameters<typeof addFault>[0] {
    return { kind, policy, standing: this.#store.standing(by) };
  }
}

function listed(row: Columns): ListedInvite {
  return {
    id: row.id as InviteId,
    createdBy: row.created_by as UserId,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usesLeft: row.uses_left,
    mayGrow: row.may_grow === 1,
  };
}

function hashed(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
