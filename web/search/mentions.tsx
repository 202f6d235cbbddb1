/** Owns the list of messages that mention the user, and which of them are unread. */
import { t } from "@lingui/core/macro";
import { type JSX, useCallback, useEffect, useRef } from "react";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { mentionRanges } from "./text/excerpt.ts";
import { HitList } from "./hit-list.tsx";
import { type Found, HitPages } from "./hit-pages.ts";
import { useKeptHits } from "./hits.ts";
import { unreadMentions } from "./mentions-button.tsx";

export function Mentions({ onLeave }: { onLeave: () => void }): JSX.Element {
  const account = useAccount();
  const inbox = useObservable(account.inbox);
  const make = useCallback(
    () =>
      new HitPages(async (ask) => {
        const page = await account.mentions(ask);
        const { handle } = account.user.getSnapshot();
        const items = page.items.map(({ message }) => ({
          message,
          highlights: mentionRanges(message.text, handle),
        }));
        return { ...page, items };
      }),
    [account],
  );
  const kept = useKeptHits("mentions", "", make);

  const unread = unreadMentions(inbox);
  const before = useRef(unread);
  useEffect(() => {
    if (unread > before.current) kept.pages.refresh().catch(() => undefined);
    before.current = unread;
  }, [kept, unread]);

  const isUnread = ({ message }: Found) => {
    const row = account.inbox.row(message.conversationId);
    return row !== undefined && row.mentionsUnread > 0 && message.seq > row.read;
  };
  return (
    <div className="list-scroller">
      <HitList
        kept={kept}
        label={t`Mentions`}
        emptyText={t`Nobody has mentioned you yet.`}
        isUnread={isUnread}
        onLeave={onLeave}
      />
    </div>
  );
}
