/** Owns which messages count as read (those that were on screen while the user looked, without a gap), and where the unread messages begin. */
import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { ConversationHandle, Timeline } from "parley-sdk";
import { useHasLasted, useIsLookedAt } from "../../browser/observe.ts";
import { useObservable } from "parley-sdk/react";
import type { Row } from "./rows.ts";
import { passedFrom, seenFrom, stretchesOf, withStretch, type SeenStretch } from "./seen.ts";

/**
 * The read watermark as it was when the conversation was opened, or when the first message came while the user looked away. The unread messages begin
 * behind it. null if there were none.
 */
export function useUnreadBorder(conversation: ConversationHandle): number | null {
  const summary = useObservable(conversation.summary);
  const { headSeq } = useObservable(conversation.timeline);
  const isLookedAt = useIsLookedAt();
  const [border, setBorder] = useState<{ readonly seq: number | null } | undefined>(undefined);
  /** The newest message when the user looked away; null while they look. */
  const [headAtLeaving, setHeadAtLeaving] = useState<number | null>(null);
  if (border === undefined && summary !== undefined) setBorder({ seq: summary.unread > 0 ? summary.read : null });
  if (isLookedAt && headAtLeaving !== null) setHeadAtLeaving(null);
  if (!isLookedAt && headAtLeaving === null) setHeadAtLeaving(headSeq);
  const hasNews = headAtLeaving !== null && headSeq > headAtLeaving && summary !== undefined && summary.unread > 0;
  if (hasNews && border !== undefined && (border.seq ?? -1) < summary.read) setBorder({ seq: summary.read });
  return border?.seq ?? null;
}

/** The read watermark is sent this long after a message came into view. It covers all messages that came into view until then. */
const lookedMs = 200;
/** The time between a scroll to the first position and its arrival. Nobody reads or scrolls sooner. */
const settleMs = 60;

interface View {
  readonly firstVisible: number;
  readonly lastVisible: number;
  readonly isPlaced: boolean;
}

/**
 * Raises the read watermark over the messages that were on screen, up to the first one that was not. It begins when the first position is
 * found. Answers whether messages in view cannot count as read, because others before them were skipped.
 */
export function useMarkRead(
  conversation: ConversationHandle,
  rows: readonly Row[],
  { hasBefore }: Timeline,
  { firstVisible, lastVisible, isPlaced }: View,
): boolean {
  const isLookedAt = useIsLookedAt();
  const summary = useObservable(conversation.summary);
  const seen = useRef<readonly SeenStretch[]>([]);
  /** The last stretch of the view before this one. */
  const before = useRef<SeenStretch | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const isSettled = useHasLasted(isPlaced && isLookedAt, settleMs);
  const [reached, setReached] = useState(0);

  const stretches = stretchesOf(rows.slice(firstVisible, lastVisible + 1));
  const inView = stretches.map(({ first, last }) => `${first}-${last}`).join(" ");
  const newest = stretches.at(-1)?.first ?? 0;
  // The member may be unable to see messages before the first one, so these cannot be skipped.
  const firstEntry = rows.find(({ entry }) => entry.kind === "message")?.entry;
  const beginning = !hasBefore && firstEntry?.kind === "message" ? firstEntry.message.seq - 1 : 0;
  const read = Math.max(summary?.read ?? 0, beginning);

  const mark = useEffectEvent(() => {
    timer.current = undefined;
    const reach = seenFrom(read, seen.current);
    if (reach > read) conversation.markRead(reach);
  });
  const note = useEffectEvent(() => {
    const passed = passedFrom(before.current, rows, firstVisible);
    before.current = stretches.at(-1);
    for (const stretch of passed === undefined ? stretches : [passed, ...stretches])
      seen.current = withStretch(seen.current, stretch);
    const reach = seenFrom(read, seen.current);
    setReached(reach);
    // The timer is not set anew when more messages come: in a stream of messages it would never end.
    if (reach > read) timer.current ??= setTimeout(mark, lookedMs);
  });
  useEffect(() => {
    if (isSettled) note();
  }, [isSettled, inView, read]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
      before.current = undefined;
    },
    [conversation],
  );
  return isSettled && (summary?.unread ?? 0) > 0 && newest > Math.max(reached, read) + 1;
}
