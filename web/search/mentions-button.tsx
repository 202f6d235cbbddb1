/** Owns the filter that shows the list of mentions, and says how many of them are unread. */
import { plural, t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { InboxState } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { cappedText } from "../texts/counts.ts";

/** How many mentions are unread, as the server counts them. */
export function unreadMentions({ conversations, archived }: InboxState): number {
  return [...conversations, ...archived].reduce((sum, { mentionsUnread }) => sum + mentionsUnread, 0);
}

export function MentionsButton({ isShown, onClick }: { isShown: boolean; onClick: () => void }): JSX.Element {
  const unread = unreadMentions(useObservable(useAccount().inbox));
  return (
    <button type="button" className="list-filter" aria-pressed={isShown} tabIndex={isShown ? 0 : -1} onClick={onClick}>
      <span aria-hidden="true">{t`Mentions`}</span>
      <span className="sr-only">
        {unread === 0 ? t`Mentions` : t`Mentions, ${plural(unread, { one: "# unread", other: "# unread" })}`}
      </span>
      {unread > 0 && (
        <span className="badge badge-mention" aria-hidden="true">
          {cappedText(unread, 99)}
        </span>
      )}
    </button>
  );
}
