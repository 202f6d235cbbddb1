/** Owns the sessions of devices: the tokens of a device's newest session, their rotation by a refresh, and the answer that is kept for a repeat. */
import { decideRefresh } from "../../../../core/account/refresh.ts";
import type { Session } from "../../../../schema/http/account/accounts.ts";
import type { DeviceId, UserId } from "../../../../schema/ids.ts";
import { timeouts } from "../../../../schema/limits.ts";
import type { User } from "../../../../schema/wire/user.ts";
import { now } from "../../../shared/platform/clock.ts";
import type { UserDatabase } from "../../effects.ts";
import { openAnswer, sealAnswer } from "../kept-answer.ts";
import { deviceSecretOf, isRefreshToken, readRefreshToken, refreshTokenOf, signAccessToken } from "../tokens.ts";
import { deviceRow, type DeviceRow, secretIdOf } from "./device-rows.ts";
import type { LiveDevices } from "./live-devices.ts";

export type SessionParts = {
  db: UserDatabase;
  userId: UserId;
  secret: string;
  liveDevices: Pick<LiveDevices, "review">;
};

/** `over`: the tokens are of no session any more. `stolen`: they were used by two, so the device is to be signed out. */
export type Refreshed = { is: "session"; session: Session } | { is: "over" } | { is: "stolen"; device: DeviceId };

export class Sessions {
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** The newest session of a device: the same bytes until it is rotated. Undefined where the device is not signed in. */
  of(device: DeviceId): Session | undefined {
    const row = deviceRow(this.#parts.db, device);
    return row === undefined ? undefined : this.#sessionOf(row);
  }

  /** What a refresh token gets: new tokens, or those again that an earlier refresh with it got. */
  refresh(text: string, user: User | undefined): Refreshed {
    const { db, userId, secret } = this.#parts;
    const token = readRefreshToken(text);
    const row = token === null ? undefined : deviceRow(db, token.deviceId);
    if (token === null || row === undefined || user === undefined) return { is: "over" };
    const kept = keptAnswer(row, token.generation, text);
    const decision = decideRefresh({
      // A token that opens the kept answer is the one that asked for it, even if TOKEN_SECRET has changed since.
      isAuthentic: token.userId === userId && (kept !== null || isRefreshToken(secret, token, row.seed)),
      given: token.generation,
      present: row.generation,
      rotatedAt: row.answered_at,
      isUsed: row.used_generation >= row.generation,
      now: now(),
    });
    switch (decision) {
      case "refuse":
        return { is: "over" };
      case "revoke":
        return { is: "stolen", device: token.deviceId };
      case "repeat":
        return { is: "session", session: kept ?? this.#sessionOf(row) };
      case "rotate":
        return { is: "session", session: this.#rotate(row, user, text) };
    }
  }

  /** Makes the answer and stores it without an await: of two refreshes at the same moment the second finds the answer of the first. */
  #rotate(row: DeviceRow, user: User, by: string): Session {
    const at = Math.max(now(), row.answered_at);
    const rotated = { ...row, generation: row.generation + 1, answered_at: at, answered_user: JSON.stringify(user) };
    const session = this.#sessionOf(rotated);
    this.#parts.db.transact((tx) => {
      tx.run(
        "UPDATE devices SET generation = ?, answered_at = ?, answered_user = ?, answer = ?, last_active_at = ? WHERE device_id = ?",
        rotated.generation,
        rotated.answered_at,
        rotated.answered_user,
        sealAnswer(by, JSON.stringify(session)),
        at,
        row.device_id,
      );
      this.#parts.liveDevices.review(tx, row.device_id, timeouts.liveDeviceAskMs);
    });
    return session;
  }

  #sessionOf(row: DeviceRow): Session {
    const { userId, secret } = this.#parts;
    const { generation } = row;
    const device = { userId, deviceId: row.device_id, seed: row.seed, generation };
    const access = signAccessToken(secret, device, row.answered_at);
    return {
      user: JSON.parse(row.answered_user) as User,
      device: { id: row.device_id, name: row.name, platform: row.platform },
      accessToken: access.token,
      accessTokenExpiresAt: access.expiresAt,
      refreshToken: refreshTokenOf(secret, device, generation),
      deviceSecret: deviceSecretOf(secret, userId, secretIdOf(row)),
    };
  }
}

/** The kept answer, where `token` is the one that asked for it; else null. */
function keptAnswer(row: DeviceRow, generation: number, token: string): Session | null {
  if (row.answer === null || generation !== row.generation - 1) return null;
  const text = openAnswer(token, row.answer);
  return text === null ? null : (JSON.parse(text) as Session);
}
