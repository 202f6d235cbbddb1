/**
 * Owns the profile: name, bio, handle, settings, and what others keep a copy of. A change is committed here first; the directory and
 * the conversations are told by tasks. Handles are changed one at a time, for the claim lies outside this object.
 */
import { decidePatch } from "../../core/profile.ts";
import { done, notFound, type Outcome } from "../../schema/errors.ts";
import type { Me, MePatch } from "../../schema/http/me.ts";
import type { ConversationId, UserId } from "../../schema/ids.ts";
import { now } from "../shared/clock.ts";
import type { Database, Reader, Transactor } from "../shared/database.ts";
import type { Directory } from "../shared/directory.ts";
import type { Env } from "../shared/env.ts";
import { claimHandle } from "../shared/handles.ts";
import { type AccountRow, blockedIds, faceOf, readAccount, updateAccount } from "./account-store.ts";
import type { Person } from "./contract.ts";
import type { PresenceCalls } from "./sides.ts";
import { type Tasks, urgencies } from "./tasks.ts";

export type ProfileParts = {
  env: Env;
  db: Database;
  tasks: Tasks;
  userId: UserId;
  directory: Directory;
  conversationIds: () => ConversationId[];
  presence: () => Pick<PresenceCalls, "settingChanged">;
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
    if (patched.ok) await this.#parts.tasks.settle();
    return patched;
  }

  holdsHandle(handle: string): "held" | "free" | "no account" {
    const account = readAccount(this.#parts.db);
    if (account === undefined) return "no account";
    return account.handle === handle ? "held" : "free";
  }

  /** What conversations keep of this user; undefined where there is no account. */
  person(): Person | undefined {
    const { db, userId } = this.#parts;
    const account = readAccount(db);
    if (account === undefined) return undefined;
    return {
      user: faceOf(userId, account),
      showsRead: account.settings.readReceipts,
      showsTyping: account.settings.typing,
      blocks: blockedIds(db),
      changedAt: account.changedAt,
    };
  }

  /** Asks that every conversation be told; those named go first. */
  tellConversations(tx: Transactor, first: readonly ConversationId[] = []): void {
    const { tasks, conversationIds } = this.#parts;
    const all = new Set(conversationIds());
    tasks.request(
      tx,
      "personChanged",
      first.filter((id) => all.has(id)),
      urgencies.soon,
    );
    for (const id of first) all.delete(id);
    tasks.request(tx, "personChanged", [...all], urgencies.later);
  }

  /** Task: the directory shows the present profile. */
  async publish(): Promise<boolean> {
    const { db, userId, directory } = this.#parts;
    const account = readAccount(db);
    if (account === undefined) return true;
    return (await directory.putProfile(faceOf(userId, account), account.changedAt)).ok;
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
    const { env, db, directory, tasks, userId } = this.#parts;
    const before = readAccount(db);
    if (before === undefined) return notFound;
    const decision = decidePatch(before, patch);
    if (!decision.ok) return decision;
    const claimed =
      handle === before.handle ? done(userId) : await claimHandle(env, directory, handle, userId, "rename");
    return db.transact((tx) => {
      const patched = claimed.ok ? this.#commit(tx, patch) : claimed;
      // A claim whose answer was lost, or that came to nothing, must not keep the handle from others.
      if (!patched.ok && patched.refusal.code !== "handle_taken") tasks.request(tx, "releaseHandle", [handle]);
      return patched;
    });
  }

  /** Decides on what is there now: other patches may have come in while the handle was claimed. */
  #commit(tx: Transactor, patch: MePatch): Outcome<Me> {
    const { tasks } = this.#parts;
    const before = readAccount(tx);
    if (before === undefined) return notFound;
    const decision = decidePatch(before, patch);
    if (!decision.ok) return decision;
    const { profile, isChanged, isFaceChanged, isHeard } = decision.value;
    if (!isChanged) return done(this.#meOf(before));
    const after = { ...before, ...profile, changedAt: isHeard ? nextStamp(tx) : before.changedAt };
    updateAccount(tx, after);
    if (isFaceChanged) tasks.request(tx, "profile", [""]);
    if (after.handle !== before.handle) tasks.request(tx, "releaseHandle", [before.handle]);
    if (isHeard) this.tellConversations(tx);
    if (after.settings.presence !== before.settings.presence) this.#parts.presence().settingChanged(tx);
    return done(this.#meOf(after));
  }

  #meOf(account: AccountRow): Me {
    return { ...faceOf(this.#parts.userId, account), settings: account.settings, createdAt: account.createdAt };
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
