/**
 * Owns changes of the profile: name, bio, handle, picture, settings. A change is committed here first. Tasks report it to the directory and the conversations
 * afterwards. Handles are changed one at a time, because the claim of a handle lies outside this object.
 */
import { decidePatch } from "../../../core/account/profile.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { Me, MePatch } from "../../../schema/http/account/me.ts";
import type { UserId } from "../../../schema/ids.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Reader } from "../../shared/platform/database.ts";
import type { Directory } from "../../shared/identity/directory.ts";
import type { Env } from "../../shared/platform/env.ts";
import type { OneAtATime } from "../../shared/platform/one-at-a-time.ts";
import { claimHandle } from "../../shared/identity/handles.ts";
import { type AccountRow, readAccount, updateAccount, userOf } from "./account-store.ts";
import type { PresenceCalls } from "../sides.ts";
import type { Quotas } from "../meters/quotas.ts";
import type { Tasks } from "../../shared/tasks/tasks.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";
import type { TaskKind, UserTasks } from "../user-tasks.ts";
import type { Avatar } from "../../contract/uploads.ts";
import type { UserUploads } from "../uploads/user-uploads.ts";
import type { Erased } from "./erased.ts";
import type { MemberChanges } from "../member-changes.ts";

export type ProfileParts = {
  env: Env;
  db: UserDatabase;
  requests: UserTasks;
  tasks: Pick<Tasks<TaskKind>, "settle" | "isPending">;
  userId: UserId;
  directory: Directory;
  /** Handles are claimed and given up one after the other. */
  naming: OneAtATime;
  quotas: Quotas;
  memberChanges: MemberChanges;
  presence: Pick<PresenceCalls, "settingChanged">;
  erased: Erased;
  uploads: Pick<UserUploads, "show" | "hide">;
};

const tooLate = refuse("conflict", "avatar: the picture took too long; set it again");

export class Profile {
  readonly #parts: ProfileParts;

  constructor(parts: ProfileParts) {
    this.#parts = parts;
  }

  me(): Outcome<Me> {
    const account = readAccount(this.#parts.db);
    return account === undefined ? notFound : done(this.#meOf(account));
  }

  /** All of the patch or none of it. Answers when it can be seen by others, or soon after. */
  async patch(patch: MePatch, avatar?: Avatar): Promise<Outcome<Me>> {
    const { handle } = patch;
    const patched =
      handle === undefined
        ? this.#parts.db.transact((tx) => this.#commit(tx, patch, avatar))
        : await this.#parts.naming.run(() => this.#patchHandle(patch, handle, avatar));
    const { tasks, memberChanges } = this.#parts;
    if (!patched.ok) return patched;
    await Promise.all([tasks.settle(), memberChanges.settle()]);
    // Whoever brings many people into a group asks the directory. Strangers are kept out when it says so.
    const isClosing = patch.settings?.reach !== undefined && patched.value.settings.reach !== "everyone";
    return isClosing && tasks.isPending("profile") ? unreported : patched;
  }

  holdsHandle(handle: string): "held" | "free" | "no account" {
    const account = readAccount(this.#parts.db);
    // Nobody may sign up under this id again, so a claim that still names it is free.
    if (account === undefined) return this.#parts.erased.is ? "free" : "no account";
    return account.handle === handle ? "held" : "free";
  }

  async #patchHandle(patch: MePatch, handle: string, avatar: Avatar | undefined): Promise<Outcome<Me>> {
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
      const patched = claimed.ok ? this.#commit(tx, patch, avatar) : claimed;
      // The handle may be claimed although the answer was lost or the change refused: that must not keep it from others.
      if (!patched.ok && patched.refusal.code !== "handle_taken") requests.request(tx, "releaseHandle", [handle]);
      return patched;
    });
  }

  /** Decides on the present profile: other patches may have come in while the handle was claimed. */
  #commit(tx: UserTransactor, patch: MePatch, made: Avatar | undefined): Outcome<Me> {
    const { requests, tasks, memberChanges, quotas, uploads } = this.#parts;
    const before = readAccount(tx);
    if (before === undefined) return notFound;
    const avatar = avatarAfter(before.avatar, patch.avatar, made);
    const isPictureNew = avatar?.key !== before.avatar?.key;
    const decision = decidePatch(before, patch, { isPictureNew });
    if (!decision.ok) return decision;
    const { profile, isChanged, isPublicChanged, isCopyChanged } = decision.value;
    if (!isChanged) {
      if (patch.settings?.reach !== undefined && tasks.isPending("profile")) requests.request(tx, "profile", [""]);
      return done(this.#meOf(before));
    }
    const refusal = quotas.take(
      tx,
      profile.handle === before.handle ? "profileChangesPerUser" : "handleChangesPerUser",
    );
    if (refusal !== undefined) return refusal;
    if (isPictureNew && avatar !== null && !uploads.show(tx, avatar)) return tooLate;
    if (isPictureNew) uploads.hide(tx, before.avatar);
    const isReachChanged = profile.settings.reach !== before.settings.reach;
    const isNewer = isCopyChanged || isReachChanged;
    const after = { ...before, ...profile, avatar, changedAt: isNewer ? nextStamp(tx) : before.changedAt };
    updateAccount(tx, after);
    if (isPublicChanged || isReachChanged) requests.request(tx, "profile", [""]);
    if (after.handle !== before.handle) requests.request(tx, "releaseHandle", [before.handle]);
    const { settings } = after;
    const isShownAnew =
      settings.readReceipts !== before.settings.readReceipts || settings.typing !== before.settings.typing;
    memberChanges.request(tx, [
      ...(isPublicChanged ? ["face" as const] : []),
      ...(isShownAnew ? ["shows" as const] : []),
    ]);
    if (after.settings.presence !== before.settings.presence) this.#parts.presence.settingChanged(tx);
    return done(this.#meOf(after));
  }

  #meOf(account: AccountRow): Me {
    return { ...userOf(this.#parts.userId, account), settings: account.settings, createdAt: account.createdAt };
  }
}

/** The picture after a patch. `made`: what the gateway has made of the upload that the patch names, unless the present picture was made of it. */
function avatarAfter(present: Avatar | null, patch: MePatch["avatar"], made: Avatar | undefined): Avatar | null {
  if (patch === undefined) return present;
  if (patch === null) return null;
  return made?.from === patch ? made : present;
}

/** The change is made here, and the directory does not have it yet. A repeat of the call changes nothing and tries again. */
export const unreported = refuse("unavailable", "the directory is busy or restarting", 1_000);

/** Later than every stamp before, even within a millisecond or after the clock jumped back. */
export function nextStamp(db: Reader): number {
  return Math.max(now(), (readAccount(db)?.changedAt ?? 0) + 1);
}
