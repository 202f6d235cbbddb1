/** Owns the list of conversations. Only the rows near the view are in the page. Tab leads to one row, and the arrow keys to the others. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type JSX, type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import type { Summary } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useNow } from "../browser/observe.ts";
import { ConversationRow } from "./row/row.tsx";

const rowPx = 72;

interface ListProps {
  readonly rows: readonly Summary[];
  readonly openId: string | null;
  readonly label: string;
}

export function ConversationList({ rows, openId, label }: ListProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const now = useNow(60_000, useAccount().presence.now);
  // eslint-disable-next-line react/incompatible-library -- its methods are called in this component alone
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => rows[index]?.conversationId ?? index,
    overscan: 6,
  });
  const items = virtualizer.getVirtualItems();
  const [focusedId, setFocusedId] = useState<string | null>(null);
  const ids: readonly (string | undefined)[] = items.map(({ index }) => rows[index]?.conversationId);
  const tabStop = [focusedId, openId].find((id) => id !== null && ids.includes(id)) ?? ids[0];
  const wanted = useRef<string | null>(null);
  const linkOf = (id: string) => scroller.current?.querySelector<HTMLElement>(`[data-id="${id}"] .row-link`);
  const moveTo = (index: number) => {
    const next = rows[index];
    if (next === undefined) return;
    wanted.current = next.conversationId;
    setFocusedId(next.conversationId);
    virtualizer.scrollToIndex(index);
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

  return (
    <div ref={scroller} className="list-scroller" onKeyDown={onKeyDown}>
      <div className="list-sizer" role="list" aria-label={label} style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <div
              key={item.key}
              role="listitem"
              className="list-item"
              data-id={row.conversationId}
              onFocus={() => setFocusedId(row.conversationId)}
              style={{ transform: `translateY(${item.start}px)`, height: rowPx }}
            >
              <ConversationRow
                row={row}
                isOpen={row.conversationId === openId}
                now={now}
                isTabStop={row.conversationId === tabStop}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
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
