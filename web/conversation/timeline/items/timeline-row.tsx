/** Owns one row of the history, with the day and the border of the unread above it. */
import { t } from "@lingui/core/macro";
import { type JSX, memo, useEffect, useEffectEvent, useState } from "react";
import type { Hole } from "parley-sdk";
import { useAccount } from "../../../accounts/account-context.ts";
import { useNow } from "../../../browser/observe.ts";
import { useObservable } from "parley-sdk/react";
import { dayName } from "../../../texts/time.ts";
import { useActions } from "../../actions.ts";
import type { SideOf } from "../loading/in-view.ts";
import { MessageView } from "../../message/message.tsx";
import { isFocusLost } from "../../../ui/focus.ts";
import { NoticeLine } from "./notice.tsx";
import type { Mark } from "../../message/receipts.ts";
import type { Row } from "../rows.ts";

interface TimelineItemProps extends TimelineRowProps {
  readonly measure: (element: HTMLElement | null) => void;
  readonly index: number;
  readonly startPx: number;
}

/** The place of a row. It is rendered again only when its own data changed, and not for each other message. */
export const TimelineItem = memo(function TimelineItem(props: TimelineItemProps): JSX.Element {
  const { measure, index, startPx, ...row } = props;
  return (
    <div
      ref={measure}
      className="timeline-row"
      data-index={index}
      data-key={row.row.key}
      style={{ transform: `translateY(${startPx}px)` }}
    >
      <TimelineRow {...row} />
    </div>
  );
});

interface TimelineRowProps {
  readonly row: Row;
  readonly isLast: boolean;
  readonly sideOf: SideOf;
  readonly mark: Mark | null;
  readonly isSeenHere: boolean;
  readonly isHighlighted: boolean;
  readonly isTabStop: boolean;
}

function TimelineRow({
  row,
  isLast,
  sideOf,
  mark,
  isSeenHere,
  isHighlighted,
  isTabStop,
}: TimelineRowProps): JSX.Element {
  const { entry } = row;
  const seq = entry.kind === "message" ? entry.message.seq : null;
  useEffect(() => {
    if (isHighlighted && seq !== null) takeFocus(seq);
  }, [isHighlighted, seq]);
  return (
    <>
      {row.day !== null && <DaySeparator day={row.day} />}
      {row.isFirstUnread && (
        <p className="unread-border" role="separator" data-testid="unread-border">
          {t`New messages`}
        </p>
      )}
      {entry.kind === "notice" && <NoticeLine notice={entry.notice} />}
      {entry.kind === "cut" && (
        <p className="notice">
          <span>{t`Older changes of the group are not shown here`}</span>
        </p>
      )}
      {entry.kind === "hole" && <HoleRow hole={entry.hole} isLast={isLast} sideOf={sideOf} />}
      {(entry.kind === "message" || entry.kind === "pending") && (
        <MessageView
          entry={entry}
          isRunStart={row.isRunStart}
          isRunEnd={row.isRunEnd}
          mark={mark}
          isSeenHere={isSeenHere}
          isHighlighted={isHighlighted}
          isTabStop={isTabStop}
        />
      )}
    </>
  );
}

/** A user who followed a quote, or an address, goes on from the message. The focus of somebody who is elsewhere, in the panel or a search, stays there. */
function takeFocus(seq: number): void {
  if (!isFocusLost() && document.activeElement?.closest(".timeline-place") == null) return;
  document.querySelector<HTMLElement>(`.timeline [data-seq="${seq}"]`)?.focus({ preventScroll: true });
}

const DaySeparator = memo(function DaySeparator({ day }: { day: number }): JSX.Element {
  const now = useNow(60_000, useAccount().presence.now);
  return (
    <p className="day" role="separator">
      <span>{dayName(day, now)}</span>
    </p>
  );
});

/** The day at the upper edge of the view, while the user scrolls. Screen readers have the days between the messages. */
export const StickyDay = memo(function StickyDay({ day, isShown }: { day: number; isShown: boolean }): JSX.Element {
  const now = useNow(60_000, useAccount().presence.now);
  return (
    <p className="day day-sticky" aria-hidden="true" data-shown={isShown}>
      <span>{dayName(day, now)}</span>
    </p>
  );
});

/** Stands for messages that are not loaded. It loads them as soon as it comes near the view, from the end of the hole at which the reader is. */
function HoleRow({ hole, isLast, sideOf }: { hole: Hole; isLast: boolean; sideOf: SideOf }): JSX.Element {
  const { conversation } = useActions();
  const { isStale } = useObservable(conversation.timeline);
  const [failed, setFailed] = useState<{ readonly isStale: boolean } | null>(null);
  // A failure while the timeline was stale is tried again once it is not.
  const hasFailed = failed !== null && (isStale || !failed.isStale);
  const { after, before } = hole;
  const fill = useEffectEvent(() =>
    isLast ? conversation.loadNewest() : conversation.fill({ after, before }, { from: sideOf({ after, before }) }),
  );
  useEffect(() => {
    if (hasFailed) return undefined;
    let isCurrent = true;
    fill().catch(() => {
      if (isCurrent) setFailed({ isStale: conversation.timeline.getSnapshot().isStale });
    });
    return () => {
      isCurrent = false;
    };
  }, [conversation, after, before, isLast, hasFailed]);
  return (
    <div className="hole" data-testid="hole">
      {hasFailed ? (
        <button type="button" className="button-link" onClick={() => setFailed(null)}>
          {t`Messages are missing here. Try again`}
        </button>
      ) : (
        <span className="quiet">{t`Loading…`}</span>
      )}
    </div>
  );
}
