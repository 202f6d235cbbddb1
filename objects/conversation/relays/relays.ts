/**
 * Owns the relays of a large group: which there are, which of them holds which sockets, and what they are told. Their numbers are rows. What memory knows of their sockets
 * they can name again, so after an eviction nothing is lost.
 */
import { decideDrain, decidePlace, type RelayFacts } from "../../../core/live/relay-places.ts";
import type { MessageRow } from "../../../core/stored-message.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import { type CloseReason, done, type Outcome, refuse } from "../../../schema/errors.ts";
import type { DeviceId, Rev, Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import { limits, timeouts } from "../../../schema/limits.ts";
import type { Actor } from "../../contract/actor.ts";
import type { CommandAnswer } from "../../contract/command.ts";
import type { AskId, RelayLeft, RelaySocket, RelayTurn, SocketId } from "../../contract/delivery/relay-calls.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { call, relayStub, withDeadline } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { inParallel } from "../../shared/platform/in-parallel.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { LiveSockets } from "../../shared/sockets/live-sockets.ts";
import { missedSince } from "../fan-out/missed.ts";
import type { HeardDevices } from "../live/heard-devices.ts";
import type { AwayHost, LiveTurn } from "../live/live-turn.ts";
import type { Journal } from "../messages/journal.ts";
import type { Messages } from "../messages/messages.ts";
import type { State, Store } from "../store.ts";
import { marksOf, type RelayMarks } from "./marks.ts";
import { RelayLane } from "./relay-lane.ts";
import { relayItem, RelayLog } from "./relay-log.ts";

export type RelaysParts = {
  env: Env;
  db: Database;
  awake: Awake;
  alarms: Pick<Alarms, "ring">;
  store: Store;
  messages: Messages;
  journal: Journal;
  /** Those that the conversation itself holds. */
  sockets: LiveSockets;
  heard: HeardDevices;
};

export class Relays implements AwayHost {
  readonly #parts: RelaysParts;
  readonly #life: string = crypto.randomUUID();
  readonly #log = new RelayLog();
  readonly #lanes = new Map<number, RelayLane>();
  #drainedAt = 0;

  constructor(parts: RelaysParts) {
    this.#parts = parts;
  }

  /** Names this life of the object. What a relay asked an earlier life of it is not answered any more. */
  get life(): string {
    return this.#life;
  }

  get isOpen(): boolean {
    return this.#lanes.size > 0;
  }

  get isBehind(): boolean {
    return [...this.#lanes.values()].some((lane) => lane.isBehind || lane.isDraining);
  }

  get count(): number {
    let count = 0;
    for (const lane of this.#lanes.values()) count += lane.count(this.#marks.relaySocketsMax);
    return count;
  }

  users(): UserId[] {
    return [...this.#lanes.values()].flatMap((lane) => [...lane.sockets.users]);
  }

  devicesOf(userId: UserId): DeviceId[] {
    const devices = new Set<DeviceId>();
    for (const lane of this.#lanes.values())
      for (const { deviceId } of lane.sockets.ofUser(userId)) devices.add(deviceId);
    return [...devices];
  }

  woke(isDoubtful: boolean): void {
    const state = this.#large();
    if (state === undefined) return;
    const rows = this.#parts.db.all<{ number: number; place: string | null }>("SELECT number, place FROM large_relays");
    if (rows.length === 0) return;
    this.#log.reset(state.head.rev);
    // If no alarm is set, an earlier life has told the relays everything up to the head.
    const known = { rev: isDoubtful ? undefined : state.head.rev, isKnown: false };
    for (const { number, place } of rows) this.#lanes.set(number, this.#laneOf(state, number, place, known));
    if (isDoubtful) this.#parts.awake.after(0, () => this.#go());
  }

  rung(isDoubtful: boolean): void {
    const isDrained = now() - this.#drainedAt > timeouts.drainAfterMs + largeGroups.relayDrainGraceMs;
    for (const lane of this.#lanes.values()) {
      if (isDoubtful) lane.rev = undefined;
      if (lane.isDraining && isDrained) lane.end(idsOf(lane.sockets.all), "restart");
    }
    this.#go();
  }

  publish({ items, signsFor }: LiveTurn): void {
    if (!this.isOpen) return;
    this.#log.push(items);
    for (const lane of this.#lanes.values()) {
      if (signsFor !== undefined) for (const userId of lane.sockets.users) lane.sign(userId, signsFor(userId));
      lane.go();
    }
  }

  end(userIds: ReadonlySet<UserId>, reason: CloseReason): void {
    for (const lane of this.#lanes.values()) {
      // Who is out is found when the relay has named its sockets.
      if (!lane.isKnown) lane.doubt();
      for (const userId of userIds) lane.end(idsOf(lane.sockets.ofUser(userId)), reason);
    }
  }

  forget(unsent: ReadonlyMap<Seq, MessageRow>): void {
    const id = this.#parts.store.state?.facts.id;
    if (id !== undefined && this.isOpen) this.#log.forget(id, unsent);
  }

  /** A device was signed out. Throws if a relay could not be told soon. */
  async endDevice({ userId, deviceId }: Actor): Promise<void> {
    const closed = [...this.#lanes.values()].map(async (lane) => {
      await lane.known();
      // If they are not known, a socket of this device may be among them.
      if (!lane.isKnown) throw new Error("a relay does not answer");
      // Those too that an earlier attempt has not closed yet.
      const ids = idsOf(lane.sockets.ofDevice(userId, deviceId));
      lane.end(ids, "credentials");
      await lane.ended(ids);
    });
    await withDeadline(Promise.all(closed), largeGroups.relayEndMs);
  }

  learn(): void {
    for (const lane of this.#lanes.values()) if (!lane.isKnown) void lane.known();
  }

  /** Resolves when the sockets of all relays are known, or after a while: a relay that does not answer holds up no upgrade. */
  async known(): Promise<void> {
    const unknown = [...this.#lanes.values()].filter((lane) => !lane.isKnown);
    if (unknown.length === 0) return;
    const asked = Promise.all(unknown.map((lane) => lane.known()));
    await withDeadline(asked, largeGroups.relayKnownMs).catch(() => undefined);
  }

  /**
   * Who is to hold a new socket: null for the conversation itself, or the number of a relay. `place`: near whom it opens.
   * Errors: `unavailable` (there are as many as there may be).
   */
  place(place: string | null): Outcome<number | null> {
    const state = this.#large();
    if (state === undefined) return done(null);
    const decision = decidePlace({ ...this.#facts(), relaysMax: largeGroups.relaysMax, place });
    if (decision.do === "own") return done(null);
    if (decision.do === "refuse")
      return refuse("unavailable", "too many live sockets are open in this group", largeGroups.relayJoinMs);
    if (decision.do === "open") this.#open(state, decision.number, place);
    this.#lanes.get(decision.number)?.reserve();
    return done(decision.number);
  }

  /** Before a device opens a socket: if it has as many as it may have, over all who hold them, its oldest is closed. `id`: the new one, which its relay may have named already. */
  makeRoom({ userId, deviceId }: Actor, id?: SocketId): void {
    if (!this.isOpen) return;
    const { sockets } = this.#parts;
    const own = sockets
      .ofDevice(userId, deviceId)
      .map(([socket, { openedAt }]) => ({ openedAt, close: () => sockets.close(socket, "tooManySockets") }));
    const away = [...this.#lanes.values()].flatMap((lane) =>
      lane
        .ofDevice(userId, deviceId)
        .filter((socket) => socket.id !== id)
        .map((socket) => ({ openedAt: socket.openedAt, close: () => lane.end([socket.id], "tooManySockets") })),
    );
    const all = [...own, ...away].sort((a, b) => a.openedAt - b.openedAt);
    for (const oldest of all.slice(0, Math.max(0, all.length + 1 - limits.liveSocketsPerDeviceMax))) oldest.close();
  }

  /** A socket opens at a relay, which sends it what was published so far. False: this relay takes none. */
  join(number: number, socket: RelaySocket): boolean {
    const lane = this.#lanes.get(number);
    if (lane === undefined || lane.isDraining) return false;
    lane.join(socket);
    return true;
  }

  /** The relay may have named a socket that was refused then. */
  refused(number: number, id: SocketId): void {
    this.#lanes.get(number)?.left(id);
  }

  left(number: number, sockets: readonly RelayLeft[]): void {
    const lane = this.#lanes.get(number);
    for (const { id, heardAt } of sockets) {
      const socket = lane?.left(id);
      if (socket !== undefined) this.#parts.heard.left(socket, heardAt);
    }
    this.#review();
  }

  answer(number: number, ask: AskId, answer: CommandAnswer): void {
    this.#lanes.get(number)?.answer(ask, answer);
  }

  /** When the last frame of the device came on its sockets at relays; null if it has none there. */
  async heardOf(userId: UserId, deviceId: DeviceId): Promise<TimeMs | null> {
    await this.known();
    const lanes = [...this.#lanes.values()].filter((lane) => lane.ofDevice(userId, deviceId).length > 0);
    let heard: TimeMs | null = null;
    await inParallel(lanes, limits.liveSocketsPerDeviceMax, async (lane) => {
      const answer = await call("relay.heard", () => relayStub(this.#parts.env, lane.name).heard(userId, deviceId));
      if (answer.ok && answer.value !== null) heard = Math.max(heard ?? 0, answer.value);
    });
    return heard;
  }

  get #marks(): RelayMarks {
    return marksOf(this.#parts.env);
  }

  #large(): State | undefined {
    const { state } = this.#parts.store;
    return state?.members.kind === "large" ? state : undefined;
  }

  #go(): void {
    for (const lane of this.#lanes.values()) lane.go();
  }

  #facts(): { own: number; ownMax: number; relays: RelayFacts[]; relaySocketsMax: number } {
    const { ownSocketsMax, relaySocketsMax } = this.#marks;
    const relays = [...this.#lanes.values()].map((lane) => ({
      number: lane.name.number,
      place: lane.place,
      isDraining: lane.isDraining,
      sockets: lane.count(relaySocketsMax),
    }));
    return { own: this.#parts.sockets.count, ownMax: ownSocketsMax, relays, relaySocketsMax };
  }

  #open(state: State, number: number, place: string | null): void {
    this.#parts.db.transact((tx) => {
      tx.run("INSERT OR REPLACE INTO large_relays (number, place) VALUES (?, ?)", number, place);
    });
    if (!this.isOpen) this.#log.reset(state.head.rev);
    this.#lanes.set(number, this.#laneOf(state, number, place, { rev: this.#log.rev, isKnown: true }));
  }

  #laneOf(
    { facts: { id } }: State,
    number: number,
    place: string | null,
    known: { rev: Rev | undefined; isKnown: boolean },
  ): RelayLane {
    const parts = {
      env: this.#parts.env,
      awake: this.#parts.awake,
      life: this.#life,
      published: () => this.#log.rev,
      changes: (since: Rev) => this.#changes(since),
      hidesOlder: () => this.#parts.store.state?.facts.policy.history === "joined",
      told: (lane: RelayLane, hasNamedSockets: boolean) => this.#told(lane, hasNamedSockets),
    };
    return new RelayLane(parts, { conversationId: id, number }, place, known);
  }

  #changes(since: Rev): RelayTurn["changes"] {
    const kept = this.#log.after(since);
    if (kept !== undefined) return kept;
    const state = this.#large();
    const missed = state === undefined ? undefined : missedSince(this.#parts, state, since);
    if (state === undefined || missed === undefined) return undefined;
    return { since, rev: state.head.rev, items: missed.map((one) => relayItem(one.item, one.since, one.frame)) };
  }

  #told(lane: RelayLane, hasNamedSockets: boolean): void {
    if (hasNamedSockets) this.#check(lane);
    let least = Infinity;
    for (const each of this.#lanes.values()) least = Math.min(least, each.rev ?? 0);
    this.#log.release(least);
    this.#review();
  }

  /** A relay has named its sockets. Those that should have been closed meanwhile are closed now. */
  #check(lane: RelayLane): void {
    const { db, store } = this.#parts;
    const revoked = new Set(
      db.all<{ device_id: string }>("SELECT device_id FROM revoked_devices").map((row) => row.device_id),
    );
    const named = [...lane.sockets.all];
    lane.end(idsOf(named.filter(({ userId }) => store.member(userId) === undefined)), "notMember");
    lane.end(idsOf(named.filter(({ deviceId }) => revoked.has(deviceId))), "credentials");
  }

  /** Whether relays are needed no more. Those without sockets go at once; the sockets of another one are asked to reconnect, and then closed. */
  #review(): void {
    for (const lane of [...this.#lanes.values()])
      if (lane.isDraining && lane.isKnown && lane.sockets.size === 0) this.#close(lane);
    // The sockets of several relays may have left before the others had room: then more than one is empty.
    const isEmpty = (lane: RelayLane): boolean => lane.count(this.#marks.relaySocketsMax) === 0;
    let spare = this.#spare();
    while (spare !== undefined && isEmpty(spare) && this.#close(spare)) spare = this.#spare();
    if (spare === undefined || isEmpty(spare) || !spare.isKnown) return;
    if (now() - this.#drainedAt < largeGroups.relayDrainPauseMs) return;
    this.#drainedAt = now();
    spare.drain(timeouts.drainAfterMs);
    // It goes off again and again until the relay is empty. If this object is evicted, all its sockets are known again before the next drain.
    this.#parts.alarms.ring(now() + timeouts.fanOutAlarmMs);
  }

  /** The relay that the others and the conversation have room for. */
  #spare(): RelayLane | undefined {
    const number = decideDrain(this.#facts());
    return number === undefined ? undefined : this.#lanes.get(number);
  }

  /** False: the relay stays, without sockets, and is closed another time. */
  #close(lane: RelayLane): boolean {
    try {
      this.#parts.db.transact((tx) => {
        tx.run("DELETE FROM large_relays WHERE number = ?", lane.name.number);
      });
      this.#lanes.delete(lane.name.number);
      return true;
    } catch (error) {
      logFault("relays", error, {});
      return false;
    }
  }
}

function idsOf(sockets: Iterable<RelaySocket>): SocketId[] {
  return [...sockets].map(({ id }) => id);
}
