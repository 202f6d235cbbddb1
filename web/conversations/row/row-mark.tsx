/** Owns the ticks before one's own last message in a row: sent, delivered, read. They say no more than this device knows. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect } from "react";
import type { Account, Summary } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../../accounts/account-context.ts";
import { Icon } from "../../ui/icons.tsx";

/** A row that is scrolled past asks nothing. */
const seenMs = 500;

export function RowMark({ row, seq }: { row: Summary; seq: number }): JSX.Element | null {
  const { userId } = useAccount();
  const isNote = row.kind === "dm" && (row.peer?.id ?? userId) === userId;
  // In a large group nobody sees receipts.
  if (isNote || row.mode === "large" || row.left) return null;
  return <Ticks conversationId={row.conversationId} isGroup={row.kind === "group"} seq={seq} />;
}

interface TicksProps {
  readonly conversationId: string;
  readonly isGroup: boolean;
  readonly seq: number;
}

function Ticks({ conversationId, isGroup, seq }: TicksProps): JSX.Element {
  const account = useAccount();
  const receipts = useObservable(account.conversation(conversationId).receipts);
  const isKnown = receipts.byUser.size > 0;
  useEffect(() => {
    if (isKnown) return undefined;
    const timer = setTimeout(() => askReceipts(account, conversationId), seenMs);
    return () => clearTimeout(timer);
  }, [account, conversationId, isKnown]);
  const isRead = seq <= (isGroup ? receipts.readByAll : receipts.readByAny);
  const isDelivered = isRead || seq <= (isGroup ? receipts.deliveredToAll : receipts.deliveredToAny);
  const label = isRead
    ? t({ message: "Read", context: "participle", comment: "State of a message: somebody has read it" })
    : isDelivered
      ? t({ message: "Delivered", comment: "State of a message" })
      : t({ message: "Sent", comment: "State of a message" });
  return (
    <span
      className={isRead ? "row-mark row-mark-read" : "row-mark"}
      title={label}
      data-testid="row-mark"
      data-mark={isRead ? "read" : isDelivered ? "delivered" : "sent"}
    >
      <Icon name={isDelivered ? "checkAll" : "check"} size={15} />
      <span className="sr-only">{label}</span>
    </span>
  );
}

/** The chats that were asked for, of each account. One at a time: what the user does comes first. */
const asked = new WeakMap<Account, Set<string>>();
let tail: Promise<unknown> = Promise.resolve();

function askReceipts(account: Account, conversationId: string): void {
  const known = asked.get(account) ?? new Set();
  asked.set(account, known);
  if (known.has(conversationId) || account.connection.getSnapshot().status !== "online") return;
  known.add(conversationId);
  tail = tail.then(() =>
    account
      .conversation(conversationId)
      .loadDetails()
      // The next time that the row is shown it is asked for again.
      .catch(() => known.delete(conversationId)),
  );
}
