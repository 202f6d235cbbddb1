/** Owns which objects in R2 are no part of the archive: put and not noted yet, given up, or replaced. They are to be deleted. All SQL on puts. */
import type { Seq, TimeMs } from "../../../schema/ids.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Manifest } from "./manifest.ts";

/** What an object in R2 holds: messages, or the index of a group (groups.ts). */
export type Stretch = { first: Seq; last: Seq };

export class Puts {
  readonly #db: Database;
  readonly #manifest: Manifest;

  constructor(db: Database, manifest: Manifest) {
    this.#db = db;
    this.#manifest = manifest;
  }

  /** A number for an object that is about to be put. If no answer of the consumer confirms the put, the object is deleted later. */
  take(tx: Transactor, stretch: Stretch, deleteAt: TimeMs): number {
    const generation = this.#manifest.takeGeneration(tx);
    this.#note(tx, generation, stretch, deleteAt);
    return generation;
  }

  /** Whether this put is still awaited. */
  awaits(generation: number, { first, last }: Stretch): boolean {
    const row = this.#db.first<{ first_seq: number; last_seq: number }>(
      "SELECT first_seq, last_seq FROM archive_puts WHERE generation = ?",
      generation,
    );
    return row?.first_seq === first && row.last_seq === last;
  }

  /** Objects that are to be deleted by now. */
  abandoned(at: TimeMs, limit: number): (Stretch & { generation: number })[] {
    return this.#db.all<Stretch & { generation: number }>(
      "SELECT generation, first_seq AS first, last_seq AS last FROM archive_puts WHERE delete_at <= ? LIMIT ?",
      at,
      limit,
    );
  }

  /** When the next object is to be deleted. */
  nextDeletion(): TimeMs | undefined {
    return this.#db.first<{ at: number | null }>("SELECT MIN(delete_at) AS at FROM archive_puts")?.at ?? undefined;
  }

  /** The put does not count: its object is to be deleted now. */
  abandon(tx: Transactor, generation: number, at: TimeMs): void {
    tx.run("UPDATE archive_puts SET delete_at = MIN(delete_at, ?) WHERE generation = ?", at, generation);
  }

  /** The object counts from now on, or is gone. */
  forget(tx: Transactor, generation: number): void {
    tx.run("DELETE FROM archive_puts WHERE generation = ?", generation);
  }

  /** An object that counted does not count any more: it is to be deleted now. */
  remove(tx: Transactor, generation: number, stretch: Stretch, at: TimeMs): void {
    this.#note(tx, generation, stretch, at);
  }

  #note(tx: Transactor, generation: number, { first, last }: Stretch, deleteAt: TimeMs): void {
    tx.run(
      "INSERT OR REPLACE INTO archive_puts (generation, first_seq, last_seq, delete_at) VALUES (?, ?, ?, ?)",
      generation,
      first,
      last,
      deleteAt,
    );
  }
}
