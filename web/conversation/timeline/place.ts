/** Owns the first position in a conversation, and that of somebody who comes back to it: where the unread begin, else the end. */
import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from "react";
import type { ConversationHandle, Timeline } from "../../../client/index.ts";
import { useIsLookedAt } from "../../app/observe.ts";
import type { Row } from "./rows.ts";

interface Scrolling {
  scrollToIndex(index: number, options: { align: "start" | "center" }): void;
  scrollToEnd(): void;
}

/**
 * Answers whether the position is the last word, so that what is in view may count as read. While the unread are on their way the end
 * is shown; if they begin further up than what was loaded, what surrounds their beginning is loaded.
 */
export function usePlace(
  conversation: ConversationHandle,
  timeline: Timeline,
  rows: readonly Row[],
  readBefore: number | null,
  scrolling: Scrolling,
): boolean {
  const hasBegun = useRef(false);
  const hasArrived = useRef(false);
  const hasAsked = useRef(false);
  const [hasGivenUp, setHasGivenUp] = useState(false);
  const border = rows.findIndex(({ isFirstUnread }) => isFirstUnread);
  const isKnown = readBefore === null || border !== -1 || hasGivenUp;

  useLayoutEffect(() => {
    if (rows.length === 0 || hasArrived.current) return;
    if (border !== -1) scrolling.scrollToIndex(border, { align: "center" });
    else if (!hasBegun.current) scrolling.scrollToEnd();
    hasBegun.current = true;
    hasArrived.current = isKnown;
  }, [rows, border, isKnown, scrolling]);

  const isAsking = !isKnown && timeline.isLoaded && !timeline.isStale;
  useEffect(() => {
    if (!isAsking || hasAsked.current) return;
    hasAsked.current = true;
    conversation.loadAround((readBefore ?? 0) + 1).then(
      // If the beginning is not there even now, there is none to go to.
      () => setTimeout(() => setHasGivenUp(true), 0),
      () => setHasGivenUp(true),
    );
  }, [conversation, isAsking, readBefore]);

  return rows.length > 0 && isKnown;
}

/** Who comes back after messages came is taken to where those begin, if that is above the view. */
export function useReturn(rows: readonly Row[], firstVisible: number, scrolling: Scrolling): void {
  const isLookedAt = useIsLookedAt();
  const keyAtLeaving = useRef<string | undefined>(undefined);
  const border = rows.findIndex(({ isFirstUnread }) => isFirstUnread);
  const leave = useEffectEvent(() => {
    keyAtLeaving.current = rows[border]?.key;
  });
  const comeBack = useEffectEvent(() => {
    const isNew = border !== -1 && rows[border]?.key !== keyAtLeaving.current;
    if (isNew && border < firstVisible) scrolling.scrollToIndex(border, { align: "center" });
  });
  useEffect(() => {
    if (!isLookedAt) return undefined;
    comeBack();
    return leave;
  }, [isLookedAt]);
}
