/** Owns what counts as read: messages that are in view while somebody looks. And where the unread began when the conversation was opened. */
import { useEffect, useState } from "react";
import type { ConversationHandle } from "../../client/index.ts";
import { useIsLookedAt, useObservable } from "../app/observe.ts";
import type { Row } from "./rows.ts";

/** The watermark before the first look, null where nothing was unread; fixed as long as the conversation is on screen. */
export function useReadAtOpening(conversation: ConversationHandle): number | null {
  const summary = useObservable(conversation.summary);
  const [border, setBorder] = useState<{ readonly seq: number | null } | undefined>(undefined);
  if (border === undefined && summary !== undefined) setBorder({ seq: summary.unread > 0 ? summary.read : null });
  return border?.seq ?? null;
}

/** How long a message is in view before it counts; also bridges the moment between a jump and its arrival. */
const lookedMs = 200;

/** Raises the read watermark to the last message in view, once it is clear where reading begins. */
export function useMarkRead(
  conversation: ConversationHandle,
  rows: readonly Row[],
  lastVisible: number,
  isPlaced: boolean,
): void {
  const isLookedAt = useIsLookedAt();
  const summary = useObservable(conversation.summary);
  let seq = 0;
  for (let index = Math.min(lastVisible, rows.length - 1); index >= 0 && seq === 0; index--) {
    const entry = rows[index]?.entry;
    if (entry?.kind === "message") seq = entry.message.seq;
  }
  const read = summary?.read ?? 0;
  useEffect(() => {
    if (!isLookedAt || !isPlaced || seq <= read) return undefined;
    const timer = setTimeout(() => conversation.markRead(seq), lookedMs);
    return () => clearTimeout(timer);
  }, [conversation, isLookedAt, isPlaced, seq, read]);
}
