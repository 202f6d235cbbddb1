/** Owns the announcement of the number of hits to screen readers, when a search has paused or ended. */
import { plural, t } from "@lingui/core/macro";
import { type JSX, useEffect, useEffectEvent, useState, useSyncExternalStore } from "react";
import { Announcements } from "../ui/announcements.ts";
import type { HitsState } from "./hit-pages.ts";

function countText({ hits, status }: HitsState): string {
  const count = hits.length;
  if (status !== "done")
    return count === 0
      ? t`No messages found so far`
      : plural(count, { one: "# message found so far", other: "# messages found so far" });
  return count === 0 ? t`No messages found` : plural(count, { one: "# message found", other: "# messages found" });
}

/** Calls `say` with the number of hits, each time the search has paused or ended. */
export function useSaidCount(state: HitsState, say: (text: string) => void): void {
  const isAtRest = state.status === "done" || state.status === "paused" || state.status === "stopped";
  const count = state.hits.length;
  const sayCount = useEffectEvent(() => say(countText(state)));
  useEffect(() => {
    if (isAtRest && (count > 0 || state.status !== "paused")) sayCount();
  }, [isAtRest, count, state.status]);
}

export function SpokenCount({ state }: { state: HitsState }): JSX.Element {
  const [announcements] = useState(() => new Announcements<string>());
  const lines = useSyncExternalStore(announcements.subscribe, announcements.getSnapshot);
  useSaidCount(state, (text) => announcements.say(text));
  return (
    <div className="sr-only" aria-live="polite" aria-relevant="additions" data-testid="spoken-count">
      {lines.map(({ number, what }) => (
        <p key={number}>{what}</p>
      ))}
    </div>
  );
}
