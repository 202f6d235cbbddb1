/** Owns which notifications have no purpose any more: their message was read on another device, or unsent. */
import type { Summary } from "parley-sdk";
import { type Place, readPlace } from "./payload.ts";

type Row = Pick<Summary, "read" | "left" | "lastMessage">;

/** Closes those of the given notifications. `rowOf` answers undefined where nothing is known of the conversation. */
export function closeRead(notifications: readonly Notification[], rowOf: (place: Place) => Row | undefined): void {
  for (const notification of notifications) {
    const place = readPlace(notification.data);
    const row = place === undefined ? undefined : rowOf(place);
    if (place !== undefined && row !== undefined && isOver(row, place)) notification.close();
  }
}

function isOver({ read, left, lastMessage }: Row, { seq }: Place): boolean {
  return left || read >= seq || (lastMessage?.seq === seq && lastMessage.unsent);
}
