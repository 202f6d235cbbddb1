/**
 * Owns which objects in R2 are to be deleted: those that nothing names any more, and those that a gateway was about to put and never reported. They are noted in the
 * transaction that makes them so, and stay noted until R2 has said that they are gone. So a crash at any moment leaves no bytes behind.
 */
import { uploadBounds } from "../../../schema/bounds/uploads.ts";
import type { TimeMs } from "../../../schema/ids.ts";
import { reach } from "../archive/fault-points.ts";
import type { Alarms } from "../platform/alarms.ts";
import { now } from "../platform/clock.ts";
import type { Database, Transactor } from "../platform/database.ts";
import type { Env } from "../platform/env.ts";
import { pictureKey } from "./upload-ids.ts";

/** When the next upload is over, or the next object is to be deleted. No upload, no alarm. */
export const uploadAlarm = "uploads";

/** Objects that were noted as about to be put before their deletion gets an alarm of its own. Fewer wait for the next alarm, if it rings within a day. */
const putsUnarmedMax = 500;

/** All keys of pictures, as `pictureKey` makes them. */
const pictures = [pictureKey(""), pictureKey("~")] as const;

type Gone = { key: string; multipart: string | null };

export class MediaGone {
  readonly #env: Pick<Env, "MEDIA">;
  readonly #db: Database;
  readonly #alarms: Alarms;
  #puts = 0;

  constructor(parts: { env: Pick<Env, "MEDIA">; db: Database; alarms: Alarms }) {
    this.#env = parts.env;
    this.#db = parts.db;
    this.#alarms = parts.alarms;
  }

  /** This object, or multipart upload, is to be deleted now. */
  drop(tx: Transactor, key: string, multipart: string | null = null): void {
    this.#note(tx, { key, multipart }, now());
    this.arm(tx, now());
  }

  /** A gateway is about to put this object. It is deleted if that is not reported in time. */
  awaitPut(tx: Transactor, key: string, withinMs: number): void {
    const dueAt = now() + withinMs;
    this.#note(tx, { key, multipart: null }, dueAt);
    const alarm = this.#alarms.get(uploadAlarm);
    const isLate = alarm === undefined || alarm.dueAt > now() + uploadBounds.incompleteMs;
    if (isLate || ++this.#puts % putsUnarmedMax === 0) this.arm(tx, dueAt);
  }

  /** It was put, and something names it from now on. False where it took too long: then it is to be deleted, or is. */
  keep(tx: Transactor, key: string): boolean {
    return tx.run("DELETE FROM media_gone WHERE key = ? AND due_at > ?", key, now()) > 0;
  }

  /** Pictures that are about to be put may be made of what is withheld now: none of them is kept. Who set another one sets it again. */
  giveUpPictures(tx: Transactor): void {
    const at = now();
    const given = tx.run(
      "UPDATE media_gone SET due_at = ? WHERE key >= ? AND key < ? AND due_at > ?",
      at,
      ...pictures,
      at,
    );
    if (given > 0) this.arm(tx, at);
  }

  /** Sees to it that the alarm rings by then. Costs nothing where it does already. */
  arm(tx: Transactor, at: TimeMs): void {
    const alarm = this.#alarms.get(uploadAlarm);
    if (alarm === undefined || alarm.dueAt > at) this.#alarms.set(tx, uploadAlarm, at);
  }

  next(): TimeMs | null {
    return this.#db.first<{ at: number | null }>("SELECT MIN(due_at) AS at FROM media_gone")?.at ?? null;
  }

  /** Deletes what is due. Throws where R2 does not answer; then everything is tried again. */
  async collect(): Promise<void> {
    for (;;) {
      const due = this.#db.all<Gone>(
        "SELECT key, multipart FROM media_gone WHERE due_at <= ? LIMIT ?",
        now(),
        uploadBounds.deletedPerCallMax,
      );
      if (due.length === 0) return;
      for (const { key, multipart } of due) if (multipart !== null) await this.#abort(key, multipart);
      await reach("uploads: before the deletion");
      await this.#env.MEDIA.delete(due.map(({ key }) => key));
      await reach("uploads: deleted");
      this.#db.transact((tx) => {
        for (const { key } of due) tx.run("DELETE FROM media_gone WHERE key = ? AND due_at <= ?", key, now());
      });
    }
  }

  /** An upload that R2 has completed, aborted or given up by itself is no fault. */
  async #abort(key: string, multipart: string): Promise<void> {
    try {
      await this.#env.MEDIA.resumeMultipartUpload(key, multipart).abort();
    } catch (error) {
      if (!isNoUpload(error)) throw error;
    }
  }

  #note(tx: Transactor, { key, multipart }: Gone, dueAt: TimeMs): void {
    tx.run("INSERT OR REPLACE INTO media_gone (key, multipart, due_at) VALUES (?, ?, ?)", key, multipart, dueAt);
  }
}

/** R2's code for a multipart upload that is not there, or not any more. */
export function isNoUpload(error: unknown): boolean {
  return error instanceof Error && /\(10024\)|NoSuchUpload|multipart upload does not exist/i.test(error.message);
}
