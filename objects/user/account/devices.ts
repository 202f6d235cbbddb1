/**
 * Owns the devices: sign-in, session, rotation of tokens, the note of activity, and revocation. A revocation closes the device's sync sockets
 * here, and its live sockets through the conversations in which it opened one.
 */
import { randomBytes } from "node:crypto";
import { decideRefresh } from "../../../core/account/refresh.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { Device, DeviceLabel, Session } from "../../../schema/http/account/accounts.ts";
import type { ConversationId, DeviceId, TimeMs, UserId } from "../../../schema/ids.ts";
import { limits, timeouts } from "../../../schema/limits.ts";
import type { User } from "../../../schema/wire/user.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Reader } from "../../shared/platform/database.ts";
import {
  forgetUnfamiliar,
  isNewTo,
  isUnfamiliar,
  type NewDevice,
  newDevices,
  noteUnfamiliar,
} from "./signed-in/new-devices.ts";
import { openAnswer, sealAnswer } from "./kept-answer.ts";
import type { LiveDevices } from "./signed-in/live-devices.ts";
import type { PresenceCalls, PushCalls } from "../sides.ts";
import { deviceSecretOf, isRefreshToken, readRefreshToken, refreshTokenOf, signAccessToken } from "./tokens.ts";
import { urgencies } from "../../shared/tasks/task-list.ts";
import type { Tasks } from "../../shared/tasks/tasks.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";
import type { TaskKind, UserTasks } from "../user-tasks.ts";

type DeviceRow = {
  device_id: DeviceId;
  name: string;
  platform: string;
  created_at: number;
  last_active_at: number;
  /** 256 random bits; with TOKEN_SECRET and a generation they make a refresh token, alone they make none. */
  seed: string;
  generation: number;
  /** When the newest tokens were handed out, and the user as the answer then showed them. */
  answered_at: number;
  answered_user: string;
  /** The newest answer to a refresh, readable only with the token that asked for it; null before the first refresh. */
  answer: string | null;
  /** The newest generation of which something was used. */
  used_generation: number;
  /** The id in the device secret, if the device came with one; else the device's own. */
  secret_id: string | null;
  /** 1: nobody has said yet that they know the device. */
  is_new: number;
};

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
  readonly #userId: UserId;
  readonly #secret: string;
  readonly #liveDevices: LiveDevices;
  readonly #presence: DeviceParts["presence"];
  readonly #push: DeviceParts["push"];
  readonly #dropApprovals: DeviceParts["dropApprovals"];

  constructor({ db, requests, tasks, userId, secret, liveDevices, presence, push, dropApprovals }: DeviceParts) {
    this.#db = db;
    this.#requests = requests;
    this.#tasks = tasks;
    this.#userId = userId;
    this.#secret = secret;
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
    const row = rowOf(this.#db, device);
    return row !== undefined && row.generation === 0 && row.used_generation < 0;
  }

  /** The id by which this account knows the device over sign-outs; undefined where the device is not signed in. */
  secretIdOf(device: DeviceId): string | undefined {
    const row = rowOf(this.#db, device);
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
    if (rowOf(tx, id) !== undefined) return;
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
      Math.max(at, newest(tx) + 1),
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
    if (rowOf(this.#db, device) === undefined) return notFound;
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
    const row = rowOf(this.#db, id);
    return row === undefined ? signedOut : done(this.#sessionOf(row));
  }

  async refresh(text: string, user: User | undefined): Promise<Outcome<Session>> {
    const token = readRefreshToken(text);
    const row = token === null ? undefined : rowOf(this.#db, token.deviceId);
    if (token === null || row === undefined || user === undefined) return signedOut;
    const kept = keptAnswer(row, token.generation, text);
    const decision = decideRefresh({
      // A token that opens the kept answer is the one that asked for it, even if TOKEN_SECRET has changed since.
      isAuthentic: token.userId === this.#userId && (kept !== null || isRefreshToken(this.#secret, token, row.seed)),
      given: token.generation,
      present: row.generation,
      rotatedAt: row.answered_at,
      isUsed: row.used_generation >= row.generation,
      now: now(),
    });
    switch (decision) {
      case "refuse":
        return signedOut;
      case "revoke":
        await this.signOut(token.deviceId);
        return signedOut;
      case "repeat":
        return done(kept ?? this.#sessionOf(row));
      case "rotate":
        return done(this.#rotate(row, user, text));
    }
  }

  /**
   * Whether the device is signed in. Notes the first use of a generation before it answers: from then on a use of the refresh token before
   * it can only be a thief's. Notes the conversation before the device opens a live socket there, so that no revocation misses the socket.
   * `full`: the device has too many such conversations.
   */
  admit(device: DeviceId, live: ConversationId | undefined, generation = 0): boolean | "full" {
    const row = rowOf(this.#db, device);
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
    const row = rowOf(tx, device);
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

  /** Makes the answer and stores it without an await: of two refreshes at the same moment the second finds the answer of the first. */
  #rotate(row: DeviceRow, user: User, by: string): Session {
    const at = Math.max(now(), row.answered_at);
    const rotated = { ...row, generation: row.generation + 1, answered_at: at, answered_user: JSON.stringify(user) };
    const session = this.#sessionOf(rotated);
    this.#db.transact((tx) => {
      tx.run(
        "UPDATE devices SET generation = ?, answered_at = ?, answered_user = ?, answer = ?, last_active_at = ? WHERE device_id = ?",
        rotated.generation,
        rotated.answered_at,
        rotated.answered_user,
        sealAnswer(by, JSON.stringify(session)),
        at,
        row.device_id,
      );
      this.#liveDevices.review(tx, row.device_id, timeouts.liveDeviceAskMs);
    });
    return session;
  }

  #sessionOf(row: DeviceRow): Session {
    const { generation } = row;
    const device = { userId: this.#userId, deviceId: row.device_id, seed: row.seed, generation };
    const access = signAccessToken(this.#secret, device, row.answered_at);
    return {
      user: JSON.parse(row.answered_user) as User,
      device: { id: row.device_id, name: row.name, platform: row.platform },
      accessToken: access.token,
      accessTokenExpiresAt: access.expiresAt,
      refreshToken: refreshTokenOf(this.#secret, device, generation),
      deviceSecret: deviceSecretOf(this.#secret, this.#userId, secretIdOf(row)),
    };
  }
}

const signedOut = refuse("unauthenticated", "this session is over; sign in again");

export function isSignedIn(db: Reader, device: DeviceId): boolean {
  return db.first("SELECT 1 FROM devices WHERE device_id = ?", device) !== undefined;
}

function rowOf(db: Reader, device: DeviceId): DeviceRow | undefined {
  return db.first<DeviceRow>("SELECT * FROM devices WHERE device_id = ?", device);
}

function newest(db: Reader): TimeMs {
  return db.first<{ at: number | null }>("SELECT MAX(created_at) AS at FROM devices")?.at ?? 0;
}

function secretIdOf(row: DeviceRow): string {
  return row.secret_id ?? row.device_id;
}

/** The kept answer, where `token` is the one that asked for it; else null. */
function keptAnswer(row: DeviceRow, generation: number, token: string): Session | null {
  if (row.answer === null || generation !== row.generation - 1) return null;
  const text = openAnswer(token, row.answer);
  return text === null ? null : (JSON.parse(text) as Session);
}
