/** Owns Enter in a field whose list follows what is typed a moment later: Enter is for the list of what is typed, not for the one that is still on screen. */
import { useEffect, useEffectEvent, useRef } from "react";

/** `typed`: what the field says; `looked`: what the list is of. `act` is done at once, or when the list has followed. More typing takes the Enter back. */
export function useEnter(typed: string, looked: string, act: () => void): () => void {
  const entered = useRef<string | null>(null);
  const follow = useEffectEvent(() => {
    const isMeant = entered.current === typed;
    if (isMeant && looked !== typed) return;
    entered.current = null;
    if (isMeant) act();
  });
  useEffect(() => follow(), [typed, looked]);
  return () => {
    if (looked === typed) act();
    else entered.current = typed;
  };
}
