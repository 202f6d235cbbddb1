/**
 * Owns the scrolling history. Only rows near the view are in the page; what comes in above keeps the view where it is, what comes in
 * below is followed if the view was at the end.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type JSX,
  type KeyboardEvent,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from "react";
import { useAccount } from "../app/account-context.ts";
import { useObservable } from "../app/observe.ts";
import { Icon } from "../ui/icons.tsx";
import { useActions } from "./actions.ts";
import { useHoles } from "./holes.ts";
import { useInView } from "./in-view.ts";
import { useOlder } from "./older.ts";
import { usePlace } from "./place.ts";
import { useMarkRead, useReadAtOpening } from "./reading.ts";
import { estimatedPx, isFirstKeptBack, markOf, readersBySeq, rowsOf } from "./rows.ts";
import { TimelineRow } from "./timeline-row.tsx";

const endPx = 80;
const flashMs = 1_800;

export interface TimelineControl {
  jump(seq: number): void;
  toEnd(): void;
}

export function TimelineView({ control }: { control: Ref<TimelineControl> }): JSX.Element {
  const account = useAccount();
  const { conversation, isGroup } = useActions();
  const timeline = useObservable(conversation.timeline);
  const receipts = useObservable(conversation.receipts);
  const summary = useObservable(conversation.summary);
  const readAtOpening = useReadAtOpening(conversation);
  const rows = useMemo(
    () => rowsOf(timeline.entries, readAtOpening, timeline.hasBefore),
    [timeline.entries, timeline.hasBefore, readAtOpening],
  );
  const readers = useMemo(
    () => (isGroup ? readersBySeq(receipts, account.userId) : new Map<number, readonly string[]>()),
    [receipts, isGroup, account],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const [flashed, setFlashed] = useState<number | null>(null);
  const [wanted, setWanted] = useState<number | null>(null);
  const [focusKey, setFocusKey] = useState<string | null>(null);

  // eslint-disable-next-line react/incompatible-library -- its methods are called in this component alone
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index] === undefined ? 40 : estimatedPx(rows[index])),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
    paddingStart: 16,
    paddingEnd: 8,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: endPx,
  });

  const isPlaced = usePlace(conversation, timeline, rows, readAtOpening, virtualizer);
  // First of all: it works out the range of these rows, which would be that of the last ones otherwise.
  const items = virtualizer.getVirtualItems();
  const firstVisible = virtualizer.range?.startIndex ?? 0;
  const lastVisible = virtualizer.range?.endIndex ?? -1;
  const isAtEnd = rows.length === 0 || virtualizer.isAtEnd(endPx);
  useMarkRead(conversation, rows, lastVisible, isPlaced);
  useInView(conversation, rows, firstVisible, lastVisible);
  useHoles(conversation, rows, firstVisible, lastVisible);
  const older = useOlder(conversation, timeline, firstVisible);

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
  const toEnd = useCallback(() => {
    virtualizer.scrollToEnd();
  }, [virtualizer]);
  useImperativeHandle(control, () => ({ jump, toEnd }), [jump, toEnd]);

  useEffect(() => {
    if (wanted === null) return;
    const index = rows.findIndex(({ entry }) => entry.kind === "message" && entry.message.seq === wanted);
    if (index === -1) return;
    setWanted(null);
    setFlashed(wanted);
    virtualizer.scrollToIndex(index, { align: "center" });
  }, [rows, wanted, virtualizer]);
  useEffect(() => {
    if (flashed === null) return undefined;
    const timer = setTimeout(() => setFlashed(null), flashMs);
    return () => clearTimeout(timer);
  }, [flashed]);

  const lastKey = rows.at(-1)?.key ?? null;
  const isFocusHere = focusKey !== null && rows.some(({ key }) => key === focusKey);
  const tabStop = isFocusHere ? focusKey : lastKey;

  return (
    <div className="timeline-place">
      <div
        ref={scroller}
        className="timeline"
        role="log"
        aria-label="Messages"
        aria-live="off"
        aria-busy={!timeline.isLoaded}
        data-stale={timeline.isStale}
        onKeyDown={moveFocus}
        onFocus={(event) => {
          const key = event.target.closest<HTMLElement>("[data-key]")?.dataset["key"];
          if (key !== undefined) setFocusKey(key);
        }}
      >
        {older.state !== "none" && (
          <div className="timeline-older">
            {older.state === "failed" ? (
              <button type="button" className="button-link" onClick={older.load}>
                Earlier messages could not be loaded. Try again
              </button>
            ) : (
              <span className="quiet">Loading …</span>
            )}
          </div>
        )}
        {timeline.isLoaded && rows.length === 0 && <p className="quiet timeline-empty">No messages yet. Say hello!</p>}
        <div className="timeline-sizer" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const seq = row.entry.kind === "message" ? row.entry.message.seq : 0;
            const senderId = row.entry.kind === "message" ? row.entry.message.senderId : "";
            return (
              <div
                key={item.key}
                ref={virtualizer.measureElement}
                className="timeline-row"
                data-index={item.index}
                data-key={row.key}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <TimelineRow
                  row={row}
                  isLast={item.index === rows.length - 1}
                  isBelow={2 * item.index > firstVisible + lastVisible}
                  mark={markOf(row.entry, receipts, isGroup)}
                  readers={(readers.get(seq) ?? []).filter((userId) => userId !== senderId).join(",")}
                  isHighlighted={seq !== 0 && seq === flashed}
                  isTabStop={row.key === tabStop}
                />
              </div>
            );
          })}
        </div>
      </div>
      {!isAtEnd && (
        <button
          type="button"
          className="to-end"
          onClick={toEnd}
          aria-label={
            summary !== undefined && summary.unread > 0 ? `To the newest, ${summary.unread} unread` : "To the newest"
          }
        >
          <Icon name="down" />
          {summary !== undefined && summary.unread > 0 && <span className="badge to-end-badge">{summary.unread}</span>}
        </button>
      )}
    </div>
  );
}

/** Up and down go from message to message; Tab leaves them. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  if (!(event.target instanceof HTMLElement) || event.target.dataset["message"] === undefined) return;
  const messages = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-message]")];
  const next = messages[messages.indexOf(event.target) + (event.key === "ArrowUp" ? -1 : 1)];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}
