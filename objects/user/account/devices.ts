/**
 * Owns the devices: which are signed in, the note of their activity, and their revocation; sessions.ts has their tokens. A revocation closes the device's sync sockets
 * here, and its live sockets through the conversations in which it opened one.
 */
import { randomBytes } from "node:crypto";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { Device, DeviceLabel, Session } from "../../../schema/http/account/accounts.ts";
import type { ConversationId, DeviceId, UserId } from "../../../schema/ids.ts";
import { limits, timeouts } from "../../../schema/limits.ts";
import type { User } from "../../../schema/wire/user.ts";
import { now } from "../../shared/platform/clock.ts";
import { deviceRow, type DeviceRow, isSignedIn, newestDeviceAt, secretIdOf } from "./signed-in/device-rows.ts";
import {
  forgetUnfamiliar,
  isNewTo,
  isUnfamiliar,
  type NewDevice,
  newDevices,
  noteUnfamiliar,
} from "./signed-in/new-devices.ts";
import type { LiveDevices } from "./signed-in/live-devices.ts";
import { Sessions } from "./signed-in/sessions.ts";
import type { PresenceCalls, PushCalls } from "../sides.ts";
import { urgencies } from "../../shared/tasks/task-list.ts";
import type { Tasks } from "../../shared/tasks/tasks.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";
import type { TaskKind, UserTasks } from "../user-tasks.ts";

export type DeviceParts = {
  db: UserDatabase;
  requests: UserTasks;
  tasks: Pick<Tasks<TaskKind>, "settle">;
  userId: UserId;
  secret: string;
  liveDevices: LiveDevices;
  presence: Pick<PresenceCalls, "deviceRevoked" | "heardAt" | "liveOpening">;
  push: Pick<PushCalls, "deviceRevoked">;
  /** In the transaction that signs a device out: what it approved is approved no more. */
  dropApprovals: (tx: UserTransactor, device: DeviceId) => void;
};

export class Devices {
  readonly #db: UserDatabase;
  readonly #requests: UserTasks;
  readonly #tasks: Pick<Tasks<TaskKind>, "settle">;
  readonly #sessions: Sessions;
  readonly #liveDevices: LiveDevices;
  readonly #presence: DeviceParts["presence"];
  readonly #push: DeviceParts["push"];
  readonly #dropApprovals: DeviceParts["dropApprovals"];

  constructor(parts: DeviceParts) {
    const { db, requests, tasks, liveDevices, presence, push, dropApprovals } = parts;
    this.#sessions = new Sessions(parts);
    this.#db = db;
    this.#requests = requests;
    this.#tasks = tasks;
    this.#liveDevices = liveDevices;
    this.#presence = presence;
    this.#push = push;
    this.#dropApprovals = dropApprovals;
  }

