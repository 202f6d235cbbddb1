/** Owns the scrolling history. Only rows near the view are in the page. */
import { numberText } from "../../texts/formats.ts";
import { plural, t } from "@lingui/core/macro";
import {
  type JSX,
  type KeyboardEvent,
  memo,
  type Ref,
  useCallback,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from "react";
import { useAccount } from "../../accounts/account-context.ts";
import { useSwipe } from "../../touch/swipe.ts";
import { useObservable } from "parley-sdk/react";
import { Icon } from "../../ui/icons.tsx";
import { useActions } from "../actions.ts";
import { useBesideHole } from "./loading/beside-hole.ts";
import { useHoles } from "./loading/holes.ts";
import { useInView } from "./loading/in-view.ts";
import { useJump, useTarget } from "./jump.ts";
import { useOlder } from "./loading/older.ts";
import { usePlace, useReturn } from "./place.ts";
import { useMarkRead, useUnreadBorder } from "./reading.ts";
import { markOf, seenSeqOf } from "../message/receipts.ts";
import { Beginning } from "./items/beginning.tsx";
import { dayAt, type Row, RowMaker } from "./rows.ts";
import { endPx, useScrolling } from "./scrolling.ts";
import { StickyDay, TimelineItem } from "./items/timeline-row.tsx";

export interface TimelineControl {
  jump(seq: number): void;
  toEnd(): void;
}

interface TimelineProps {
  readonly control: Ref<TimelineControl>;
  /** The message that the address names. */
  readonly target: number | null;
}

export const TimelineView = memo(function TimelineView({ control, target }: TimelineProps): JSX.Element {
  const account = useAccount();
  const { conversation, isGroup, canSend, reply } = useActions();
  const timeline = useObservable(conversation.timeline);
  const receipts = useObservable(conversation.receipts);
  const unread = useObservable(conversation.summary)?.unread ?? 0;
  const readBefore = useUnreadBorder(conversation);
  const [rowMaker] = useState(() => new RowMaker());
  const rows = useMemo(
    () => rowMaker.rows(timeline.entries, readBefore, timeline.hasBefore),
    [rowMaker, timeline.entries, timeline.hasBefore, readBefore],
  );
  const seenSeq = useMemo(
    () => (isGroup ? seenSeqOf(timeline.entries, receipts, account.userId) : null),
    [isGroup, timeline.entries, receipts, account],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const [focusKey, setFocusKey] = useState<string | null>(null);

  const scrolling = useScrolling(rows, scroller);
  const { virtualizer, opens, toEndSoon, isOnWay } = scrolling;
  const isPlaced = usePlace(conversation, timeline, rows, readBefore, scrolling);
  // This call stands before `range` is read, because it computes `range` for the present rows.
  const items = virtualizer.getVirtualItems();
  const firstVisible = virtualizer.range?.startIndex ?? 0;
  const lastVisible = virtualizer.range?.endIndex ?? -1;
  const isAtEnd = rows.length === 0 || virtualizer.isAtEnd(endPx);
  const hasSkipped = useMarkRead(conversation, rows, timeline, { firstVisible, lastVisible, isPlaced });
  useReturn(rows, firstVisible, scrolling);
  const sideOf = useInView(conversation, rows, firstVisible, lastVisible);
  useBesideHole(rows, virtualizer, firstVisible, lastVisible, sideOf);
  useHoles(conversation, rows, firstVisible, lastVisible);
  const older = useOlder(conversation, timeline, firstVisible);

  const inTheMiddle = seqNear(rows, Math.floor((firstVisible + lastVisible) / 2));
  const { jump, back, forgetPlaces, flashed } = useJump(conversation, rows, scrolling, isAtEnd ? null : inTheMiddle);
  useTarget(conversation.id, target, isPlaced, jump);
  useSwipe(scroller, "[data-message]", ({ dataset }) => {
    const seq = Number(dataset["seq"]);
    const entry = rows.find((row) => row.entry.kind === "message" && row.entry.message.seq === seq)?.entry;
    if (canSend && entry?.kind === "message" && entry.message.unsentAt === null) reply(entry.message);
  });
  const toEnd = useCallback(() => {
    forgetPlaces();
    toEndSoon();
  }, [toEndSoon, forgetPlaces]);
  useImperativeHandle(control, () => ({ jump, toEnd }), [jump, toEnd]);

  const stickyDay = dayAt(rows, firstVisible);
  // Tab leads to the message that had the focus last, or to the newest one that is in the page.
  const reachable = items.flatMap(({ index }) => rows[index] ?? []).filter(isWritten);
  const tabStop = (reachable.find(({ key }) => key === focusKey) ?? reachable.at(-1))?.key;

  return (
    <div className="timeline-place">
      <div
        ref={scroller}
        className="timeline"
        role="log"
        aria-label={t`Messages`}
        aria-live="off"
        aria-busy={!timeline.isLoaded}
        data-stale={timeline.isStale}
        onKeyDown={moveFocus}
        onClick={({ target }) => {
          if (!(target instanceof Element) || target.closest(".show-all") === null) return;
          const key = target.closest<HTMLElement>("[data-key]")?.dataset["key"];
          if (key !== undefined) opens(key);
        }}
        onFocus={(event) => {
          const key = event.target.closest<HTMLElement>("[data-key]")?.dataset["key"];
          if (key !== undefined) setFocusKey(key);
        }}
      >
        {older.state !== "none" && (
          <div className="timeline-older">
            {older.state === "failed" ? (
              <button type="button" className="button-link" onClick={older.load}>
                {t`Earlier messages could not be loaded. Try again`}
              </button>
            ) : (
              <span className="quiet">{t`Loading…`}</span>
            )}
          </div>
        )}
        {timeline.isLoaded && !timeline.hasBefore && rows.every(({ entry }) => entry.kind === "notice") && (
          <Beginning />
        )}
        <div className="timeline-sizer" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const seq = row.entry.kind === "message" ? row.entry.message.seq : 0;
            return (
              <TimelineItem
                key={item.key}
                measure={virtualizer.measureElement}
                index={item.index}
                startPx={item.start}
                row={row}
                isLast={item.index === rows.length - 1}
                sideOf={sideOf}
                mark={markOf(row.entry, receipts, isGroup)}
                isSeenHere={seq !== 0 && seq === seenSeq}
                isHighlighted={seq !== 0 && seq === flashed}
                isTabStop={row.key === tabStop}
              />
            );
          })}
        </div>
      </div>
      {stickyDay !== null && <StickyDay day={stickyDay} isShown={virtualizer.isScrolling && !isAtEnd} />}
      {(!isAtEnd || hasSkipped) && (
        <ToEnd
          unread={unread}
          isOnWay={isOnWay}
          onBack={back}
          onEnd={() => {
            conversation.markRead(timeline.headSeq);
            toEnd();
          }}
        />
      )}
    </div>
  );
});

