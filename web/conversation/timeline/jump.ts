/** Owns going to a given message, and back: it is loaded if need be, scrolled to the middle of the view, and highlighted for a moment. */
import { useCallback, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from "react";
import type { ConversationHandle } from "parley-sdk";
import { navigate } from "../../navigation/route.ts";
import { useAttempt } from "../../ui/toast.tsx";
import type { Scrolling } from "./scrolling.ts";
import { isFirstKeptBack, type Row } from "./rows.ts";

const flashMs = 1_800;
/** Places that are remembered: of somebody who follows one quote after the other. */
const placesMax = 20;

interface Jumping {
  readonly jump: (seq: number) => void;
  /** Leads to where the last jump began; null where that was the end. */
  readonly back: (() => void) | null;
  /** The reader goes elsewhere. */
  readonly forgetPlaces: () => void;
  /** The highlighted message. */
  readonly flashed: number | null;
}

export function useJump(
  conversation: ConversationHandle,
  rows: readonly Row[],
  { toRow }: Pick<Scrolling, "toRow">,
  /** The message in the middle of the view; null at the end. */
  place: number | null,
): Jumping {
  const attempt = useAttempt();
  const [places, setPlaces] = useState<readonly number[]>([]);
  const [wanted, setWanted] = useState<number | null>(null);
  const [flashed, setFlashed] = useState<{ readonly seq: number } | null>(null);
  if (wanted !== null && indexOf(rows, wanted) !== -1) {
    setWanted(null);
    setFlashed({ seq: wanted });
  }
  const show = useEffectEvent((seq: number) => {
    const row = rows[indexOf(rows, seq)];
    if (row !== undefined) toRow(row.key);
  });
  useEffect(() => {
    if (flashed === null) return undefined;
    show(flashed.seq);
    const timer = setTimeout(() => setFlashed(null), flashMs);
    return () => clearTimeout(timer);
  }, [flashed]);

  // Who has scrolled to the end is where they would be led.
  if (place === null && places.length > 0 && wanted === null && flashed === null) setPlaces([]);

  const go = useCallback(
    (seq: number) => {
      setWanted(seq);
      const { entries, hasBefore } = conversation.timeline.getSnapshot();
      const index = entries.findIndex((entry) => entry.kind === "message" && entry.message.seq === seq);
      const isHere = index > 0 || (index === 0 && !isFirstKeptBack(entries, hasBefore));
      if (isHere) return;
      attempt(async () => {
        try {
          await conversation.loadAround(seq);
        } catch (error) {
          setWanted(null);
          throw error;
        }
      });
    },
    [conversation, attempt],
  );
  const placeNow = useRef(place);
  useLayoutEffect(() => {
    placeNow.current = place;
  });
  const begin = useCallback(
    (seq: number) => {
      const from = placeNow.current;
      if (from !== null) setPlaces((before) => [...before, from].slice(-placesMax));
      go(seq);
    },
    [go],
  );
  const last = places.at(-1);
  const back = useCallback(() => {
    setPlaces((before) => before.slice(0, -1));
    if (last !== undefined) go(last);
  }, [last, go]);
  const forgetPlaces = useCallback(() => setPlaces([]), []);
  return { jump: begin, back: last === undefined ? null : back, forgetPlaces, flashed: flashed?.seq ?? null };
}

/** Goes to the message that the address names, once there is something to see, and takes it out of the address. */
export function useTarget(
  conversationId: string,
  target: number | null,
  isPlaced: boolean,
  jump: (seq: number) => void,
): void {
  const arrive = useEffectEvent((seq: number) => {
    navigate({ at: "conversation", conversationId }, { isReplacing: true });
    jump(seq);
  });
  useEffect(() => {
    if (isPlaced && target !== null) arrive(target);
  }, [isPlaced, target]);
}

function indexOf(rows: readonly Row[], seq: number): number {
  return rows.findIndex(({ entry }) => entry.kind === "message" && entry.message.seq === seq);
}
