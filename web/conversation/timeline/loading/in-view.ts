/** Owns reporting to the SDK which messages are in view, so that it can drop those far from them; and on which side of a hole the reader is. */
import { useCallback, useEffect, useRef } from "react";
import type { ConversationHandle, Hole } from "parley-sdk";
import type { Row } from "../rows.ts";

/** The end of a hole at which the reader is. The hole is filled from there. */
export type SideOf = (hole: Hole) => "after" | "before";

export function useInView(
  conversation: ConversationHandle,
  rows: readonly Row[],
  firstVisible: number,
  lastVisible: number,
): SideOf {
  /** The last message of the latest view without a hole: the reader comes from there. */
  const place = useRef(0);
  let [first, last, hasHole] = [0, 0, false];
  for (const { entry } of rows.slice(firstVisible, lastVisible + 1)) {
    if (entry.kind === "hole") hasHole = true;
    if (entry.kind !== "message") continue;
    if (first === 0) first = entry.message.seq;
    last = entry.message.seq;
  }
  useEffect(() => {
    if (first === 0) return;
    conversation.inView(first, last);
    if (!hasHole || place.current === 0) place.current = last;
  }, [conversation, first, last, hasHole]);
  return useCallback(({ before }) => (place.current >= before ? "before" : "after"), []);
}
