/**
 * Owns the push side of a UserObject: which devices subscribe, what the queue's consumer asks and reports, and the alarm that repeats lost hints. What waits to be
 * pushed is in the rows of the inbox (row-pushes.ts).
 */
import { labelsOf } from "../../../core/media/labels.ts";
import { done, type Outcome } from "../../../schema/errors.ts";
import type { ConversationId, DeviceId } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import { pushes as bounds } from "../../../schema/push-limits.ts";
import { rates } from "../../../schema/rates.ts";
import { codePointPrefix } from "../../../schema/text.ts";
import type { DuePushes, GivenUp, KnownAddress, OnePush, PushAddress, PushReport } from "../../contract/push.ts";
import { Buckets, drawAll } from "../../shared/meters/buckets.ts";
import { areRatesOff } from "../../shared/meters/rate-limits.ts";
import { ask, conversationStub } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Env } from "../../shared/platform/env.ts";
import { addressHash, addressOf } from "../../shared/push-address.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";
import type { AccountSide, InboxCalls, PushCalls } from "../sides.ts";
import type { Pushing } from "./pushing.ts";
import { isSameAddress } from "./subscriptions.ts";
import { signedOut } from "../account/signed-in/signed-out.ts";

export type PushSideParts = Pushing & {
  env: Env;
  db: UserDatabase;
  account: AccountSide;
  inbox: Pick<InboxCalls, "pushes" | "subscribed">;
};

export class PushSide implements PushCalls {
  readonly #parts: PushSideParts;
  readonly #changes = new Buckets(rates.pushSubscriptionsPerDevice, limits.devicesMax);

  constructor(parts: PushSideParts) {
    this.#parts = parts;
  }

  subscribe(device: DeviceId, address: PushAddress): Outcome<null> {
    const { env, db, account, inbox, subscriptions } = this.#parts;
    if (!account.isDeviceKnown(device)) return signedOut;
    const present = subscriptions.of(device);
    if (present !== undefined && isSameAddress(present, address)) return done(null);
    const draw = { of: this.#changes, key: device, takes: 1, detail: "this was done too often lately" };
    const refusal = areRatesOff(env) ? undefined : drawAll([draw], now());
    if (refusal !== undefined) return { ok: false, refusal };
    const isFirst = !subscriptions.isAny;
    db.transact((tx) => subscriptions.put(tx, device, address));
    if (isFirst) inbox.subscribed();
    return done(null);
  }

  unsubscribe(device: DeviceId): Outcome<null> {
    this.#parts.db.transact((tx) => this.deviceRevoked(tx, device));
    return done(null);
  }

  deviceRevoked(tx: UserTransactor, device: DeviceId): void {
    const { subscriptions, inbox } = this.#parts;
    // Where no device subscribes, nobody would keep the texts that wait true.
    if (subscriptions.end(tx, device) && !subscriptions.isAny) inbox.pushes.drop(tx);
  }

  addresses(): KnownAddress[] {
    return this.#parts.subscriptions.targets.map((target) => ({
      deviceId: target.deviceId,
      via: target.via,
      address: addressOf(target),
    }));
  }

  due(putOff: readonly DeviceId[]): DuePushes | null {
    const { account, subscriptions, attention, hints, inbox } = this.#parts;
    if (!subscriptions.isAny) return null;
    // Before the rows are changed, which would else send a hint.
    hints.asked();
    const due = inbox.pushes.take(putOff);
    if (due.length === 0) {
      hints.settled();
      return null;
    }
    const wanted = new Set(due.flatMap(({ deviceIds }) => deviceIds));
    return {
      userId: account.userId(),
      badge: inbox.pushes.unread,
      locale: attention.settings.locale,
      targets: subscriptions.targets.filter(({ deviceId }) => wanted.has(deviceId)),
      due,
    };
  }

  isStillDue(push: OnePush): boolean {
    const { subscriptions, inbox } = this.#parts;
    return subscriptions.of(push.deviceId) !== undefined && inbox.pushes.isStillDue(push);
  }

  report(report: PushReport): { more: boolean } {
    const { db, subscriptions, hints, inbox } = this.#parts;
    const gone = report.filter(({ outcome, deviceId, endpointHash }) => {
      const target = outcome === "gone" ? subscriptions.of(deviceId) : undefined;
      return target !== undefined && (endpointHash === undefined || endpointHash === addressHash(addressOf(target)));
    });
    if (gone.length > 0)
      db.transact((tx) => {
        for (const { deviceId } of gone) this.deviceRevoked(tx, deviceId);
      });
    // An address that was replaced meanwhile: the push is still due to the new one.
    const over = report.filter((one) => one.outcome !== "gone" || gone.includes(one));
    const { more } = inbox.pushes.report(over);
    if (more) hints.asked();
    else hints.settled();
    return { more };
  }

  /** The texts are asked of the conversations, which know what was unsent and what the user may see. Archived messages are too old to be pushed. */
  async again(again: readonly GivenUp[]): Promise<{ due: number }> {
    const { env, account, subscriptions, inbox } = this.#parts;
    const wanted = new Map<ConversationId, GivenUp[]>();
    for (const one of again.slice(0, bounds.againMax)) {
      if (subscriptions.of(one.deviceId) === undefined) continue;
      wanted.set(one.conversationId, [...(wanted.get(one.conversationId) ?? []), one]);
    }
    const me = account.userId();
    let due = 0;
    for (const [id, ones] of wanted) {
      const seqs = [...new Set(ones.map(({ seq }) => seq))];
      const found = await ask("conversation.messagesAt", () => conversationStub(env, id).messagesAt(me, seqs));
      if (!found.ok) continue;
      const pushes = found.value.messages.map(({ seq, senderId, sentAt, text, mentions, mentionsAll, attachments }) => {
        const same = ones.filter((one) => one.seq === seq);
        // A message does not say that it answers one of this user's.
        const isMention = mentions.includes(me) || mentionsAll === true || same.some((one) => one.isMention === true);
        const labels = labelsOf(attachments);
        const preview = codePointPrefix(text, limits.previewCodePointsMax);
        return {
          push: {
            seq,
            senderId,
            sentAt,
            preview,
            isMention,
            ...(labels.length === 0 ? {} : { attachments: labels }),
          },
          devices: same.map(({ deviceId }) => deviceId),
        };
      });
      due += inbox.pushes.again(id, pushes);
    }
    return { due };
  }

  hint(): void {
    this.#parts.hints.send();
  }

  rung(): void {
    const { subscriptions, hints, inbox } = this.#parts;
    if (!subscriptions.isAny) return;
    const { dueSince, at } = inbox.pushes.next();
    if (at !== null) hints.dueAt(at);
    if (dueSince === null) return;
    hints.send();
    // The longer something waits, the more rarely it is tried.
    const waitMs = Math.min(Math.max(now() - dueSince, bounds.hintAgainMs), bounds.hintAgainMaxMs);
    hints.dueAt(now() + waitMs);
  }
}
