/** Owns the button that shows the list of mentions, and says how many of them are unread. */
import { plural, t } from "@lingui/core/macro";
import type { JSX } from "react";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { cappedText } from "../texts/counts.ts";
import { IconButton } from "../ui/button.tsx";
import { unreadMentions } from "./mentions.tsx";

export function MentionsButton({ isShown, onClick }: { isShown: boolean; onClick: () => void }): JSX.Element {
  const unread = unreadMentions(useObservable(useAccount().inbox));
  return (
    <span className="mentions-button">
      <IconButton
        icon="mention"
        label={unread === 0 ? t`Mentions` : t`Mentions, ${plural(unread, { one: "# unread", other: "# unread" })}`}
        aria-pressed={isShown}
        onClick={onClick}
      />
      {unread > 0 && (
        <span className="badge mentions-badge" aria-hidden="true">
          {cappedText(unread, 99)}
        </span>
      )}
    </span>
  );
}
