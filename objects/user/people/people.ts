/**
 * Owns contacts and blocks. A contact is mirrored at the other person's object by a task, so that either sees `incoming` or `mutual`
 * without asking. A block stays here; only this user's conversations receive it.
 */
import { erasedUser, isErased } from "../../../core/account/erased.ts";
import { contactStanding } from "../../../core/account/contacts.ts";
import { done, type Outcome, refuse } from "../../../schema/errors.ts";
import type { Block, Contact } from "../../../schema/http/users.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import type { User } from "../../../schema/wire/user.ts";
import { badCursor, type ListPage } from "../../shared/list-pages.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Directory } from "../../shared/identity/directory.ts";
import type { Env } from "../../shared/platform/env.ts";
import { mintDmId } from "../../shared/identity/mint.ts";
import type { Erased } from "../account/erased.ts";
import { isBlocked, readAccount, touchAccount } from "../account/account-store.ts";
import {
  blocksPage,
  type ContactRow,
  contactOf,
  contactsPage,
  countRows,
  refreshUser,
  writeContact,
} from "./people-store.ts";
import { nextStamp, unreported } from "../account/profile.ts";
import type { Quotas } from "../meters/quotas.ts";
import type { InboxCalls, PresenceCalls } from "../sides.ts";
import type { Tasks } from "../../shared/tasks/tasks.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";
import type { TaskKind, UserTasks } from "../user-tasks.ts";
import type { MemberChanges } from "../member-changes.ts";

export type PeopleParts = {
  env: Env;
  db: UserDatabase;
  requests: UserTasks;
  tasks: Pick<Tasks<TaskKind>, "settle" | "isPending">;
  userId: UserId;
  directory: Directory;
  quotas: Quotas;
  memberChanges: MemberChanges;
  presence: Pick<PresenceCalls, "contactChanged" | "blockChanged">;
  inbox: Pick<InboxCalls, "peerOf" | "endRequestsBy">;
  erased: Erased;
};

