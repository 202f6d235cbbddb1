/** Owns the messages that are found by the search above the list of chats, in all chats of the account. */
import { t } from "@lingui/core/macro";
import { type JSX, useCallback } from "react";
import { useAccount } from "../accounts/account-context.ts";
import { askOf, type Filters } from "./filters/filters.ts";
import { HitList } from "./hit-list.tsx";
import { HitPages } from "./hit-pages.ts";
import { useKeptHits } from "./hits.ts";

interface MessageResultsProps {
  readonly words: string;
  readonly filters: Filters;
  readonly onLeave: () => void;
}

export function MessageResults({ words, filters, onLeave }: MessageResultsProps): JSX.Element | null {
  const account = useAccount();
  const make = useCallback(
    () => new HitPages((ask) => account.search(words, { ...askOf(filters), ...ask })),
    [account, words, filters],
  );
  const key = JSON.stringify([words, filters]);
  const kept = useKeptHits("search", key, make);
  if (words === "") return null;
  return (
    <>
      <h2 className="list-heading">{t`Messages`}</h2>
      <HitList
        key={key}
        kept={kept}
        label={t`Messages found`}
        emptyText={t`No messages found.`}
        isUnread={() => false}
        onLeave={onLeave}
      />
    </>
  );
}
