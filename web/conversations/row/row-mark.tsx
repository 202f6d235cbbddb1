/** Owns the ticks before one's own last message in a row: sent, delivered, read. They say no more than this device knows. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect } from "react";
import type { Account, Summary } from "parley-sdk";
import { reachOf } from "./reach-of.ts";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../../accounts/account-context.ts";
import { isLinkedAt, useLinks } from "../../accounts/linked.ts";
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
  const links = useLinks();
  const conversation = account.conversation(conversationId);
  const receipts = useObservable(conversation.receipts);
  const details = useObservable(conversation.details);
  const { isRead, isDelivered } = reachOf(
    seq,
    receipts,
    isGroup ? (details?.members ?? null) : undefined,
    account.userId,
  );
  useEffect(() => {
    if (isRead) return undefined;
    const timer = setTimeout(() => askReceipts(account, conversationId, links), seenMs);
    return () => clearTimeout(timer);
  }, [account, conversationId, isRead, links]);
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

/** The chats that were asked for, of each account, and as of which link: what came in without one is not told later. One at a time: what the user does comes first. */
const asked = new WeakMap<Account, Map<string, number>>();
let tail: Promise<unknown> = Promise.resolve();

function askReceipts(account: Account, conversationId: string, links: number): void {
  const known = asked.get(account) ?? new Map<string, number>();
  asked.set(account, known);
  if (known.get(conversationId) === links || !isLinkedAt(account.connection.getSnapshot().status)) return;
  known.set(conversationId, links);
  tail = tail.then(() =>
    account
      .conversation(conversationId)
      .loadDetails()
      // The next time that the row is shown it is asked for again.
      .catch(() => known.delete(conversationId)),
  );
}
