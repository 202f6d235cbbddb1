/**
 * Owns the seam between what a turn publishes to live sockets, which is one value, and who holds the sockets. The conversation itself holds some (own-sockets.ts);
 * relays hold those of a large group that are more.
 */
import type { MessageRow } from "../../../core/stored-message.ts";
import { isVisible } from "../../../core/visibility.ts";
import type { CloseReason } from "../../../schema/errors.ts";
import type { DeviceId, Seq, UserId } from "../../../schema/ids.ts";
import type { DeliveryItem } from "../../contract/delivery/delivery.ts";

/** What one turn publishes to live sockets. */
export type LiveTurn = {
  /** In the order of their revs. Their frames are the same for all who may see them. */
  readonly items: readonly DeliveryItem[];
  /** Whether changes of messages are hidden from members who joined after these. */
  readonly hidesOlder: boolean;
  /** The seq after which a member sees messages; undefined where the user is no member. */
  readonly seesAfter: (userId: UserId) => Seq | undefined;
  /** What one member receives beside the items: receipts and signs of typing. Undefined where nobody receives any. */
  readonly signsFor: ((userId: UserId) => readonly string[]) | undefined;
};

/** Who holds live sockets. */
export interface LiveHost {
  /** How many sockets there are; where this is not known yet, how many there may be. */
  readonly count: number;
  /** The users who have a socket, as far as it is known. */
  users(): UserId[];
  /** The devices of a member that are on this conversation now, as far as it is known. */
  devicesOf(userId: UserId): readonly DeviceId[];
  publish(turn: LiveTurn): void;
  /** Closes the sockets of these users. */
  end(userIds: ReadonlySet<UserId>, reason: CloseReason): void;
}

/** Whether the frames of a turn differ between readers: only a policy that hides history makes them differ. */
export function hasHidden({ items, hidesOlder }: LiveTurn): boolean {
  return hidesOlder && items.some((item) => item.kind === "change" && item.message !== null);
}

/** The items that somebody sees who sees messages after a seq. */
export function visibleItems({ items }: LiveTurn, after: Seq): DeliveryItem[] {
  return items.filter((item) => isVisible(item, after));
}

/** A host whose sockets other objects hold, so that something may be under way to them. */
export interface AwayHost extends LiveHost {
  /** Whether any other object holds sockets, or may. */
  readonly isOpen: boolean;
  /** Whether some object lacks something. */
  readonly isBehind: boolean;
  /** Asks who has a socket, where this is not known. */
  learn(): void;
  /** Called first after waking. `isDoubtful`: an earlier life may have left something undone. */
  woke(isDoubtful: boolean): void;
  /** The alarm went off, which was set because something may be left undone. */
  rung(isDoubtful: boolean): void;
  /** These messages were unsent, so their texts must not be sent from memory any more. */
  forget(unsent: ReadonlyMap<Seq, MessageRow>): void;
}
