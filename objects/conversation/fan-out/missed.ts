/** Owns what a live socket missed: the changes after a rev, in their present state, as frames. */
import { Buffer } from "node:buffer";
import type { Rev } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import type { DeliveryItem } from "../../contract/delivery/delivery.ts";
import { liveFrame } from "../messages/items.ts";
import type { Journal } from "../messages/journal.ts";
import type { Messages } from "../messages/messages.ts";
import type { State } from "../store.ts";
import { storedStretch } from "./stretches.ts";

/** `since`: the rev that the item follows. */
export type Missed = { item: DeliveryItem; since: Rev; frame: string };

/**
 * The changes of `(since, head]` that are shown. Those that jump over revs say from where. Undefined if they are more than may be sent ahead of a reader, or if the
 * archive has some of them.
 */
export function missedSince(
  parts: { messages: Messages; journal: Journal },
  state: State,
  since: Rev,
  isShown: (item: DeliveryItem) => boolean = () => true,
): Missed[] | undefined {
  const { head } = state;
  if (head.rev - since > limits.liveCatchUpRevsMax) return undefined;
  const missed: Missed[] = [];
  let bytes = 0;
  let rev = since;
  while (rev < head.rev) {
    const stretch = storedStretch(parts, state, rev, head.rev);
    if (stretch === undefined) return undefined;
    for (const item of stretch.items) {
      if (!isShown(item)) continue;
      const frame = item.kind === "message" && item.rev === rev + 1 ? liveFrame(item) : jumpFrame(item, rev);
      bytes += Buffer.byteLength(frame);
      if (bytes > limits.aheadBytesMax) return undefined;
      missed.push({ item, since: rev, frame });
      rev = item.rev;
    }
    // The stretch may end in revs without an item: a later change of the same message covers them.
    if (stretch.rev > rev) rev = stretch.rev;
    if (stretch.rev >= head.rev) break;
  }
  return missed;
}

function jumpFrame(item: DeliveryItem, since: Rev): string {
  if (item.kind === "message") return liveFrame(item);
  return `{"type":"change","since":${since},${item.json}}`;
}
