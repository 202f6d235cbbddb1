/**
 * Owns when each device was last heard. An open sync socket is heard by the runtime, which answers its pings, and a poll by this object. Of a device with
 * neither, its row says when it was last heard. An online device writes nothing: a row is written only when its first socket opens and when one closes.
 * Live sockets are heard by their conversations. These are asked only about a device without a sync socket. The attachment of the sync socket names the
 * conversations to ask; when that socket is gone, the row names them.
 */
import { decideLostAt, type FrameFacts } from "../../../core/presence.ts";
import type { ConversationId, DeviceId, TimeMs } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { call, conversationStub } from "../../shared/platform/calls.ts";
import { now, threadSince } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { logFault } from "../../shared/platform/log.ts";
import { inParallel } from "../../shared/platform/in-parallel.ts";
import type { AccountSide } from "../sides.ts";
import type { SyncSocket, SyncSockets } from "../sync-sockets.ts";

/** `live`: the conversations in which the device may have live sockets, while it has no sync socket. */
type Noted = { at: TimeMs; isOpen: boolean; live: readonly ConversationId[] };

/** The key of the one row for all devices that were signed out: it keeps when the last of them was heard. */
const signedOut = "";
/** The end of a poll is noted only if the last note is at least this old. */
const pollNoteMs = 1_000;
/** How many conversations are remembered: an app has one on screen in each of its tabs. */
const liveMax = 5;

/** The alarm that compares the status again, and repeats reports that failed (watchers.ts). While it is not set, the watchers know this user as `offline`. */
export const reviewAlarm = "presence";

export type HeartbeatsParts = {
  env: Env;
  db: Database;
  sockets: SyncSockets;
  alarms: Pick<Alarms, "get">;
  account: Pick<AccountSide, "userId">;
};

export class Heartbeats {
  readonly #parts: HeartbeatsParts;
  #noted: Map<string, Noted>;
  readonly #polls = new Map<DeviceId, number>();

