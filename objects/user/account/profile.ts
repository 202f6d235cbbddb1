/**
 * Owns the profile: name, bio, handle, settings, and the copies of them that others keep. A change is committed here first; the directory and
 * the conversations are told by tasks. Handles are changed one at a time, for the claim lies outside this object.
 */
import { decidePatch } from "../../../core/account/profile.ts";
import { done, notFound, type Outcome } from "../../../schema/errors.ts";
import type { Me, MePatch } from "../../../schema/http/me.ts";
import type { UserId } from "../../../schema/ids.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Reader } from "../../shared/platform/database.ts";
import type { Directory } from "../../shared/identity/directory.ts";
import type { Env } from "../../shared/platform/env.ts";
import { claimHandle } from "../../shared/identity/handles.ts";
import { type AccountRow, blockedIds, userOf, isBlocked, readAccount, updateAccount } from "./account-store.ts";
import type { MemberChange, Person } from "../../contract/person.ts";
import type { PresenceCalls } from "../sides.ts";
import type { Quotas } from "../quotas.ts";
import type { Tasks } from "../../shared/tasks/tasks.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";
import type { TaskKind, UserTasks } from "../user-tasks.ts";
import type { Subject, Tellings } from "../tellings.ts";

export type ProfileParts = {
  env: Env;
  db: UserDatabase;
  requests: UserTasks;
  tasks: Pick<Tasks<TaskKind>, "settle">;
  userId: UserId;
  directory: Directory;
  quotas: Quotas;
  tellings: Tellings;
  presence: Pick<PresenceCalls, "settingChanged">;
};

export class Profile {
  readonly #parts: ProfileParts;
  #lastNaming: Promise<unknown> = Promise.resolve();

  constructor(parts: ProfileParts) {
    this.#parts = parts;
  }

  me(): Outcome<Me> {
    const account = readAccount(this.#parts.db);
    return account === undefined ? notFound : done(this.#meOf(account));
  }

  /** All of the patch or none of it. Answers when it can be seen by others, or soon after. */
  async patch(patch: MePatch): Promise<Outcome<Me>> {
    const { handle } = patch;
    const patched =
      handle === undefined
        ? this.#parts.db.transact((tx) => this.#commit(tx, patch))
        : await this.#oneAtATime(() => this.#patchHandle(patch, handle));
    const { tasks, tellings } = this.#parts;
    if (patched.ok) await Promise.all([tasks.settle(), tellings.settle()]);
    return patched;
  }

  holdsHandle(handle: string): "held" | "free" | "no account" {
    const account = readAccount(this.#parts.db);
    if (account === undefined) return "no account";
    return account.handle === handle ? "held" : "free";
  }

  /** The copy of this user that conversations keep; undefined where there is no account. */
  person(): Person | undefined {
    const { db, userId } = this.#parts;
    const account = readAccount(db);
    if (account === undefined) return undefined;
    return {
      user: userOf(userId, account),
      showsRead: account.settings.readReceipts,
      showsTyping: account.settings.typing,
      blocks: blockedIds(db),
      changedAt: account.changedAt,
    };
  }

  /** The present state of these things, for conversations; undefined where there is nothing to tell. */
  changeOf(subjects: readonly Subject[], blocks: readonly UserId[]): MemberChange | undefined {
    const { db, userId } = this.#parts;
    const account = readAccount(db);
    const isProfile = subjects.includes("face");
    const isShows = subjects.includes("shows");
    if (account === undefined || (!isProfile && !isShows && blocks.length === 0)) return undefined;
    const { readReceipts, typing } = account.settings;
    return {
      userId,
      changedAt: account.changedAt,
      ...(isProfile ? { user: userOf(userId, account) } : {}),
      ...(isShows ? { shows: { read: readReceipts, typing } } : {}),
      blocks: blocks.map((other): [UserId, boolean] => [other, isBlocked(db, other)]),
    };
  }

  /** Task: the directory shows the present profile. */
  async publish(): Promise<boolean> {
    const { db, userId, directory } = this.#parts;
    const account = readAccount(db);
    if (account === undefined) return true;
    return (await directory.putProfile(userOf(userId, account), account.changedAt)).ok;
  }

  /** Task: a handle that was given up is free for others, unless it was taken back meanwhile. */
  release(handle: string): Promise<boolean> {
    const { db, userId, directory } = this.#parts;
    return this.#oneAtATime(async () => {
      if (readAccount(db)?.handle === handle) return true;
      return (await directory.releaseHandle(handle, userId)).ok;
    });
  }

  async #patchHandle(patch: MePatch, handle: string): Promise<Outcome<Me>> {
    const { env, db, directory, requests, userId, quotas } = this.#parts;
    const before = readAccount(db);
    if (before === undefined) return notFound;
    const decision = decidePatch(before, patch);
    if (!decision.ok) return decision;
    if (handle !== before.handle) {
      const refusal =
        quotas.look(db, "handleChangesPerUser") ??
        // Each claim is work for the directory, also one that fails.
        db.transact((tx) => quotas.take(tx, "profileChangesPerUser"));
      if (refusal !== undefined) return refusal;
    }
    const claimed =
      handle === before.handle ? done(userId) : await claimHandle(env, directory, handle, userId, "rename");
    return db.transact((tx) => {
      const patched = claimed.ok ? this.#commit(tx, patch) : claimed;
      // The handle may be claimed although the answer was lost or the change refused: that must not keep it from others.
      if (!patched.ok && patched.refusal.code !== "handle_taken") requests.request(tx, "releaseHandle", [handle]);
      return patched;
    });
  }

  /** Decides on the present profile: other patches may have come in while the handle was claimed. */
  #commit(tx: UserTransactor, patch: MePatch): Outcome<Me> {
    const { requests, tellings, quotas } = this.#parts;
    const before = readAccount(tx);
    if (before === undefined) return notFound;
    const decision = decidePatch(before, patch);
    if (!decision.ok) return decision;
    const { profile, isChanged, isPublicChanged, isCopyChanged } = decision.value;
    if (!isChanged) return done(this.#meOf(before));
    const refusal = quotas.take(
      tx,
      profile.handle === before.handle ? "profileChangesPerUser" : "handleChangesPerUser",
    );
    if (refusal !== undefined) return refusal;
    const after = { ...before, ...profile, changedAt: isCopyChanged ? nextStamp(tx) : before.changedAt };
    updateAccount(tx, after);
    if (isPublicChanged) requests.request(tx, "profile", [""]);
    if (after.handle !== before.handle) requests.request(tx, "releaseHandle", [before.handle]);
    const { settings } = after;
    const isShownAnew =
      settings.readReceipts !== before.settings.readReceipts || settings.typing !== before.settings.typing;
    tellings.request(tx, [...(isPublicChanged ? ["face" as const] : []), ...(isShownAnew ? ["shows" as const] : [])]);
    if (after.settings.presence !== before.settings.presence) this.#parts.presence.settingChanged(tx);
    return done(this.#meOf(after));
  }

  #meOf(account: AccountRow): Me {
    return { ...userOf(this.#parts.userId, account), settings: account.settings, createdAt: account.createdAt };
  }

  #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastNaming.then(work, work);
    this.#lastNaming = result.catch(() => undefined);
    return result;
  }
}

/** Later than every stamp before, even within a millisecond or after the clock jumped back. */
export function nextStamp(db: Reader): number {
  return Math.max(now(), (readAccount(db)?.changedAt ?? 0) + 1);
}
