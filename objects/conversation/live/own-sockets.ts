/** Owns the live sockets that the conversation itself holds: all of a small one, and the first of a large group. */
import type { CloseReason } from "../../../schema/errors.ts";
import type { DeviceId, UserId } from "../../../schema/ids.ts";
import type { DeliveryItem } from "../../contract/delivery/delivery.ts";
import type { LiveAttachment, LiveSockets, Shown } from "../../shared/sockets/live-sockets.ts";
import { actorOf, liveFrame } from "../messages/items.ts";
import { hasHidden, type LiveHost, type LiveTurn, visibleItems } from "./live-turn.ts";
import type { WaitingAnswers } from "./waiting-answers.ts";

export class OwnSockets implements LiveHost {
  readonly #sockets: LiveSockets;
  readonly #answers: WaitingAnswers;

  constructor(parts: { sockets: LiveSockets; answers: WaitingAnswers }) {
    this.#sockets = parts.sockets;
    this.#answers = parts.answers;
  }

  get count(): number {
    return this.#sockets.count;
  }

  users(): UserId[] {
    return this.#sockets.users();
  }

  devicesOf(userId: UserId): readonly DeviceId[] {
    return this.#sockets.devicesOf(userId);
  }

  /** The answers that wait for single sockets go out in the same frames. */
  publish(turn: LiveTurn): void {
    const answers = this.#answers.take();
    if (this.count === 0) return;
    const { items, seesAfter, signsFor } = turn;
    const differs = hasHidden(turn);
    const forReader = ({ userId }: LiveAttachment): Shown[] => {
      const after = seesAfter(userId);
      if (after === undefined) return [];
      const visible = differs ? visibleItems(turn, after).map(shownItem) : [];
      return [...visible, ...(signsFor?.(userId) ?? []).map((text) => ({ text }))];
    };
    const hasPersonal = differs || signsFor !== undefined;
    this.#sockets.broadcast(differs ? [] : items.map(shownItem), answers, hasPersonal ? forReader : undefined);
  }

  end(userIds: ReadonlySet<UserId>, reason: CloseReason): void {
    this.#sockets.closeWhere(reason, ({ userId }) => userIds.has(userId));
  }
}

function shownItem(item: DeliveryItem): Shown {
  return { text: liveFrame(item), by: actorOf(item) };
}
