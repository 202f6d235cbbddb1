/** Owns filling holes before the reader reaches them, beginning at the end of the hole that is nearer to the reader. */
import { useEffect } from "react";
import type { ConversationHandle } from "parley-sdk";
import type { Row } from "../rows.ts";

/** A hole this near to the view is filled; that is about a screen and a half. */
const aheadRows = 40;

export function useHoles(
  conversation: ConversationHandle,
  rows: readonly Row[],
  firstVisible: number,
  lastVisible: number,
): void {
  const above = rows.slice(Math.max(0, firstVisible - aheadRows), Math.max(0, firstVisible)).findLast(isHole)?.entry;
  // The hole at the end of the timeline is left out: its row fills it from the newest message when it comes into view.
  const below = rows.slice(lastVisible + 1, Math.min(lastVisible + aheadRows, rows.length - 1)).find(isHole)?.entry;
  // An error is left out here: the row of the hole tries again when it comes into view, and shows its error.
  useEffect(() => {
    if (above?.kind === "hole") conversation.fill(above.hole).catch(() => undefined);
  }, [conversation, above]);
  useEffect(() => {
    if (below?.kind === "hole") conversation.fill(below.hole, { from: "after" }).catch(() => undefined);
  }, [conversation, below]);
}

function isHole({ entry }: Row): boolean {
  return entry.kind === "hole";
}
