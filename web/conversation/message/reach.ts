/**
 * Owns whether Tab leads to the buttons and links in a message. It does while the message, or something in it, has the focus. Otherwise Tab
 * passes the whole history in one step, and the arrow keys lead from message to message. Outside of messages, as in the list of shared files, Tab leads to all of them.
 */
import { createContext, type FocusEvent, useContext, useState } from "react";

export const ReachContext = createContext(true);

/** For the `tabIndex` of everything in a message that can have the focus. */
export function useReachIndex(): 0 | -1 {
  return useContext(ReachContext) ? 0 : -1;
}

interface Reach {
  readonly isReached: boolean;
  /** For the element of the message. */
  readonly handlers: { onFocus(): void; onBlur(event: FocusEvent): void };
}

export function useReach(): Reach {
  const [isReached, setIsReached] = useState(false);
  return {
    isReached,
    handlers: {
      onFocus: () => setIsReached(true),
      onBlur: ({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) setIsReached(false);
      },
    },
  };
}
