/** Owns where a conversation is opened, and which place is shown to a user who comes back to it: at the first unread message, else at the end. */
import { useEffect, useEffectEvent, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { ConversationHandle, Timeline } from "parley-sdk";
import { useIsLookedAt } from "../../browser/observe.ts";
import type { Row } from "./rows.ts";
import type { Scrolling } from "./scrolling.ts";

/**
 * Answers whether the position is final, so that messages in view may count as read. Until the first unread message is loaded the end is
 * shown. If it lies further up than what was loaded, the messages around it are loaded.
 */
export function usePlace(
  conversation: ConversationHandle,
  timeline: Timeline,
  rows: readonly Row[],
  readBefore: number | null,
  { toRow, toEnd }: Pick<Scrolling, "toRow" | "toEnd">,
): boolean {
  const hasBegun = useRef(false);
  const hasArrived = useRef(false);
  const hasAsked = useRef(false);
  const [hasGivenUp, setHasGivenUp] = useState(false);
  const border = useMemo(() => rows.findIndex(({ isFirstUnread }) => isFirstUnread), [rows]);
  const isKnown = readBefore === null || border !== -1 || hasGivenUp;

  useLayoutEffect(() => {
    if (rows.length === 0 || hasArrived.current) return;
    const first = rows[border];
    if (first !== undefined) toRow(first.key);
    else if (!hasBegun.current) toEnd();
    hasBegun.current = true;
    hasArrived.current = isKnown;
  }, [rows, border, isKnown, toRow, toEnd]);

  const isAsking = !isKnown && timeline.isLoaded && !timeline.isStale;
  useEffect(() => {
    if (!isAsking || hasAsked.current) return;
    hasAsked.current = true;
    conversation.loadAround((readBefore ?? 0) + 1).then(
      // If the first unread message is not there even now, there is none to go to.
      () => setTimeout(() => setHasGivenUp(true), 0),
      () => setHasGivenUp(true),
    );
  }, [conversation, isAsking, readBefore]);

  return rows.length > 0 && isKnown;
}

/** When the user comes back to the page and messages have come meanwhile, scrolls to the first of them if it is above the view. */
export function useReturn(rows: readonly Row[], firstVisible: number, { toRow }: Pick<Scrolling, "toRow">): void {
  const isLookedAt = useIsLookedAt();
  const keyAtLeaving = useRef<string | undefined>(undefined);
  const border = useMemo(() => rows.findIndex(({ isFirstUnread }) => isFirstUnread), [rows]);
  const leave = useEffectEvent(() => {
    keyAtLeaving.current = rows[border]?.key;
  });
  const comeBack = useEffectEvent(() => {
    const first = rows[border];
    const isNew = first !== undefined && first.key !== keyAtLeaving.current;
    if (isNew && border < firstVisible) toRow(first.key);
  });
  useEffect(() => {
    if (!isLookedAt) return undefined;
    comeBack();
    return leave;
  }, [isLookedAt]);
}
