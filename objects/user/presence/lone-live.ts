/**
 * Owns the live sockets of devices that have no sync socket: their frames are heard by conversations only, which are asked when it matters. A device of ours has a
 * sync socket, so there are hardly any: one that opened its live socket a moment too early is forgotten at the first question.
 */
import {
  conversationId,
  type ConversationId,
  deviceId,
  type DeviceId,
  type TimeMs,
  type UserId,
} from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import { call, conversationStub } from "../../shared/calls.ts";
import type { Database, Transactor } from "../../shared/database.ts";
import type { Env } from "../../shared/env.ts";
import { inParallel } from "../../shared/in-parallel.ts";

/** More would be nobody's good will; the earliest go. */
const loneMax = 50;

type Lone = { device: DeviceId; conversation: ConversationId };

export class LoneLive {
  readonly #env: Env;
  readonly #db: Database;
  readonly #self: UserId;
  #lone: Lone[];

  constructor(env: Env, db: Database, self: UserId) {
    this.#env = env;
    this.#db = db;
    this.#self = self;
    this.#lone = db
      .all<{ device_id: string; conversation_id: string }>("SELECT device_id, conversation_id FROM lone_live")
      .map((row) => ({
        device: deviceId.parse(row.device_id),
        conversation: conversationId.parse(row.conversation_id),
      }));
  }

  get count(): number {
    return this.#lone.length;
  }

  add(device: DeviceId, conversation: ConversationId): void {
    if (this.#lone.some((one) => one.device === device && one.conversation === conversation)) return;
    const excess = this.#lone.slice(0, Math.max(0, this.#lone.length + 1 - loneMax));
    this.#db.transact((tx) => {
      for (const one of excess) this.#remove(tx, one);
      tx.run("INSERT INTO lone_live (device_id, conversation_id) VALUES (?, ?)", device, conversation);
    });
    this.#lone.push({ device, conversation });
  }

  /** Asks where they are; calls `heard` for each that was. Those that are gone are forgotten; one that cannot be reached is asked again next time. */
  async ask(heard: (device: DeviceId, at: TimeMs) => void): Promise<void> {
    await inParallel([...this.#lone], batches.presenceCallsMax, async (one) => {
      const answer = await call("conversation.heardLive", () =>
        conversationStub(this.#env, one.conversation).heardLive(this.#self),
      );
      if (!answer.ok) return;
      const { heardAt, isOpen } = answer.value;
      if (heardAt !== null && this.#lone.includes(one)) heard(one.device, heardAt);
      if (!isOpen) this.#db.transact((tx) => this.#remove(tx, one));
    });
  }

  forget(tx: Transactor, device: DeviceId): void {
    for (const one of this.#lone.filter((each) => each.device === device)) this.#remove(tx, one);
  }

  #remove(tx: Transactor, one: Lone): void {
    this.#lone = this.#lone.filter((each) => each !== one);
    tx.run("DELETE FROM lone_live WHERE device_id = ? AND conversation_id = ?", one.device, one.conversation);
  }
}
