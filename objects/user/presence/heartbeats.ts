/**
 * Owns when each device was last heard: on its open sockets, from the runtime that answers their pings; by polls; and, where neither is left, from rows.
 * An online device writes nothing: only its first socket's opening and each closing are a row.
 */
import { decideLostAt, type FrameFacts } from "../../../core/presence.ts";
import type { ConversationId, DeviceId, TimeMs } from "../../../schema/ids.ts";
import { now, threadSince } from "../../shared/clock.ts";
import type { Database, Transactor } from "../../shared/database.ts";
import type { LoneLive } from "./lone-live.ts";
import type { SyncSocket, SyncSockets } from "../sync-sockets.ts";

type Noted = { at: TimeMs; isOpen: boolean };

/** The row of what is left of devices that are signed out. */
const signedOut = "";
/** A poll ends every few seconds at the most often; finer than this is not kept. */
const pollNoteMs = 1_000;

export class Heartbeats {
  readonly #db: Database;
  readonly #sockets: SyncSockets;
  readonly #noted = new Map<string, Noted>();
  readonly #polls = new Map<DeviceId, number>();
  readonly #lone: LoneLive;

  constructor(db: Database, sockets: SyncSockets, lone: LoneLive, reviewAt: TimeMs | null) {
    this.#db = db;
    this.#sockets = sockets;
    this.#lone = lone;
    for (const row of db.all<{ device_id: string; at: number; is_open: number }>("SELECT * FROM heartbeats")) {
      this.#noted.set(row.device_id, { at: row.at, isOpen: row.is_open === 1 });
    }
    this.#noteLost(threadSince(), reviewAt);
  }

  /** What is known of all devices together, at this moment. */
  facts(): FrameFacts {
    const at = now();
    const counting = [...this.#sockets.entries()].map((entry) => this.#sockets.heardAt(entry));
    if (this.#polls.size > 0) counting.push(at);
    for (const [device, { at: notedAt }] of this.#noted) if (device !== signedOut) counting.push(notedAt);
    const countingAt = counting.length === 0 ? null : Math.max(...counting);
    const pastAt = this.#noted.get(signedOut)?.at;
    const activeAt = pastAt === undefined ? countingAt : Math.max(pastAt, countingAt ?? 0);
    return { countingAt, activeAt, now: at };
  }

  /** Whether something is open that may be heard. */
  get isOpen(): boolean {
    return this.#sockets.count > 0 || this.#polls.size > 0 || this.#lone.count > 0;
  }

  /** When a device was last heard; undefined where it never was. */
  of(device: DeviceId): TimeMs | undefined {
    if (this.#polls.has(device)) return now();
    const open = this.#sockets.ofDevice(device).map((entry) => this.#sockets.heardAt(entry));
    const noted = this.#noted.get(device)?.at;
    return noted === undefined && open.length === 0 ? undefined : Math.max(noted ?? 0, ...open);
  }

  socketOpened(device: DeviceId): void {
    if (this.#noted.get(device)?.isOpen !== true) this.#note(device, { at: now(), isOpen: true });
  }

  /** A socket is gone; it is no longer among the open ones. */
  socketGone({ attachment }: SyncSocket, heardAt: TimeMs): void {
    const { deviceId } = attachment;
    const isOpen = this.#sockets.ofDevice(deviceId).length > 0;
    this.#note(deviceId, { at: Math.max(heardAt, this.#noted.get(deviceId)?.at ?? 0), isOpen });
  }

  /** A live socket is about to open. With a sync socket beside it, that one tells. */
  liveOpening(device: DeviceId, conversation: ConversationId): void {
    if (this.#sockets.ofDevice(device).length > 0) return;
    this.#lone.add(device, conversation);
    this.#note(device, { at: now(), isOpen: false });
  }

  /** Whether there may be frames that only a conversation has heard. */
  get mustAsk(): boolean {
    return this.#lone.count > 0;
  }

  /** Learns of those. */
  async ask(): Promise<void> {
    await this.#lone.ask((device, heardAt) => {
      const noted = this.#noted.get(device);
      if (heardAt > (noted?.at ?? 0)) this.#note(device, { at: heardAt, isOpen: noted?.isOpen ?? false });
    });
  }

  pollBegan(device: DeviceId): void {
    this.#polls.set(device, (this.#polls.get(device) ?? 0) + 1);
  }

  pollEnded(device: DeviceId): void {
    const left = (this.#polls.get(device) ?? 1) - 1;
    if (left > 0) this.#polls.set(device, left);
    else this.#polls.delete(device);
    const noted = this.#noted.get(device);
    if (noted === undefined || now() - noted.at >= pollNoteMs) {
      this.#note(device, { at: now(), isOpen: noted?.isOpen ?? false });
    }
  }

  /** The device was signed out: it counts no more, but the user was active. Call before its sockets are closed. */
  forget(tx: Transactor, device: DeviceId): void {
    const at = this.of(device);
    this.#lone.forget(tx, device);
    this.#polls.delete(device);
    if (!this.#noted.delete(device) && at === undefined) return;
    tx.run("DELETE FROM heartbeats WHERE device_id = ?", device);
    const past = { at: Math.max(at ?? 0, this.#noted.get(signedOut)?.at ?? 0), isOpen: false };
    this.#noted.set(signedOut, past);
    write(tx, signedOut, past);
  }

  #note(device: string, noted: Noted): void {
    this.#noted.set(device, noted);
    this.#db.transact((tx) => write(tx, device, noted));
  }

  /** Sockets that were open when this object last ran, and are not there now: the runtime was restarted, and nobody said goodbye. */
  #noteLost(since: TimeMs, reviewAt: TimeMs | null): void {
    for (const [device, { at, isOpen }] of this.#noted) {
      if (!isOpen || this.#sockets.ofDevice(device).length > 0) continue;
      const lostAt = decideLostAt({ notedAt: at, threadSince: since, reviewAt, now: now() });
      this.#note(device, { at: lostAt, isOpen: false });
    }
  }
}

function write(tx: Transactor, device: string, { at, isOpen }: Noted): void {
  tx.run(
    "INSERT INTO heartbeats (device_id, at, is_open) VALUES (?, ?, ?) ON CONFLICT (device_id) DO UPDATE SET at = excluded.at, is_open = excluded.is_open",
    device,
    at,
    isOpen ? 1 : 0,
  );
}
