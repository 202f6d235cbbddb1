/** Owns what a message does while messages are selected: a click, the space bar or Enter selects it, and Escape ends the selection. */
import { useCallback, useSyncExternalStore } from "react";
import type { Message } from "parley-sdk";
import { useActions } from "../actions.ts";

export interface Selecting {
  readonly isOn: boolean;
  readonly isPicked: boolean;
  readonly toggle: (isRange: boolean) => void;
}

/** A message is rendered again only when its own state changes, and not for each other that is selected. */
export function useSelecting(message: Message | undefined): Selecting {
  const { conversation, selected } = useActions();
  const seq = message?.seq ?? 0;
  const look = useCallback(() => {
    const picked = selected.picked.getSnapshot();
    return picked === null ? "off" : picked.has(seq) ? "picked" : "on";
  }, [selected, seq]);
  const state = useSyncExternalStore(selected.picked.subscribe, look);
  return {
    isOn: state !== "off",
    isPicked: state === "picked",
    toggle: (isRange) => {
      if (message === undefined || message.unsentAt !== null) return;
      if (!isRange) {
        selected.toggle(message);
        return;
      }
      const { entries } = conversation.timeline.getSnapshot();
      selected.extendTo(
        message,
        entries.flatMap((entry) => (entry.kind === "message" ? [entry.message] : [])),
      );
    },
  };
}
