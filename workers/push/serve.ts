/**
 * Owns serving one user to whom a hint points: asks the user's object what is due, sends it, and reports what became of it. A crash anywhere repeats what was
 * not reported. A repeat has the same tag, so a device shows it once.
 */
import { createHash } from "node:crypto";
import { payloadOf, tagOf } from "../../core/push/payload.ts";
import type {
  DuePush,
  DuePushes,
  GivenUp,
  OnePush,
  PushOutcome,
  PushReport,
  PushTarget,
} from "../../objects/contract/push.ts";
import { reach } from "../../objects/shared/archive/fault-points.ts";
import { call, userStub, withDeadline } from "../../objects/shared/platform/calls.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";
import { addressHash, addressOf } from "../../objects/shared/push-address.ts";
import type { DeviceId, TimeMs, UserId } from "../../schema/ids.ts";
import { pushing } from "../../schema/push-limits.ts";
import { namesOf } from "./names.ts";
import type { Sender } from "./sender.ts";
import type { Answer, IsStillDue, Push } from "./transport.ts";

type GiveUp = ((all: readonly GivenUp[]) => Promise<void>) | null;

/** `later`: something is to be tried again, after the longest wait that a service asked for. `hasMore`: something is due that was not tried. */
export type Served = { later: { retryAfterMs: number } | null; hasMore: boolean };

/**
 * `giveUp`: on the last try, called with all that is given up before the user's object receives the report. What is so young that it was not tried often enough is
 * not given up.
 */
export async function servePushes(env: Env, userId: UserId, sender: Sender, giveUp: GiveUp = null): Promise<Served> {
  const service = new PushService(env, userId, sender, giveUp);
  let hasMore = true;
  for (let round = 0; hasMore && round < pushing.roundsPerHintMax && !service.isTired; round++)
    hasMore = await service.round();
  return { later: service.later, hasMore };
}

class PushService {
  readonly #env: Env;
  readonly #userId: UserId;
  readonly #sender: Sender;
  readonly #giveUp: GiveUp;
  readonly #givenUp: GivenUp[] = [];
  /** Addresses to which nothing more is sent for this hint. A device that subscribes anew meanwhile has another one. */
  readonly #closed = new Map<string, "gone" | "later">();
  /** Devices whose pushes a later hint tries again. They are not asked for any more, so that they take no room from those of other devices. */
  readonly #putOff = new Set<DeviceId>();
  #requests = 0;
  #retryAfterMs = 0;
  /** The object did not say in time whether a push is still due. */
  #isAway = false;

  constructor(env: Env, userId: UserId, sender: Sender, giveUp: GiveUp) {
    this.#env = env;
    this.#userId = userId;
    this.#sender = sender;
    this.#giveUp = giveUp;
  }

  /** Whether so much was sent that others come first. */
  get isTired(): boolean {
    return this.#requests >= pushing.requestsPerHintMax;
  }

  get later(): Served["later"] {
    return this.#putOff.size === 0 ? null : { retryAfterMs: this.#retryAfterMs };
  }

