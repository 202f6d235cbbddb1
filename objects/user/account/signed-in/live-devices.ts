/**
 * Owns in which conversations each device may have live sockets. A row is written before a socket opens, so that a revocation reaches the
 * socket, however long it lives. A row is deleted only when its conversation says that it has no socket of the device. The conversations of the
 * oldest rows are asked when a device has many rows or very old ones, and never while the upgrade that a row was written for may be under way.
 */
import {
  conversationId as conversationIdShape,
  type ConversationId,
  type DeviceId,
  type UserId,
} from "../../../../schema/ids.ts";
import { batches, limits, timeouts } from "../../../../schema/limits.ts";
import { call, conversationStub } from "../../../shared/platform/calls.ts";
import { now } from "../../../shared/platform/clock.ts";
import type { Reader, Transactor } from "../../../shared/platform/database.ts";
import type { Env } from "../../../shared/platform/env.ts";
import { inParallel } from "../../../shared/platform/in-parallel.ts";
import { urgencies } from "../../../shared/tasks/task-list.ts";
import type { UserDatabase, UserTransactor } from "../../effects.ts";
import type { UserTasks } from "../../user-tasks.ts";

export type LiveDevicesParts = { env: Env; db: UserDatabase; requests: UserTasks; userId: UserId };

type Row = { conversation_id: ConversationId; opened_at: number };

/** An upgrade that was admitted longer ago has opened its socket by now, or has failed. A row is written anew only after `liveDeviceTouchMs`, so it may be that much younger. */
const settledMs = timeouts.liveDeviceTouchMs + timeouts.revokedDeviceMs;

export class LiveDevices {
  readonly #parts: LiveDevicesParts;

  constructor(parts: LiveDevicesParts) {
    this.#parts = parts;
  }

  /** Before the device opens a live socket there: whether a row must be written, or whether it has too many. */
  due(device: DeviceId, live: ConversationId, at: number): "nothing" | "note" | "full" {
    const { db } = this.#parts;
    const row = db.first<{ opened_at: number }>(
      "SELECT opened_at FROM live_devices WHERE device_id = ? AND conversation_id = ?",
      device,
      live,
    );
    if (row !== undefined) return at - row.opened_at >= timeouts.liveDeviceTouchMs ? "note" : "nothing";
    return count(db, device) >= limits.liveConversationsPerDeviceMax ? "full" : "note";
  }

  note(tx: UserTransactor, device: DeviceId, live: ConversationId, at: number): void {
    tx.run(
      "INSERT OR REPLACE INTO live_devices (device_id, conversation_id, opened_at) VALUES (?, ?, ?)",
      device,
      live,
      at,
    );
    if (count(tx, device) > batches.liveRowsUnasked) this.review(tx, device);
  }

  /** Requests the task that asks the conversations of the device's oldest rows, if the oldest row is older than this. */
  review(tx: UserTransactor, device: DeviceId, olderThanMs: number = settledMs): void {
    const statement = "SELECT 1 FROM live_devices WHERE device_id = ? AND opened_at <= ?";
    if (tx.first(statement, device, now() - olderThanMs) === undefined) return;
    this.#parts.requests.request(tx, "liveDevices", [device], urgencies.later);
  }

  /** The device is being signed out: deletes its rows and answers their conversations, the newest first. */
  take(tx: Transactor, device: DeviceId): ConversationId[] {
    const rows = tx.all<Row>(
      "SELECT conversation_id, opened_at FROM live_devices WHERE device_id = ? ORDER BY opened_at DESC",
      device,
    );
    tx.run("DELETE FROM live_devices WHERE device_id = ?", device);
    return rows.map((row) => row.conversation_id);
  }

  /** Task: asks the conversations of a device's oldest rows; a later review asks the others. False where one could not be reached. */
  async ask(device: string): Promise<boolean> {
    const { db, env, userId } = this.#parts;
    const at = now();
    const isMany = count(db, device) > batches.liveRowsUnasked;
    const rows = db.all<Row>(
      "SELECT conversation_id, opened_at FROM live_devices WHERE device_id = ? AND opened_at <= ? ORDER BY opened_at LIMIT ?",
      device,
      at - (isMany ? settledMs : timeouts.liveDeviceAskMs),
      batches.liveRowsAskedMax,
    );
    let isReached = true;
    await inParallel(rows, batches.tasksPerRun, async (row) => {
      const id = conversationIdShape.parse(row.conversation_id);
      const heard = await call("conversation.heardLive", () =>
        conversationStub(env, id).heardLive(userId, device as DeviceId),
      );
      if (!heard.ok) isReached = false;
      else db.transact((tx) => this.#settle(tx, device, row, heard.value === null));
    });
    return isReached;
  }

  /** Changes the row only if the device has not opened another socket there meanwhile. */
  #settle(tx: Transactor, device: string, { conversation_id, opened_at }: Row, isGone: boolean): void {
    const where = "WHERE device_id = ? AND conversation_id = ? AND opened_at = ?";
    if (isGone) tx.run(`DELETE FROM live_devices ${where}`, device, conversation_id, opened_at);
    else tx.run(`UPDATE live_devices SET opened_at = ? ${where}`, now(), device, conversation_id, opened_at);
  }
}

function count(db: Reader, device: string): number {
  return db.first<{ n: number }>("SELECT COUNT(*) AS n FROM live_devices WHERE device_id = ?", device)?.n ?? 0;
}
