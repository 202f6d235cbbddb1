/**
 * Owns the devices: signing one in, its session and the rotation of its tokens, touching it when it is active, and revoking it, which
 * reaches its sync sockets here and its live sockets through the conversations where it opened one.
 */
import { randomBytes } from "node:crypto";
import { decideRefresh } from "../../core/refresh.ts";
import { done, notFound, type Outcome, refuse } from "../../schema/errors.ts";
import type { Device, DeviceFace, Session } from "../../schema/http/accounts.ts";
import type { ConversationId, DeviceId, UserId } from "../../schema/ids.ts";
import { limits, timeouts } from "../../schema/limits.ts";
import type { User } from "../../schema/wire/user.ts";
import { now } from "../shared/clock.ts";
import type { Database, Reader, Transactor } from "../shared/database.ts";
import { isRefreshToken, readRefreshToken, refreshTokenOf, signAccessToken } from "./tokens.ts";
import type { PresenceCalls } from "./sides.ts";
import { type Tasks, urgencies } from "./tasks.ts";

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
};

export type DeviceParts = {
  db: Database;
  tasks: Tasks;
  userId: UserId;
  secret: string;
  closeDevice: (device: DeviceId) => void;
  presence: () => Pick<PresenceCalls, "deviceRevoked" | "heardAt" | "liveOpening">;
};

export class Devices {
  readonly #db: Database;
  readonly #tasks: Tasks;
  readonly #userId: UserId;
  readonly #secret: string;
  readonly #closeDevice: (device: DeviceId) => void;
  readonly #presence: DeviceParts["presence"];

  constructor({ db, tasks, userId, secret, closeDevice, presence }: DeviceParts) {
    this.#db = db;
    this.#tasks = tasks;
    this.#userId = userId;
    this.#secret = secret;
    this.#closeDevice = closeDevice;
    this.#presence = presence;
  }

  isKnown(device: DeviceId): boolean {
    return this.#db.first("SELECT 1 FROM devices WHERE device_id = ?", device) !== undefined;
  }

  /** Signs a device in, once: again under the same id it is the one that is there. Beyond the limit the longest idle one goes. */
  open(tx: Transactor, id: DeviceId, face: DeviceFace, user: User): void {
    if (rowOf(tx, id) !== undefined) return;
    const others = tx.all<{ device_id: DeviceId }>(
      "SELECT device_id FROM devices ORDER BY last_active_at DESC, device_id",
    );
    for (const { device_id } of others.slice(limits.devicesMax - 1)) this.revoke(tx, device_id);
    const at = now();
    tx.run(
      "INSERT INTO devices (device_id, name, platform, created_at, last_active_at, seed, generation, answered_at, answered_user) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
      id,
      face.name,
      face.platform,
      at,
      at,
      randomBytes(32).toString("base64url"),
      at,
      JSON.stringify(user),
    );
  }

