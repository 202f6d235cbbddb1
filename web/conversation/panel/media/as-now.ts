/** Owns that the lists of what was shared say how things are while they are on screen: what is new comes, and what was unsent goes. */
import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useSyncExternalStore } from "react";
import type { Message } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useActions } from "../../actions.ts";

/** Several that come together are asked for once. */
const settleMs = 300;
/** After so many at once, as after a time without network, it is asked without looking at each. */
const lookedAtMax = 100;

/** Calls `ask` when a message has come that may hold what the list shows. */
export function useNewlyShared(isShown: (message: Message) => boolean, ask: () => void): void {
  const { conversation } = useActions();
  const head = useObservable(conversation.summary)?.head.seq;
  const seen = useRef(head);
  const isDue = useRef(false);
  const look = useEffectEvent(() => {
    const from = seen.current;
    seen.current = head;
    if (head === undefined || from === undefined) return;
    // A message that this page does not have may be anything.
    for (let seq = Math.max(from, head - lookedAtMax) + 1; seq <= head && !isDue.current; seq++) {
      const message = conversation.message(seq).getSnapshot();
      isDue.current = message === undefined || isShown(message);
    }
    isDue.current ||= head - from > lookedAtMax;
  });
  const answer = useEffectEvent(() => {
    isDue.current = false;
    ask();
  });
  useEffect(() => {
    look();
    if (!isDue.current) return undefined;
    const timer = setTimeout(() => answer(), settleMs);
    return () => clearTimeout(timer);
  }, [head]);
}

/** Whether this page knows that the message was unsent. It is not fetched for this. */
export function useIsUnsent(seq: number): boolean {
  const { conversation } = useActions();
  const held = useMemo(() => conversation.message(seq), [conversation, seq]);
  const subscribe = useCallback(
    (listener: () => void) => (held.getSnapshot() === undefined ? () => undefined : held.subscribe(listener)),
    [held],
  );
  return (useSyncExternalStore(subscribe, held.getSnapshot)?.unsentAt ?? null) !== null;
}