  constructor(parts: HeartbeatsParts) {
    this.#parts = parts;
    this.#noted = read(parts.db);
    threadSince();
    parts.db.onRollback(() => (this.#noted = read(parts.db)));
    this.#noteLost();
  }

  /** When any device of this user was last heard, as known at this moment. */
  facts(): FrameFacts {
    const { sockets } = this.#parts;
    const at = now();
    const counting = [...sockets.entries()].map((entry) => sockets.heardAt(entry));
    if (this.#polls.size > 0) counting.push(at);
    for (const [device, { at: notedAt }] of this.#noted) if (device !== signedOut) counting.push(notedAt);
    const countingAt = counting.length === 0 ? null : Math.max(...counting);
    const pastAt = this.#noted.get(signedOut)?.at;
    const activeAt = pastAt === undefined ? countingAt : Math.max(pastAt, countingAt ?? 0);
    return { countingAt, activeAt, now: at };
  }

  /** Whether a socket or poll is open that may still be heard. */
  get isOpen(): boolean {
    return this.#parts.sockets.count > 0 || this.#polls.size > 0 || this.mustAsk;
  }

  /** When a device was last heard; undefined where it never was. */
  of(device: DeviceId): TimeMs | undefined {
    if (this.#polls.has(device)) return now();
    const { sockets } = this.#parts;
    const open = sockets.ofDevice(device).map((entry) => sockets.heardAt(entry));
    const noted = this.#noted.get(device)?.at;
    return noted === undefined && open.length === 0 ? undefined : Math.max(noted ?? 0, ...open);
  }

  socketOpened(device: DeviceId): void {
    if (this.#noted.get(device)?.isOpen !== true) this.#note(device, { at: now(), isOpen: true });
  }

  /** A sync socket is gone; it is no longer among the open ones. */
  socketGone({ attachment }: SyncSocket, heardAt: TimeMs): void {
    const { deviceId, live = [] } = attachment;
    const isOpen = this.#parts.sockets.ofDevice(deviceId).length > 0;
    this.#note(deviceId, { at: heardAt, isOpen, ...(isOpen ? {} : { live }) });
  }

  /** A live socket is about to open. */
  liveOpening(device: DeviceId, conversation: ConversationId): void {
    const opened = (live: readonly ConversationId[]): ConversationId[] =>
      [conversation, ...live.filter((other) => other !== conversation)].slice(0, liveMax);
    if (this.#changeLive(device, opened)) return;
    this.#note(device, { at: now(), live: opened(this.#noted.get(device)?.live ?? []) });
  }

  /** The device's last live socket of a conversation is gone. */
  liveClosed(device: DeviceId, conversation: ConversationId, heardAt: TimeMs): void {
    const without = (live: readonly ConversationId[]): ConversationId[] =>
      live.filter((other) => other !== conversation);
    if (this.#changeLive(device, without)) return;
    this.#note(device, { at: heardAt, live: without(this.#noted.get(device)?.live ?? []) });
  }

  /** Whether a device may have been heard by a conversation only: it has no sync socket, and may have a live one. */
  get mustAsk(): boolean {
    return [...this.#noted.values()].some(({ isOpen, live }) => !isOpen && live.length > 0);
  }

  /** Asks those conversations. One that cannot be reached is asked again next time. */
  async ask(): Promise<void> {
    const lone = [...this.#noted].flatMap(([device, { isOpen, live }]) =>
      isOpen ? [] : live.map((conversation) => ({ device: device as DeviceId, conversation })),
    );
    const { env, account } = this.#parts;
    await inParallel(lone, batches.presenceCallsMax, async ({ device, conversation }) => {
      const answer = await call("conversation.heardLive", () =>
        conversationStub(env, conversation).heardLive(account.userId(), device),
      );
      const noted = this.#noted.get(device);
      if (!answer.ok || noted === undefined || noted.isOpen) return;
      const heardAt = answer.value;
      if (heardAt !== null && heardAt > noted.at) this.#note(device, { at: heardAt });
      // The conversation reports each socket that closes; it did not report this one, so a restart took it.
      if (heardAt === null && noted.live.includes(conversation)) {
        this.#note(device, { at: this.#lostAt(noted.at), live: noted.live.filter((other) => other !== conversation) });
      }
    });
  }

  pollBegan(device: DeviceId): void {
    this.#polls.set(device, (this.#polls.get(device) ?? 0) + 1);
  }

  pollEnded(device: DeviceId): void {
    const left = (this.#polls.get(device) ?? 1) - 1;
    if (left > 0) this.#polls.set(device, left);
    else this.#polls.delete(device);
    if (now() - (this.#noted.get(device)?.at ?? 0) >= pollNoteMs) this.#note(device, { at: now() });
  }

  /** The device was signed out: it does not make the user online any more, but its last activity still counts. Call before its sockets are closed. */
  forget(tx: Transactor, device: DeviceId): void {
    const at = this.of(device);
    if (!this.#noted.delete(device) && at === undefined) return;
    tx.run("DELETE FROM heartbeats WHERE device_id = ?", device);
    const past = { at: Math.max(at ?? 0, this.#noted.get(signedOut)?.at ?? 0), isOpen: false, live: [] };
    write(tx, signedOut, past);
    this.#noted.set(signedOut, past);
  }

  /** The device was signed out: its polls under way count no more. */
  deviceEnded(device: DeviceId): void {
    this.#polls.delete(device);
  }

  /** Changes the attachments of the device's sync sockets; false where it has none. */
  #changeLive(device: DeviceId, change: (live: readonly ConversationId[]) => ConversationId[]): boolean {
    const { sockets } = this.#parts;
    const entries = sockets.ofDevice(device);
    for (const entry of entries) sockets.keep(entry, { live: change(entry.attachment.live ?? []) });
    return entries.length > 0;
  }

  /** When a device was heard only rises. */
  #note(device: string, change: Partial<Noted>): void {
    const before = this.#noted.get(device) ?? { at: 0, isOpen: false, live: [] };
    const noted = { ...before, ...change, at: Math.max(before.at, change.at ?? 0) };
    if (noted.isOpen) noted.live = [];
    this.#parts.db.transact((tx) => write(tx, device, noted));
    this.#noted.set(device, noted);
  }

  /** Notes the loss of sockets that were open when this object last ran and are gone now, without a close. Sockets that hibernated are still there. */
  #noteLost(): void {
    for (const [device, { at, isOpen }] of [...this.#noted]) {
      if (!isOpen || this.#parts.sockets.ofDevice(device).length > 0) continue;
      try {
        this.#note(device, { at: this.#lostAt(at), isOpen: false });
      } catch (error) {
        // A throw here would keep the object from waking; its next constructor tries again.
        logFault("lost socket", error);
      }
    }
  }

  #lostAt(notedAt: TimeMs): TimeMs {
    const { env, alarms } = this.#parts;
    // Only on a local server does the thread begin with the server.
    const restartedAt = env.PARLEY_LOCAL === "on" ? threadSince() : null;
    return decideLostAt({ notedAt, reviewAt: alarms.get(reviewAlarm)?.dueAt ?? null, restartedAt, now: now() });
  }
}

function read(db: Database): Map<string, Noted> {
  const rows = db.all<{ device_id: string; at: number; is_open: number; live: string }>("SELECT * FROM heartbeats");
  return new Map(
    rows.map((row) => [
      row.device_id,
      { at: row.at, isOpen: row.is_open === 1, live: JSON.parse(row.live) as ConversationId[] },
    ]),
  );
}

function write(tx: Transactor, device: string, { at, isOpen, live }: Noted): void {
  tx.run(
    `INSERT INTO heartbeats (device_id, at, is_open, live) VALUES (?, ?, ?, ?)
     ON CONFLICT (device_id) DO UPDATE SET at = excluded.at, is_open = excluded.is_open, live = excluded.live`,
    device,
    at,
    isOpen ? 1 : 0,
    JSON.stringify(live),
  );
}