interface ToEndProps {
  readonly unread: number;
  /** It was pressed, and the newest messages are being made. */
  readonly isOnWay: boolean;
  /** Leads back to where the reader was before a jump; null where that was the end, or there was no jump. */
  readonly onBack: (() => void) | null;
  readonly onEnd: () => void;
}

function ToEnd({ unread, isOnWay, onBack, onEnd }: ToEndProps): JSX.Element {
  const newest =
    unread > 0 ? t`To the newest, ${plural(unread, { one: "# unread", other: "# unread" })}` : t`To the newest`;
  const label = onBack === null ? newest : t`Back to where you were`;
  return (
    <button
      type="button"
      className="to-end"
      onClick={onBack ?? onEnd}
      aria-label={label}
      aria-busy={isOnWay || undefined}
      title={label}
    >
      <Icon name={onBack === null ? "down" : "reply"} />
      {onBack === null && unread > 0 && <span className="badge to-end-badge">{numberText(unread)}</span>}
    </button>
  );
}

/** The message at this row, or the next one above it. */
function seqNear(rows: readonly Row[], index: number): number | null {
  const entry = rows.slice(0, index + 1).findLast((row) => row.entry.kind === "message")?.entry;
  return entry?.kind === "message" ? entry.message.seq : null;
}

function isWritten({ entry }: Row): boolean {
  return entry.kind === "message" || entry.kind === "pending";
}

/** Up and down go from message to message; Tab leaves them. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  // With Alt they lead from chat to chat.
  if (event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  if (!(event.target instanceof HTMLElement) || event.target.dataset["message"] === undefined) return;
  const messages = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-message]")];
  const next = messages[messages.indexOf(event.target) + (event.key === "ArrowUp" ? -1 : 1)];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}