  /** The newest session of a device: the same bytes until it is rotated. */
  async session(id: DeviceId): Promise<Outcome<Session>> {
    const row = rowOf(this.#db, id);
    return row === undefined ? signedOut : done(await this.#sessionOf(row));
  }

  async refresh(text: string, user: User | undefined): Promise<Outcome<Session>> {
    const token = readRefreshToken(text);
    const row = token === null ? undefined : rowOf(this.#db, token.deviceId);
    if (token === null || row === undefined || user === undefined) return signedOut;
    const decision = decideRefresh({
      isAuthentic: token.userId === this.#userId && isRefreshToken(this.#secret, token, row.seed),
      given: token.generation,
      present: row.generation,
      rotatedAt: row.answered_at,
      now: now(),
    });
    switch (decision) {
      case "refuse":
        return signedOut;
      case "revoke":
        await this.signOut(token.deviceId);
        return signedOut;
      case "repeat":
        return done(await this.#sessionOf(row));
      case "rotate":
        return done(await this.#sessionOf(this.#rotate(row, user)));
    }
  }

  /** Whether the device is signed in. Remembers where it opens a live socket before it does, so that no revocation misses it. */
  admit(device: DeviceId, live: ConversationId | undefined): boolean {
    const row = rowOf(this.#db, device);
    if (row === undefined) return false;
    if (live !== undefined) this.#presence().liveOpening(device, live);
    const at = now();
    const isTouchDue = at - row.last_active_at >= timeouts.deviceTouchMs;
    const isLiveDue = live !== undefined && at - (this.#openedAt(device, live) ?? 0) >= timeouts.liveDeviceTouchMs;
    if (!isTouchDue && !isLiveDue) return true;
    this.#db.transact((tx) => {
      if (isTouchDue) tx.run("UPDATE devices SET last_active_at = ? WHERE device_id = ?", at, device);
      if (live !== undefined && isLiveDue) {
        tx.run(
          "INSERT OR REPLACE INTO live_devices (device_id, conversation_id, opened_at) VALUES (?, ?, ?)",
          device,
          live,
          at,
        );
      }
    });
    return true;
  }

  list(current: DeviceId): Device[] {
    const rows = this.#db.all<DeviceRow>("SELECT * FROM devices ORDER BY created_at, device_id");
    return rows.map((row) => ({
      id: row.device_id,
      name: row.name,
      platform: row.platform,
      createdAt: row.created_at,
      lastActiveAt: Math.max(row.last_active_at, this.#presence().heardAt(row.device_id) ?? 0),
      current: row.device_id === current,
    }));
  }

  /** In force when it answers: tokens at once, sync sockets at once, live sockets as fast as their conversations can be reached. */
  async signOut(device: DeviceId): Promise<Outcome<null>> {
    const wasKnown = this.#db.transact((tx) => this.revoke(tx, device));
    if (!wasKnown) return notFound;
    await this.#tasks.settle();
    return done(null);
  }

  /** Signs out every device but this one. */
  revokeOthers(tx: Transactor, kept: DeviceId): void {
    const others = tx.all<{ device_id: DeviceId }>("SELECT device_id FROM devices WHERE device_id <> ?", kept);
    for (const { device_id } of others) this.revoke(tx, device_id);
  }

  /** False where there is no such device. Closing sockets inside the transaction is safe: the frame waits for the write. */
  revoke(tx: Transactor, device: DeviceId): boolean {
    if (rowOf(tx, device) === undefined) return false;
    const live = tx.all<{ conversation_id: string }>(
      "SELECT conversation_id FROM live_devices WHERE device_id = ? ORDER BY opened_at DESC",
      device,
    );
    tx.run("DELETE FROM devices WHERE device_id = ?", device);
    tx.run("DELETE FROM live_devices WHERE device_id = ?", device);
    const subjects = live.map((row) => `${device} ${row.conversation_id}`);
    this.#tasks.request(tx, "deviceRevoked", subjects, urgencies.now);
    this.#presence().deviceRevoked(tx, device);
    this.#closeDevice(device);
    return true;
  }

  #openedAt(device: DeviceId, live: ConversationId): number | undefined {
    return this.#db.first<{ opened_at: number }>(
      "SELECT opened_at FROM live_devices WHERE device_id = ? AND conversation_id = ?",
      device,
      live,
    )?.opened_at;
  }

  #rotate(row: DeviceRow, user: User): DeviceRow {
    const at = now();
    const rotated = { ...row, generation: row.generation + 1, answered_at: at, answered_user: JSON.stringify(user) };
    this.#db.transact((tx) => {
      tx.run(
        "UPDATE devices SET generation = ?, answered_at = ?, answered_user = ?, last_active_at = ? WHERE device_id = ?",
        rotated.generation,
        rotated.answered_at,
        rotated.answered_user,
        at,
        row.device_id,
      );
    });
    return rotated;
  }

  async #sessionOf(row: DeviceRow): Promise<Session> {
    const device = { userId: this.#userId, deviceId: row.device_id, seed: row.seed };
    const access = await signAccessToken(this.#secret, device, row.answered_at);
    return {
      user: JSON.parse(row.answered_user) as User,
      device: { id: row.device_id, name: row.name, platform: row.platform },
      accessToken: access.token,
      accessTokenExpiresAt: access.expiresAt,
      refreshToken: refreshTokenOf(this.#secret, device, row.generation),
    };
  }
}

const signedOut = refuse("unauthenticated", "This session is over; sign in again");

function rowOf(db: Reader, device: DeviceId): DeviceRow | undefined {
  return db.first<DeviceRow>("SELECT * FROM devices WHERE device_id = ?", device);
}
