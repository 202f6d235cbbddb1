/** Owns the list of conversations. Only the rows near the view are in the page. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type JSX, useRef } from "react";
import type { Summary } from "../../client/index.ts";
import { useAccount } from "../accounts/account-context.ts";
import { useNow } from "../app/observe.ts";
import { ConversationRow } from "./row.tsx";

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
  return (
    <div ref={scroller} className="list-scroller">
      <div className="list-sizer" role="list" aria-label={label} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <div
              key={item.key}
              role="listitem"
              className="list-item"
              style={{ transform: `translateY(${item.start}px)`, height: rowPx }}
            >
              <ConversationRow row={row} isOpen={row.conversationId === openId} now={now} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