  /** Answers whether something is due that was not tried. */
  async round(): Promise<boolean> {
    await reach("push: before it is asked");
    const putOff = [...this.#putOff];
    const asked = await call("user.pushesDue", () => userStub(this.#env, this.#userId).pushesDue(putOff));
    if (!asked.ok) throw new Error(asked.refusal.detail);
    if (asked.value === null) return false;
    const givenUpBefore = this.#givenUp.length;
    const report = await this.#sendAll(asked.value);
    if (this.#givenUp.length > givenUpBefore) await this.#giveUp?.(this.#givenUp);
    await reach("push: before the report");
    const told = await call("user.pushesDone", () => userStub(this.#env, this.#userId).pushesDone(report));
    if (!told.ok) throw new Error(told.refusal.detail);
    await reach("push: reported");
    if (this.#isAway) throw new Error("the object does not say what is still due");
    return told.value.more;
  }

  /** To each device one after the other, in the order of the messages. Devices do not wait for each other. */
  async #sendAll(dues: DuePushes): Promise<PushReport> {
    const saidAt = now();
    const mayGoOn = (): boolean => now() - saidAt < pushing.answerMs && !this.isTired && !this.#isAway;
    const names = await namesOf(this.#env, sendersToName(dues));
    const pushes = dues.due.map((due) => ({ due, push: pushOf(dues, due, names.get(due.senderId) ?? null) }));
    const report: PushReport = [];
    await inParallel(dues.targets, dues.targets.length, async (target) => {
      for (const { due, push } of pushes) {
        if (!due.deviceIds.includes(target.deviceId)) continue;
        const isStillDue = this.#isStillDue(target, due, saidAt);
        const send = (): Promise<Answer> => this.#sender.send(target, push, mayGoOn, isStillDue);
        const outcome = await this.#sendOne(target, due, send);
        if (outcome !== null) report.push(reportOf(due, target, outcome));
        // What is left is asked for again.
        else if (!mayGoOn()) return;
      }
    });
    return report;
  }

  /** Null if it was not tried, or is no longer due. */
  async #sendOne(target: PushTarget, due: DuePush, send: () => Promise<Answer>): Promise<PushOutcome | null> {
    const address = addressOf(target);
    const closed = this.#closed.get(address);
    if (closed === "gone") return "gone";
    if (closed === "later") return this.#tryLater(target.deviceId, due);
    const answer = await send();
    if (answer.is === "unsent") return null;
    this.#requests++;
    await reach("push: answered");
    switch (answer.is) {
      case "sent":
        return "sent";
      case "refused":
        return "dropped";
      case "gone":
        this.#closed.set(address, "gone");
        return "gone";
      case "later":
        this.#closed.set(address, "later");
        this.#retryAfterMs = Math.max(this.#retryAfterMs, answer.retryAfterMs ?? 0);
        return this.#tryLater(target.deviceId, due);
    }
  }

  /** What the object said of the push at `saidAt` holds for a moment. Later the object is asked anew. */
  #isStillDue({ deviceId }: PushTarget, { conversationId, seq }: DuePush, saidAt: TimeMs): IsStillDue {
    const push: OnePush = { conversationId, seq, deviceId };
    let knownAt = saidAt;
    return async () => {
      if (now() - knownAt <= pushing.freshMs) return true;
      await reach("push: before it is asked again");
      const asking = call("user.isStillDue", () => userStub(this.#env, this.#userId).isStillDue(push));
      const answer = await withDeadline(asking, pushing.askMs).catch(() => undefined);
      if (answer?.ok !== true) {
        this.#isAway = true;
        return false;
      }
      knownAt = now();
      return answer.value;
    };
  }

  /** On the last try it is given up, unless it is young. */
  #tryLater(deviceId: DeviceId, { conversationId, seq, sentAt, isMention }: DuePush): PushOutcome {
    if (this.#giveUp === null || sentAt > now() - pushing.giveUpAfterMs) {
      this.#putOff.add(deviceId);
      return "later";
    }
    this.#givenUp.push({ conversationId, seq, deviceId, ...(isMention ? { isMention } : {}) });
    return "dropped";
  }
}

function sendersToName({ due }: DuePushes): UserId[] {
  return due
    .filter(({ isHidden, kind, chat, title }) => !isHidden && (chat === "dm" ? title === null : kind === "message"))
    .map(({ senderId }) => senderId);
}

function pushOf({ userId, badge, locale }: DuePushes, due: DuePush, senderName: string | null): Push {
  const { conversationId, seq, senderId, sentAt, chat, title, body, attachments, isHidden } = due;
  const isDirect = chat === "dm";
  const count = due.kind === "summary" ? (due.count ?? 1) : null;
  const facts = { userId, badge, locale, conversationId, seq, senderId, sentAt, title, body, attachments, isHidden };
  return {
    payload: payloadOf({ ...facts, isDirect, count, senderName }),
    topic: createHash("sha256").update(conversationId).digest("base64url").slice(0, 32),
    tag: tagOf(due),
    isUrgent: isDirect || due.isMention,
  };
}

function reportOf({ conversationId, seq }: DuePush, target: PushTarget, outcome: PushOutcome): PushReport[number] {
  const done = { conversationId, seq, deviceId: target.deviceId, outcome };
  if (outcome !== "gone") return done;
  return { ...done, endpointHash: addressHash(addressOf(target)) };
}
