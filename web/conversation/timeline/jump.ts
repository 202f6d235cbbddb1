/** Owns going to a given message: it is loaded if need be, scrolled to the middle of the view, and highlighted for a moment. */
import { useCallback, useEffect, useEffectEvent, useState } from "react";
import type { ConversationHandle } from "parley-sdk";
import { isFirstKeptBack, type Row } from "./rows.ts";

const flashMs = 1_800;

interface Jumping {
  readonly jump: (seq: number) => void;
  /** The highlighted message. */
  readonly flashed: number | null;
}

export function useJump(
  conversation: ConversationHandle,
  rows: readonly Row[],
  scrolling: { scrollToIndex(index: number, options: { align: "center" }): void },
): Jumping {
  const [wanted, setWanted] = useState<number | null>(null);
  const [flashed, setFlashed] = useState<{ readonly seq: number } | null>(null);
  if (wanted !== null && indexOf(rows, wanted) !== -1) {
    setWanted(null);
    setFlashed({ seq: wanted });
  }
  const show = useEffectEvent((seq: number) => scrolling.scrollToIndex(indexOf(rows, seq), { align: "center" }));
  useEffect(() => {
    if (flashed === null) return undefined;
    show(flashed.seq);
    const timer = setTimeout(() => setFlashed(null), flashMs);
    return () => clearTimeout(timer);
  }, [flashed]);

  const jump = useCallback(
    (seq: number) => {
      setWanted(seq);
      const { entries, hasBefore } = conversation.timeline.getSnapshot();
      const index = entries.findIndex((entry) => entry.kind === "message" && entry.message.seq === seq);
      const isHere = index > 0 || (index === 0 && !isFirstKeptBack(entries, hasBefore));
      if (!isHere) conversation.loadAround(seq).catch(() => setWanted(null));
    },
    [conversation],
  );
  return { jump, flashed: flashed?.seq ?? null };
}

function indexOf(rows: readonly Row[], seq: number): number {
  return rows.findIndex(({ entry }) => entry.kind === "message" && entry.message.seq === seq);
}
