/** Stand-ins on Node for the two sides of the consumer: the users' objects with what is due, and a queue whose time a test winds. */
import type { DuePush, DuePushes, OnePush, PushReport, PushTarget } from "../../../objects/contract/push.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { mintDmId, mintUserId } from "../../../objects/shared/identity/mint.ts";
import { addressHash, addressOf } from "../../../objects/shared/push-address.ts";
import { now, windClock } from "../../../objects/shared/platform/clock.ts";
import type { ConversationId, DeviceId, UserId } from "../../../schema/ids.ts";
import { consumePushes, type HintMessage } from "../../../workers/queues/push.ts";
import { pushEnv } from "./push-env.ts";
import type { Subscription } from "./push-service.ts";

/** What a user's object keeps of pushes, by the contract. `pageMax`: of one answer. */
class PendingPushes {
  readonly userId: UserId;
  readonly targets: PushTarget[] = [];
  readonly reports: PushReport[] = [];
  asked = 0;
  askedAgain = 0;
  /** The messages that ever became due. */
  readonly added: number[] = [];
  pageMax = 50;
  /** Called before each answer of `pushesDue`. */
  onAsk: (() => void) | undefined;
  /** Called before each answer of `isStillDue`, which waits for it. */
  onAskAgain: (() => Promise<void> | void) | undefined;
  /** Called before each report is taken. */
  onReport: (() => void) | undefined;
  #due: DuePush[] = [];

  constructor(userId: UserId) {
    this.userId = userId;
  }

  /** `again`: a device that subscribes anew. */
  subscribe({ endpoint, keys }: Subscription, keyId = "", again?: DeviceId): DeviceId {
    const deviceId = again ?? (`d_${this.targets.length}` as DeviceId);
    const others = this.targets.filter((target) => target.deviceId !== deviceId);
    this.targets.splice(0, Infinity, ...others, { deviceId, via: "web", endpoint, ...keys, keyId });
    return deviceId;
  }

  add(seq: number, more: Partial<DuePush> = {}): void {
    const conversationId = `d_${this.userId.slice(2, 8)}` as ConversationId;
    this.added.push(seq);
    this.#due.push({
      conversationId,
      seq,
      senderId: "u_bo" as UserId,
      sentAt: now(),
      kind: "message",
      chat: "dm",
      title: null,
      body: `text ${seq}`,
      isHidden: true,
      isMention: false,
      deviceIds: this.targets.map(({ deviceId }) => deviceId),
      ...more,
    });
  }

  /** The user has read up to there. */
  read(seq: number): void {
    this.#due = this.#due.filter((due) => due.seq > seq);
  }

  signOut(device: DeviceId): void {
    this.targets.splice(0, Infinity, ...this.targets.filter(({ deviceId }) => deviceId !== device));
    this.#doneFor(device, () => true);
  }

  get left(): number[] {
    return this.#due.map(({ seq }) => seq);
  }

  pushesDue(putOff: readonly DeviceId[] = []): Promise<DuePushes | null> {
    this.asked++;
    this.onAsk?.();
    const due = this.#due
      .map((one) => ({ ...one, deviceIds: one.deviceIds.filter((device) => !putOff.includes(device)) }))
      .filter(({ deviceIds }) => deviceIds.length > 0);
    if (due.length === 0) return Promise.resolve(null);
    const { userId, targets } = this;
    return Promise.resolve({ userId, badge: 1, locale: "en", targets: [...targets], due: due.slice(0, this.pageMax) });
  }

  pushesDone(report: PushReport): Promise<{ more: boolean }> {
    this.onReport?.();
    this.reports.push(report);
    const putOff = new Set(report.filter(({ outcome }) => outcome === "later").map(({ deviceId }) => deviceId));
    const addresses = new Set(this.targets.map((target) => addressHash(addressOf(target))));
    for (const { seq, deviceId, outcome, endpointHash = "" } of report) {
      // The address that is gone was replaced meanwhile.
      if (outcome === "gone" && !addresses.has(endpointHash)) continue;
      if (outcome === "later") continue;
      this.#doneFor(deviceId, (due) => due.seq === seq);
    }
    const more = this.#due.some(({ deviceIds }) => deviceIds.some((device) => !putOff.has(device)));
    return Promise.resolve({ more });
  }

  async isStillDue({ conversationId, seq, deviceId }: OnePush): Promise<boolean> {
    this.askedAgain++;
    await this.onAskAgain?.();
    return this.#due.some(
      (due) => due.conversationId === conversationId && due.seq === seq && due.deviceIds.includes(deviceId),
    );
  }

  #doneFor(device: DeviceId, isIt: (due: DuePush) => boolean): void {
    this.#due = this.#due
      .map((due) => (isIt(due) ? { ...due, deviceIds: due.deviceIds.filter((other) => other !== device) } : due))
      .filter(({ deviceIds }) => deviceIds.length > 0);
  }
}

