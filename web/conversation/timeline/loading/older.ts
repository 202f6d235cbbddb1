/** Owns loading older history before the reader reaches it. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { ConversationHandle, Timeline } from "parley-sdk";

/** The next page is asked for when fewer rows than this are left above the view. */
const aheadRows = 12;

export interface Older {
  readonly state: "none" | "loading" | "failed";
  readonly load: () => void;
}

export function useOlder(conversation: ConversationHandle, timeline: Timeline, firstVisible: number): Older {
  const [failed, setFailed] = useState<{ readonly isStale: boolean } | null>(null);
  // A failure while the timeline was stale is tried again once it is not.
  const hasFailed = failed !== null && (timeline.isStale || !failed.isStale);
  const isLoading = useRef(false);
  const load = useCallback(() => {
    if (isLoading.current) return;
    isLoading.current = true;
    conversation.loadBefore().then(
      () => {
        isLoading.current = false;
        setFailed(null);
      },
      () => {
        isLoading.current = false;
        setFailed({ isStale: conversation.timeline.getSnapshot().isStale });
      },
    );
  }, [conversation]);

  const isNear = timeline.isLoaded && timeline.hasBefore && firstVisible < aheadRows;
  const count = timeline.entries.length;
  useEffect(() => {
    if (isNear && !hasFailed) load();
  }, [isNear, hasFailed, count, load]);

  if (!timeline.isLoaded) return { state: "loading", load };
  // A reader further down is shown neither.
  if (!isNear) return { state: "none", load };
  return { state: hasFailed ? "failed" : "loading", load };
}
