/** Owns whether the user has starred a message. */
import { useCallback, useSyncExternalStore } from "react";
import { useActions } from "../actions.ts";

/** A message is rendered again only when its own star changes. */
export function useIsStarred(seq: number | undefined): boolean {
  const { starred } = useActions().conversation;
  const look = useCallback(() => seq !== undefined && starred.getSnapshot().has(seq), [starred, seq]);
  return useSyncExternalStore(starred.subscribe, look);
}
