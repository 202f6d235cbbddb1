/**
 * Owns how fast clients may write and send here: per socket, device, user and conversation. Buckets are in memory, and full in an object that woke.
 * The buckets of title, policy and members refill slowly, so these are worked out anew from the notices.
 */
import { Buckets, drawAll } from "../../shared/meters/buckets.ts";
import { FrameMeter } from "../../shared/meters/frame-meter.ts";
import type { Refusal } from "../../../schema/errors.ts";
import type { TimeMs, UserId } from "../../../schema/ids.ts";
import { batches, timeouts } from "../../../schema/limits.ts";
import { rates } from "../../../schema/rates.ts";
import { remember } from "../../../core/memory.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Env } from "../../shared/platform/env.ts";
import { areRatesOff } from "../../shared/meters/rate-limits.ts";
import type { Notice } from "../../../schema/wire/message.ts";
import type { Actor } from "../../contract/actor.ts";
import type { Journal } from "../messages/journal.ts";

/** Changes of the conversation itself, by the buckets that meter them. */
type Act = "details" | "member" | "join";

const all = "all";
/** This part of a conversation's bucket is kept for members who took little lately, so that a flood of one member, or of a few, does not shut the others out. */
const reservedShare = 0.5;
/** A member has taken little if their own bucket is at least so full. */
const quietShare = 0.85;

/** People who are added in one call for one token. */
const peoplePerToken = 10;

export class Throttle {
  readonly #env: Env;
  readonly #journal: Pick<Journal, "lastNotices">;
  readonly frames: FrameMeter;
  readonly #devices = new Buckets(rates.writesPerDevice);
  readonly #writes = { ofUser: new Buckets(rates.writesPerUser), ofAll: new Buckets(rates.writesPerConversation) };
  readonly #bytes = { ofUser: new Buckets(rates.bytesPerUser), ofAll: new Buckets(rates.bytesPerConversation) };
  readonly #receipts = new Buckets(rates.receiptsPerUser);
  readonly #mentionsOfAll = new Buckets(rates.mentionsOfAllPerConversation);
  readonly #typedAt = new Map<UserId, TimeMs>();
  #acts: Record<Act, { ofUser: Buckets; ofAll: Buckets }> | undefined;

  constructor(parts: { env: Env; journal: Pick<Journal, "lastNotices"> }) {
    this.#env = parts.env;
    this.frames = new FrameMeter(parts.env);
    this.#journal = parts.journal;
  }

  /** Why this write has to wait, or undefined; a write that may go on takes its tokens. `bytes`: what it stores, or has sent to each member. */
  refusalToWrite(actor: Actor, bytes: number): Refusal | undefined {
    if (areRatesOff(this.#env)) return undefined;
    const { userId, deviceId } = actor;
    const at = now();
    const ofUser = "you write too fast here";
    const ofAll = "this conversation is written into too fast";
    // One write may take more bytes than are there. The next one waits until the debt is gone, so that small writes do not pass a large one.
    return drawAll(
      [
        { of: this.#devices, key: `${userId} ${deviceId}`, takes: 1, detail: "this device writes too fast" },
        { of: this.#writes.ofUser, key: userId, takes: 1, detail: ofUser },
        { of: this.#bytes.ofUser, key: userId, takes: bytes, needs: 1, detail: ofUser },
        { of: this.#writes.ofAll, key: all, takes: 1, needs: 1 + reserve(this.#writes, userId, at), detail: ofAll },
        { of: this.#bytes.ofAll, key: all, takes: bytes, needs: 1 + reserve(this.#bytes, userId, at), detail: ofAll },
      ],
      at,
    );
  }

  /** Why this change of the conversation itself has to wait, or undefined; one that may go on takes its tokens. */
  refusalToChange(by: UserId, act: Act, count: number): Refusal | undefined {
    if (areRatesOff(this.#env)) return undefined;
    const acts = (this.#acts ??= this.#replayed());
    const at = now();
    const { ofUser, ofAll } = acts[act];
    return drawAll(
      [
        { of: ofUser, key: by, takes: count, detail: "you change this conversation too often" },
        {
          of: ofAll,
          key: all,
          takes: count,
          needs: count + reserve(acts[act], by, at),
          detail: "this conversation is changed too often",
        },
      ],
      at,
    );
  }

  /** Why a message that mentions everybody has to wait, or undefined; one that may go on takes its token. */
  refusalToMentionAll(): Refusal | undefined {
    if (areRatesOff(this.#env)) return undefined;
    const detail = "everybody was mentioned too often here";
    return drawAll([{ of: this.#mentionsOfAll, key: all, takes: 1, detail }], now());
  }

  /** How long a receipt of this user has to wait. A receipt that need not wait takes its token. */
  receiptWaitMs(userId: UserId): number {
    if (areRatesOff(this.#env)) return 0;
    return this.#receipts.take(userId, now()) ? 0 : this.#receipts.waitMs(userId, now());
  }

  /** Whether others receive that this user is typing: not if they received it a moment ago. This also applies without rate limits, because it refuses nothing. */
  mayShowTyping(userId: UserId): boolean {
    const at = now();
    const shownAt = this.#typedAt.get(userId);
    if (shownAt !== undefined && at - shownAt < timeouts.typingPaceMs) return false;
    remember(this.#typedAt, userId, at, batches.bucketsMax);
    return true;
  }

  /** A message ends "is typing": the next one may be sent at once. */
  noteSent(userId: UserId): void {
    this.#typedAt.delete(userId);
  }

  #replayed(): Record<Act, { ofUser: Buckets; ofAll: Buckets }> {
    const members = new Buckets(rates.memberChangesPerConversation);
    const acts = {
      details: {
        ofUser: new Buckets(rates.detailChangesPerUser),
        ofAll: new Buckets(rates.detailChangesPerConversation),
      },
      member: { ofUser: new Buckets(rates.memberChangesPerUser), ofAll: members },
      join: { ofUser: new Buckets(rates.joinsPerUser), ofAll: members },
    };
    for (const notice of this.#journal.lastNotices(batches.noticesMetered)) {
      const act = actOf(notice);
      if (act === undefined) continue;
      const tokens = "count" in notice ? peopleTokens(notice.count) : 1;
      acts[act].ofUser.spend(notice.by, notice.at, tokens);
      acts[act].ofAll.spend(all, notice.at, tokens);
    }
    return acts;
  }
}

/** What it takes to add so many people at once: less than one by one, for it is one notice to everybody. */
export function peopleTokens(count: number): number {
  return Math.ceil(count / peoplePerToken);
}

/** What has to be left in the bucket of all, for others, when this user takes from it. */
function reserve({ ofUser, ofAll }: { ofUser: Buckets; ofAll: Buckets }, userId: UserId, at: TimeMs): number {
  return ofUser.fullness(userId, at) < quietShare ? ofAll.part(reservedShare) : 0;
}

function actOf(notice: Notice): Act | undefined {
  switch (notice.kind) {
    case "title_changed":
    case "avatar_changed":
    case "policy_changed":
      return "details";
    case "member_added":
      return notice.via === "invite" ? "join" : "member";
    case "member_removed":
    case "role_changed":
      return "member";
    default:
      return undefined;
  }
}
