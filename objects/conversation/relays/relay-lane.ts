/**
 * Owns the calls to one relay, and what the conversation knows of its sockets. One call is under way at a time and brings everything up to its moment; what comes meanwhile
 * goes together in the next one. Sockets that are to be closed do not wait for it. A call that fails is made again, and what the relay has by then is not sent twice.
 */
import { retryWaitMs } from "../../../core/retry.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import type { CloseReason } from "../../../schema/errors.ts";
import type { DeviceId, Rev, TimeMs, UserId } from "../../../schema/ids.ts";
import { timeouts } from "../../../schema/limits.ts";
import type { CommandAnswer } from "../../contract/command.ts";
import type {
  AskId,
  RelayName,
  RelaySocket,
  RelayState,
  RelayTurn,
  SocketId,
} from "../../contract/delivery/relay-calls.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import { call, relayStub } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Env } from "../../shared/platform/env.ts";
import { Roster } from "./roster.ts";

export type LaneParts = {
  env: Env;
  awake: Awake;
  life: string;
  /** The rev of the last change that was published. */
  published: () => Rev;
  /** The changes after a rev; undefined if they cannot be told one by one any more. */
  changes: (since: Rev) => RelayTurn["changes"];
  hidesOlder: () => boolean;
  /** The relay has named its sockets, or has something. */
  told: (lane: RelayLane, hasNamedSockets: boolean) => void;
};

export class RelayLane {
  readonly name: RelayName;
  readonly place: string | null;
  readonly sockets = new Roster();
  /** Whether `sockets` are all of them. Not after waking, until the relay has named them. */
  isKnown: boolean;
  /** What the relay's sockets have; undefined where this is not known. */
  rev: Rev | undefined;
  isDraining = false;
  readonly #parts: LaneParts;
  /** Upgrades that were sent there and have not come back as sockets. */
  #reserved: TimeMs[] = [];
  /** Sockets that are to be closed, until the relay has answered. */
  readonly #ends = new Map<SocketId, CloseReason>();
  #answers: [AskId, CommandAnswer][] = [];
  readonly #signs = new Map<UserId, string[]>();
  #drainMs: number | undefined;
  #wantsSockets = false;
  /** Sockets that opened and closed while a call was under way that asks for all. */
  #changed: Map<SocketId, RelaySocket | null> | undefined;
  #mismatches = 0;
  #isUnderWay = false;
  #isEnding = false;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #waiting: (() => void)[] = [];

  constructor(
    parts: LaneParts,
    name: RelayName,
    place: string | null,
    known: { rev: Rev | undefined; isKnown: boolean },
  ) {
    this.#parts = parts;
    this.name = name;
    this.place = place;
    this.rev = known.rev;
    this.isKnown = known.isKnown;
  }