type Waiting = { id: string; body: unknown; attempts: number; dueAt: number };

/** A queue as wrangler.toml sets it up: six tries, then the hint is dead. */
export class HintQueue {
  readonly dead: { id: string; body: unknown }[] = [];
  /** The delays that were asked for. */
  readonly delays: number[] = [];
  readonly users = new Map<UserId, PendingPushes>();
  readonly env: Env;
  triesMax = 6;
  #waiting: Waiting[] = [];
  #made = 0;
  #woundMs = 0;

  constructor(hosts: string) {
    const { users } = this;
    this.env = pushEnv(hosts, {
      USERS: { getByName: (name: UserId) => users.get(name) },
      PUSH_QUEUE: { send: (body: unknown) => Promise.resolve(this.hint(body)) },
    });
  }

  /** Takes the clock back. */
  close(): void {
    windClock(-this.#woundMs);
  }

  user(): PendingPushes {
    const user = new PendingPushes(mintUserId(this.env.ID_SECRET));
    this.users.set(user.userId, user);
    return user;
  }

  hint(body: unknown): void {
    this.#waiting.push({ id: `h${++this.#made}`, body, attempts: 1, dueAt: now() });
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Delivers what is due as one batch. */
  async deliver(): Promise<void> {
    const batch = this.#waiting.filter(({ dueAt }) => dueAt <= now());
    this.#waiting = this.#waiting.filter(({ dueAt }) => dueAt > now());
    const settled = new Set<string>();
    const messages = batch.map(({ id, body, attempts }): HintMessage => ({
      id,
      body,
      attempts,
      ack: () => void settled.add(id),
      retry: ({ delaySeconds = 5 } = {}) => {
        if (settled.has(id)) return;
        settled.add(id);
        this.delays.push(delaySeconds);
        if (attempts >= this.triesMax) this.dead.push({ id, body });
        else this.#waiting.push({ id, body, attempts: attempts + 1, dueAt: now() + delaySeconds * 1_000 });
      },
    }));
    if (messages.length > 0) await consumePushes("parley-push", messages, this.env);
    for (const { id } of messages) if (!settled.has(id)) throw new Error("a hint was neither acknowledged nor retried");
  }

  /** Winds on to the next hint, and delivers it; false if there is none. */
  async next(): Promise<boolean> {
    if (this.#waiting.length === 0) return false;
    const waitMs = Math.max(0, Math.min(...this.#waiting.map(({ dueAt }) => dueAt)) - now());
    this.wind(waitMs);
    await this.deliver();
    return true;
  }

  wind(ms: number): void {
    windClock(ms);
    this.#woundMs += ms;
  }
}

/** A conversation's id of this server, for hints that name the wrong thing. */
export function someConversationId(env: Env): ConversationId {
  return mintDmId(env.ID_SECRET, mintUserId(env.ID_SECRET), mintUserId(env.ID_SECRET));
}
