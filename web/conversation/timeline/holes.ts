/** Owns filling holes before the reader reaches them, from the side on which the reader is. */
import { useEffect } from "react";
import type { ConversationHandle } from "../../../client/index.ts";
import type { Row } from "./rows.ts";

/** How far from the view a hole is filled; about a screen and a half. */
const aheadRows = 40;

export function useHoles(
  conversation: ConversationHandle,
  rows: readonly Row[],
  firstVisible: number,
  lastVisible: number,
): void {
  const above = rows.slice(Math.max(0, firstVisible - aheadRows), Math.max(0, firstVisible)).findLast(isHole)?.entry;
  // The last hole of all is closed from the newest message, when it comes into view.
  const below = rows.slice(lastVisible + 1, Math.min(lastVisible + aheadRows, rows.length - 1)).find(isHole)?.entry;
  // A hole that could not be filled says so where it stands, and is tried again there.
  useEffect(() => {
    if (above?.kind === "hole") conversation.fill(above.hole, "before").catch(() => undefined);
  }, [conversation, above]);
  useEffect(() => {
    if (below?.kind === "hole") conversation.fill(below.hole, "after").catch(() => undefined);
  }, [conversation, below]);
}

function isHole({ entry }: Row): boolean {
  return entry.kind === "hole";
}