export class People {
  readonly #parts: PeopleParts;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** Newest first, by when the row was made, which never changes: so pages neither repeat nor skip one. */
  async contacts(
    cursor: string | undefined,
    limit: number,
  ): Promise<Outcome<{ contacts: Contact[]; cursor: string | null }>> {
    const page = contactsPage(this.#parts.db, cursor, limit);
    if (page === null) return badCursor;
    const rows = await this.#withFreshUsers(page);
    return done({ contacts: rows.flatMap((row) => this.#shown(row) ?? []), cursor: page.cursor });
  }

  async putContact(user: User): Promise<Outcome<Contact>> {
    const { db, requests, tasks, userId, presence, quotas, inbox } = this.#parts;
    if (user.id === userId) return refuse("conflict", "userId: is yourself");
    if (isErased(user)) return refuse("forbidden", "userId: this account was deleted");
    const put = db.transact((tx): Outcome<ContactRow> => {
      const present = contactOf(tx, user.id);
      if (present !== undefined && present.putAt !== null) return done({ ...present, user });
      if (countRows(tx, "contacts WHERE put_at IS NOT NULL") >= limits.contactsMax)
        return refuse("conflict", "you have as many contacts as an account can");
      const refusal = quotas.take(tx, "peopleChangesPerUser");
      if (refusal !== undefined) return refusal;
      const row = { ...(present ?? stranger(user)), user, putAt: now(), putStamp: stampAfter(present) };
      writeContact(tx, row);
      requests.request(tx, "contact", [user.id]);
      presence.contactChanged(tx, user.id);
      inbox.endRequestsBy(tx, user.id);
      return done(row);
    });
    if (!put.ok) return put;
    await tasks.settle();
    // Read anew, because the other side may have called meanwhile: two people who put each other at the same moment both see `mutual`.
    const shown = this.#shown({ ...(contactOf(db, user.id) ?? put.value), user });
    return shown === null ? refuse("conflict", "the contact was removed at the same moment") : done(shown);
  }

  async deleteContact(other: UserId): Promise<Outcome<null>> {
    const { db, requests, tasks, presence, quotas } = this.#parts;
    const taken = db.transact((tx): Outcome<null> => {
      const present = contactOf(tx, other);
      if (present === undefined || present.putAt === null) return done(null);
      const refusal = quotas.take(tx, "peopleChangesPerUser");
      if (refusal !== undefined) return refusal;
      writeContact(tx, { ...present, putAt: null, putStamp: stampAfter(present) });
      requests.request(tx, "contact", [other]);
      presence.contactChanged(tx, other);
      return done(null);
    });
    if (taken.ok) await tasks.settle();
    return taken;
  }

  /** From the other person's object: they have put this user into their contacts, or taken them out. A report older than the last one is ignored. */
  contactedBy(user: User, isOn: boolean, stamp: number): void {
    const { db } = this.#parts;
    db.transact((tx) => {
      // A contact that was put while this account was erased: the other person's object must not keep the copy that it has made.
      if (this.#parts.erased.is) return this.#parts.requests.request(tx, "contact", [user.id]);
      const present = contactOf(tx, user.id) ?? stranger(user);
      if (readAccount(tx) === undefined || stamp <= present.putsStamp) return;
      if (isErased(user)) return writeContact(tx, { ...present, user, putAt: null, putsAt: null, putsStamp: stamp });
      writeContact(tx, { ...present, user, putsAt: isOn ? (present.putsAt ?? now()) : null, putsStamp: stamp });
    });
  }

  async blocks(
    cursor: string | undefined,
    limit: number,
  ): Promise<Outcome<{ blocks: Block[]; cursor: string | null }>> {
    const page = blocksPage(this.#parts.db, cursor, limit);
    if (page === null) return badCursor;
    const found = await this.#parts.directory.profiles(page.rows.map((row) => row.userId));
    if (!found.ok) return found;
    const blocks = page.rows.map(({ userId, madeAt }) => ({
      user: found.value.get(userId) ?? erasedUser(userId),
      since: madeAt,
    }));
    return done({ blocks, cursor: page.cursor });
  }

  async putBlock(user: User): Promise<Outcome<Block>> {
    const { db, requests, tasks, userId, quotas } = this.#parts;
    if (user.id === userId) return refuse("conflict", "userId: is yourself");
    const put = db.transact((tx): Outcome<Block> => {
      const present = tx.first<{ made_at: number }>("SELECT made_at FROM blocks WHERE user_id = ?", user.id);
      if (present !== undefined) {
        if (tasks.isPending("profile")) requests.request(tx, "profile", [""]);
        return done({ user, since: present.made_at });
      }
      if (countRows(tx, "blocks") >= limits.blocksMax)
        return refuse("conflict", "you block as many people as an account can");
      const refusal = quotas.take(tx, "peopleChangesPerUser");
      if (refusal !== undefined) return refusal;
      const since = now();
      tx.run("INSERT INTO blocks (user_id, face, made_at) VALUES (?, '', ?)", user.id, since);
      this.#sendBlock(tx, user.id);
      return done({ user, since });
    });
    if (!put.ok) return put;
    await this.#settleBlock();
    // Whoever brings many people into a group asks the directory. A block is in force when it is there.
    return tasks.isPending("profile") ? unreported : put;
  }

  async deleteBlock(other: UserId): Promise<Outcome<null>> {
    const { db, quotas } = this.#parts;
    const taken = db.transact((tx): Outcome<null> => {
      if (!isBlocked(this.#parts.db, other)) return done(null);
      const refusal = quotas.take(tx, "peopleChangesPerUser");
      if (refusal !== undefined) return refusal;
      tx.run("DELETE FROM blocks WHERE user_id = ?", other);
      this.#sendBlock(tx, other);
      return done(null);
    });
    if (taken.ok) await this.#settleBlock();
    return taken;
  }

  async #settleBlock(): Promise<void> {
    const { tasks, memberChanges } = this.#parts;
    await Promise.all([tasks.settle(), memberChanges.settle()]);
  }

  /** Sends a block to the direct chat of the two at once, because there a block decides who may write; then all groups, which know whether both are in. */
  #sendBlock(tx: UserTransactor, other: UserId): void {
    const { env, userId, presence, requests, memberChanges, inbox } = this.#parts;
    presence.blockChanged(tx, other);
    touchAccount(tx, nextStamp(tx));
    requests.request(tx, "profile", [""]);
    const dm: ConversationId = mintDmId(env.ID_SECRET, userId, other);
    if (inbox.peerOf(dm) !== null) requests.request(tx, "personChanged", [dm]);
    memberChanges.request(tx, [`block ${other}`]);
  }

  #shown(row: ContactRow): Contact | null {
    const standing = contactStanding({ ...row, isBlocked: isBlocked(this.#parts.db, row.user.id) });
    return standing === null ? null : { user: row.user, ...standing };
  }

  /** Brings the copies of profiles up to date when a page of them is read. If the directory is away, the copies serve as they are. */
  async #withFreshUsers(page: ListPage<ContactRow>): Promise<ContactRow[]> {
    const { db, directory } = this.#parts;
    if (page.rows.length === 0) return [];
    const found = await directory.profiles(page.rows.map((row) => row.user.id));
    if (!found.ok) return page.rows;
    const fresh = page.rows.map((row) => ({ ...row, user: found.value.get(row.user.id) ?? row.user }));
    const changed = fresh.filter((row, i) => JSON.stringify(row.user) !== JSON.stringify(page.rows[i]?.user));
    if (changed.length > 0) db.transact((tx) => changed.forEach((row) => refreshUser(tx, row.user)));
    return fresh;
  }
}

function stranger(user: User): ContactRow {
  return { user, madeAt: now(), putAt: null, putStamp: 0, putsAt: null, putsStamp: 0 };
}

function stampAfter(present: ContactRow | undefined): number {
  return Math.max(now(), (present?.putStamp ?? 0) + 1);
}