  /** How many sockets there are or may be, upgrades that are under way included. */
  count(socketsMax: number): number {
    const since = now() - largeGroups.relayJoinMs;
    while ((this.#reserved[0] ?? Infinity) < since) this.#reserved.shift();
    const certain = this.sockets.size + this.#reserved.length;
    return this.isKnown ? certain : Math.max(certain, socketsMax);
  }

  get isBehind(): boolean {
    return this.#isUnderWay || this.#isEnding || this.#isDue;
  }

  reserve(): void {
    this.#reserved.push(now());
  }

  join(socket: RelaySocket): void {
    this.#reserved.shift();
    this.sockets.put(socket);
    this.#changed?.set(socket.id, socket);
  }

  /** Answers the socket, if it was known. */
  left(id: SocketId): RelaySocket | undefined {
    this.#ends.delete(id);
    this.#changed?.set(id, null);
    return this.sockets.take(id);
  }

  ofDevice(userId: UserId, deviceId: DeviceId): RelaySocket[] {
    return this.sockets.ofDevice(userId, deviceId).filter(({ id }) => !this.#ends.has(id));
  }

  /** These sockets are closed at once, whatever else is under way. */
  end(ids: Iterable<SocketId>, reason: CloseReason): void {
    const before = this.#ends.size;
    for (const id of ids) if (!this.#ends.has(id)) this.#ends.set(id, reason);
    if (this.#ends.size === before) return;
    if (this.#retry !== undefined) {
      clearTimeout(this.#retry);
      this.#parts.awake.end();
      this.#retry = undefined;
    }
    if (this.#isUnderWay) void this.#parts.awake.during(this.#endNow());
    else this.go();
  }

  /** What it has is asked before it is told anything more: it may hold a socket that is to be closed. */
  doubt(): void {
    this.rev = undefined;
    this.go();
  }

  answer(ask: AskId, answer: CommandAnswer): void {
    if (this.#answers.length < largeGroups.relayAsksMax) this.#answers.push([ask, answer]);
  }

  sign(userId: UserId, frames: readonly string[]): void {
    // Signs are worth nothing later, so none wait for a relay that does not answer.
    if (frames.length > 0 && this.#retry === undefined)
      this.#signs.set(userId, [...(this.#signs.get(userId) ?? []), ...frames]);
  }

  drain(afterMs: number): void {
    this.isDraining = true;
    this.#drainMs = afterMs;
    this.go();
  }

  /** Calls the relay, if there is something to say. */
  go(): void {
    if (this.#isUnderWay || this.#retry !== undefined) return;
    if (this.#isDue) void this.#parts.awake.during(this.#call());
  }

  /** Resolves when the sockets are known, or cannot be asked for now. */
  async known(): Promise<void> {
    for (let tries = 0; !this.isKnown && tries < 2; tries++) {
      this.#wantsSockets = true;
      this.go();
      if (!this.#isUnderWay) return;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Resolves when these sockets are closed for certain. A relay that could not be told is called again meanwhile. */
  async ended(ids: readonly SocketId[]): Promise<void> {
    while (ids.some((id) => this.#ends.has(id))) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  get #isDue(): boolean {
    const { rev } = this;
    if (this.#ends.size > 0 || this.#answers.length > 0 || this.#signs.size > 0 || this.#drainMs !== undefined)
      return true;
    if (rev === undefined || this.#wantsSockets) return true;
    const head = this.#parts.published();
    if (this.isKnown && this.sockets.size === 0) this.rev = head;
    return this.rev !== undefined && this.rev < head;
  }

  async #call(): Promise<void> {
    this.#isUnderWay = true;
    const turn = this.#turn();
    if (turn.wantsSockets) this.#changed = new Map();
    // What is published while the call is under way was not in it.
    const asOf = this.#parts.published();
    const answer = await call("relay.turn", () => relayStub(this.#parts.env, this.name).turn(turn));
    this.#isUnderWay = false;
    if (answer.ok) this.#done(turn, answer.value, asOf);
    else this.#failed(turn);
    this.#wake();
    this.go();
  }

  #turn(): RelayTurn {
    const { life, hidesOlder } = this.#parts;
    const changes = this.#changes();
    const answers = this.#answers;
    const signs = [...this.#signs];
    this.#answers = [];
    this.#signs.clear();
    const wantsSockets = this.#wantsSockets || !this.isKnown;
    this.#wantsSockets = false;
    const drain = this.#drainMs === undefined ? {} : { drainMs: this.#drainMs };
    return {
      relay: this.name,
      life,
      hidesOlder: hidesOlder(),
      ends: [...this.#ends],
      answers,
      signs,
      wantsSockets,
      ...drain,
      ...(changes === undefined ? {} : { changes }),
    };
  }

  /** Where the changes cannot be told one by one any more, the sockets are closed, and their clients ask for what they lack. */
  #changes(): RelayTurn["changes"] {
    if (this.rev === undefined) return undefined;
    const changes = this.#parts.changes(this.rev);
    if (changes !== undefined) return changes;
    if (!this.isKnown) return undefined;
    for (const { id } of this.sockets.all) if (!this.#ends.has(id)) this.#ends.set(id, "restart");
    this.rev = this.#parts.published();
    return { since: this.rev, rev: this.rev, items: [] };
  }

  #done(turn: RelayTurn, state: RelayState, asOf: number): void {
    this.#failures = 0;
    if (turn.drainMs !== undefined) this.#drainMs = undefined;
    this.#closed(turn.ends);
    this.rev = state.rev ?? turn.changes?.rev ?? asOf;
    if (state.sockets !== undefined) this.#takeSockets(state.sockets);
    // A socket that opens or closes at this moment may be counted on one side only.
    else if (state.count === this.sockets.size) this.#mismatches = 0;
    else if (++this.#mismatches > 1) this.#wantsSockets = true;
    this.#parts.told(this, state.sockets !== undefined);
  }

  #takeSockets(sockets: readonly RelaySocket[]): void {
    const changed = [...(this.#changed ?? [])];
    this.sockets.clear();
    for (const socket of sockets) this.sockets.put(socket);
    for (const [id, socket] of changed) {
      if (socket === null) this.sockets.take(id);
      else this.sockets.put(socket);
    }
    this.#changed = undefined;
    this.isKnown = true;
    this.#mismatches = 0;
  }

  #failed(turn: RelayTurn): void {
    this.#changed = undefined;
    this.#answers = [...turn.answers, ...this.#answers].slice(0, largeGroups.relayAsksMax);
    this.#wantsSockets ||= turn.wantsSockets;
    const again = { firstMs: timeouts.fanOutRetryFirstMs, maxMs: timeouts.fanOutRetryMaxMs };
    this.#retry = this.#parts.awake.after(retryWaitMs(++this.#failures, Math.random(), again), () => {
      this.#retry = undefined;
      this.go();
    });
  }

  /** Closes sockets by a separate call, while another call is under way. */
  async #endNow(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const { life, hidesOlder, env } = this.#parts;
    const ends = [...this.#ends];
    const base = { relay: this.name, life, hidesOlder: hidesOlder(), answers: [], signs: [], wantsSockets: false };
    const answer = await call("relay.turn", () => relayStub(env, this.name).turn({ ...base, ends }));
    this.#isEnding = false;
    if (answer.ok) this.#closed(ends);
    this.#wake();
    // More sockets may have to be closed by now. If this call failed, the next turn closes all of them.
    if (answer.ok && this.#ends.size > 0 && this.#isUnderWay) await this.#endNow();
    else this.go();
  }

  #closed(ends: RelayTurn["ends"]): void {
    // The relay reports each as one that has left.
    for (const [id] of ends) this.#ends.delete(id);
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
