/** Owns the list of conversations. Only the rows near the view are in the page. Tab leads to one row, and the arrow keys to the others. Pinned rows are a list of their own above. */
import { t } from "@lingui/core/macro";
import { type JSX, type KeyboardEvent, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Summary } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { useChatActionsOf } from "../../chats/chat-actions.ts";
import { useNow, useRemPx } from "../../browser/observe.ts";
import { useSwipe } from "../../touch/swipe.ts";
import { ConversationRow } from "../row/row.tsx";
import { bringIntoView, useRowWindow } from "./row-window.ts";

/** The heights of a row and of a heading, as the style sheet has them. */
const rowRem = 4.5;
const headingRem = 1.75;

interface ListProps {
  readonly rows: readonly Summary[];
  readonly openId: string | null;
  readonly label: string;
  /** Whether the pinned rows, which come first, stand apart. */
  readonly hasSections: boolean;
}

export function ConversationList({ rows, openId, label, hasSections }: ListProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const account = useAccount();
  const actionsOf = useChatActionsOf();
  const now = useNow(60_000, account.presence.now);
  const remPx = useRemPx();
  const rowPx = rowRem * remPx;
  const headingPx = headingRem * remPx;
  const pinnedCount = hasSections ? pinnedAtTop(rows) : 0;
  const headings = pinnedCount > 0 && pinnedCount < rows.length ? 2 : pinnedCount > 0 ? 1 : 0;
  const tops = useMemo(
    () => topsOf(rows.length, pinnedCount, headings, rowPx, headingPx),
    [rows.length, pinnedCount, headings, rowPx, headingPx],
  );
  const { first, end } = useRowWindow(scroller, tops);
  const shown = rows.slice(first, end);
  useSwipe(scroller, ".row", (element) => {
    const id = element.closest<HTMLElement>("[data-id]")?.dataset["id"];
    const row = rows.find(({ conversationId }) => conversationId === id);
    if (row !== undefined) actionsOf(row, now).setArchived(!row.archived);
  });
  const [focusedId, setFocusedId] = useState<string | null>(null);
  const ids: readonly string[] = shown.map(({ conversationId }) => conversationId);
  const tabStop = [focusedId, openId].find((id) => id !== null && ids.includes(id)) ?? ids[0];
  const wanted = useRef<string | null>(null);
  const linkOf = (id: string) => scroller.current?.querySelector<HTMLElement>(`[data-id="${id}"] .row-link`);
  const moveTo = (index: number) => {
    const next = rows[index];
    const top = tops[index];
    if (next === undefined || top === undefined || scroller.current === null) return;
    wanted.current = next.conversationId;
    setFocusedId(next.conversationId);
    bringIntoView(scroller.current, index === 0 ? 0 : top, top + rowPx);
  };
  // A row far from the view is in the page only after the list has scrolled there.
  useLayoutEffect(() => {
    const link = wanted.current === null ? null : linkOf(wanted.current);
    if (link == null) return;
    wanted.current = null;
    link.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const id = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-id]")?.dataset["id"] : null;
    const index = rows.findIndex(({ conversationId }) => conversationId === id);
    const next = nextIndex(event.key, index, rows.length);
    if (event.defaultPrevented || index === -1 || next === null) return;
    event.preventDefault();
    moveTo(next);
  };
  const items = (from: number, to: number) =>
    rows.slice(Math.max(from, first), Math.min(to, end)).map((row, at) => (
      <div
        key={row.conversationId}
        role="listitem"
        className="list-item"
        data-id={row.conversationId}
        onFocus={() => setFocusedId(row.conversationId)}
        style={{ transform: `translateY(${tops[Math.max(from, first) + at] ?? 0}px)`, height: rowPx }}
      >
        <ConversationRow
          row={row}
          isOpen={row.conversationId === openId}
          now={now}
          isTabStop={row.conversationId === tabStop}
        />
      </div>
    ));

  return (
    <div ref={scroller} className="list-scroller" onKeyDown={onKeyDown}>
      <div className="list-sizer" style={{ height: tops.at(-1) ?? 0 }}>
        {pinnedCount > 0 && (
          <>
            <h2 className="list-section">{t({ message: "Pinned", context: "chats" })}</h2>
            <div role="list" aria-label={t`Pinned conversations`} style={{ height: pinnedCount * rowPx }}>
              {items(0, pinnedCount)}
            </div>
          </>
        )}
        {headings === 2 && (
          <h2
            className="list-section"
            style={{ transform: `translateY(${(tops[pinnedCount] ?? headingPx) - headingPx}px)` }}
          >
            {t({ message: "Other chats", comment: "Above the chats that are not pinned" })}
          </h2>
        )}
        {pinnedCount < rows.length && (
          <div role="list" aria-label={label} style={{ height: (rows.length - pinnedCount) * rowPx }}>
            {items(pinnedCount, rows.length)}
          </div>
        )}
      </div>
    </div>
  );
}

function pinnedAtTop(rows: readonly Summary[]): number {
  const other = rows.findIndex(({ pinned }) => !pinned);
  return other === -1 ? rows.length : other;
}

/** Where each row begins, and at the end where the last one ends. The first heading stands above the pinned rows, the second one above the others. */
function topsOf(count: number, pinned: number, headings: number, rowPx: number, headingPx: number): readonly number[] {
  const above = (index: number) => (index < pinned ? Math.min(1, headings) : headings);
  return Array.from({ length: count + 1 }, (_each, index) => index * rowPx + above(index) * headingPx);
}

/** Where a key leads from a row; null if it is none of those that lead anywhere. */
function nextIndex(key: string, index: number, count: number): number | null {
  switch (key) {
    case "ArrowDown":
      return index + 1;
    case "ArrowUp":
      return index - 1;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}