  isKnown(device: DeviceId): boolean {
    return isSignedIn(this.#db, device);
  }

  /** The first use of the session that a device was just given is to be noted, because its answer is kept. */
  awaitUse(tx: UserTransactor, device: DeviceId): void {
    tx.run("UPDATE devices SET used_generation = -1 WHERE device_id = ? AND generation = 0", device);
  }

  /** Whether the device is signed in and has used nothing of its first session: neither a token on a request nor the one that refreshes. */
  isUntouched(device: DeviceId): boolean {
    const row = deviceRow(this.#db, device);
    return row !== undefined && row.generation === 0 && row.used_generation < 0;
  }

  /** The id by which this account knows the device over sign-outs; undefined where the device is not signed in. */
  secretIdOf(device: DeviceId): string | undefined {
    const row = deviceRow(this.#db, device);
    return row === undefined ? undefined : secretIdOf(row);
  }

  /**
   * Signs a device in; a repeat under the same id changes nothing. If there are too many devices, the longest idle one is signed out.
   * `secretId`: the id in the device secret that it came with. A device without one is new to the others, also to those that are signed out and come back, and they show it
   * until somebody says that they know it. Only that of the sign-up is not.
   */
  open(
    tx: UserTransactor,
    id: DeviceId,
    label: DeviceLabel,
    user: User,
    { secretId, isSignUp = false }: { secretId?: string | undefined; isSignUp?: boolean } = {},
  ): void {
    if (deviceRow(tx, id) !== undefined) return;
    const others = tx.all<{ device_id: DeviceId }>(
      "SELECT device_id FROM devices ORDER BY last_active_at DESC, device_id",
    );
    for (const { device_id } of others.slice(limits.devicesMax - 1)) this.#revoke(tx, device_id);
    const isKnown = secretId !== undefined && !isUnfamiliar(tx, secretId);
    const isNew = !isSignUp && !isKnown;
    const at = now();
    tx.run(
      "INSERT INTO devices (device_id, name, platform, created_at, last_active_at, seed, generation, answered_at, answered_user, secret_id, is_new) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)",
      id,
      label.name,
      label.platform,
      // Behind every other, also where the clock stands still or is set back: to those before it the device is new.
      Math.max(at, newestDeviceAt(tx) + 1),
      at,
      randomBytes(32).toString("base64url"),
      at,
      JSON.stringify(user),
      secretId ?? null,
      isNew ? 1 : 0,
    );
    if (isNew) tx.afterCommit({ do: "show new devices" });
  }

  /** The new devices that this one is to show. */
  newTo(device: DeviceId): NewDevice[] {
    return newDevices(this.#db, device);
  }

  /** The user knows a new device, as one that was there before it says. */
  see(by: DeviceId, device: DeviceId): Outcome<null> {
    if (deviceRow(this.#db, device) === undefined) return notFound;
    if (!isNewTo(this.#db, by, device)) return done(null);
    this.#db.transact((tx) => {
      tx.run("UPDATE devices SET is_new = 0 WHERE device_id = ?", device);
      forgetUnfamiliar(tx, this.secretIdOf(device) ?? "");
      tx.afterCommit({ do: "show new devices" });
    });
    return done(null);
  }

  /** The newest session of a device: the same bytes until it is rotated. */
  session(id: DeviceId): Outcome<Session> {
    const session = this.#sessions.of(id);
    return session === undefined ? signedOut : done(session);
  }

  /** New tokens for a refresh token. Errors: `unauthenticated`; a device whose token was used by two is signed out. */
  async refresh(text: string, user: User | undefined): Promise<Outcome<Session>> {
    const refreshed = this.#sessions.refresh(text, user);
    if (refreshed.is === "session") return done(refreshed.session);
    if (refreshed.is === "stolen") await this.signOut(refreshed.device);
    return signedOut;
  }

  /**
   * Whether the device is signed in. Notes the first use of a generation before it answers: from then on a use of the refresh token before
   * it can only be a thief's. Notes the conversation before the device opens a live socket there, so that no revocation misses the socket.
   * `full`: the device has too many such conversations.
   */
  admit(device: DeviceId, live: ConversationId | undefined, generation = 0): boolean | "full" {
    const row = deviceRow(this.#db, device);
    if (row === undefined) return false;
    const at = now();
    const isFirstUse = generation === row.generation && row.used_generation < generation;
    const isTouchDue = isFirstUse || at - row.last_active_at >= timeouts.deviceTouchMs;
    const liveDue = live === undefined ? "nothing" : this.#liveDevices.due(device, live, at);
    if (isTouchDue || liveDue !== "nothing") {
      this.#db.transact((tx) => {
        if (isTouchDue) {
          tx.run(
            "UPDATE devices SET last_active_at = ?, used_generation = ? WHERE device_id = ?",
            at,
            isFirstUse ? generation : row.used_generation,
            device,
          );
        }
        if (live !== undefined && liveDue === "note") this.#liveDevices.note(tx, device, live, at);
        // There is room when conversations say that their sockets have ended.
        if (liveDue === "full") this.#liveDevices.review(tx, device);
      });
    }
    if (liveDue === "full") return "full";
    if (live !== undefined) this.#presence.liveOpening(device, live);
    return true;
  }

  list(current: DeviceId): Device[] {
    const rows = this.#db.all<DeviceRow>("SELECT * FROM devices ORDER BY created_at, device_id");
    const fresh = new Set(this.newTo(current).map(({ id }) => id));
    return rows.map((row) => ({
      id: row.device_id,
      name: row.name,
      platform: row.platform,
      createdAt: row.created_at,
      lastActiveAt: Math.max(row.last_active_at, this.#presence.heardAt(row.device_id) ?? 0),
      current: row.device_id === current,
      isNew: fresh.has(row.device_id),
    }));
  }

  /** When this answers, the device's tokens are refused and its sync sockets are closed. Live sockets close as fast as their conversations can be reached. */
  async signOut(device: DeviceId): Promise<Outcome<null>> {
    const wasKnown = this.#db.transact((tx) => this.#revoke(tx, device));
    if (!wasKnown) return notFound;
    await this.#tasks.settle();
    return done(null);
  }

  /** Signs out every device but this one. */
  revokeOthers(tx: UserTransactor, kept: DeviceId): void {
    const others = tx.all<{ device_id: DeviceId }>("SELECT device_id FROM devices WHERE device_id <> ?", kept);
    for (const { device_id } of others) this.#revoke(tx, device_id);
  }

  revokeAll(tx: UserTransactor): void {
    for (const { device_id } of tx.all<{ device_id: DeviceId }>("SELECT device_id FROM devices"))
      this.#revoke(tx, device_id);
  }

  /** False where there is no such device. Its sockets are closed after the commit, so that a rollback closes none. */
  #revoke(tx: UserTransactor, device: DeviceId): boolean {
    const row = deviceRow(tx, device);
    if (row === undefined) return false;
    this.#dropApprovals(tx, device);
    if (row.is_new === 1) noteUnfamiliar(tx, secretIdOf(row), now());
    const subjects = this.#liveDevices.take(tx, device).map((conversation) => `${device} ${conversation}`);
    tx.run("DELETE FROM devices WHERE device_id = ?", device);
    this.#requests.request(tx, "deviceRevoked", subjects, urgencies.now);
    this.#presence.deviceRevoked(tx, device);
    this.#push.deviceRevoked(tx, device);
    tx.afterCommit({ do: "end device", device });
    if (row.is_new === 1) tx.afterCommit({ do: "show new devices" });
    return true;
  }
}

const signedOut = refuse("unauthenticated", "this session is over; sign in again");
