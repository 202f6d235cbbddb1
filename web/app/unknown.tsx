/** Owns the address of a conversation that the account on screen does not have. If another account of this browser has it, the app switches to that one. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useEffectEvent } from "react";
import type { Account } from "parley-sdk";
import { hashOf } from "../navigation/route.ts";

interface UnknownProps {
  readonly conversationId: string;
  readonly accounts: readonly Account[];
  /** Shows the same page of another account. */
  readonly onFound: (userId: string) => void;
}

export function Unknown({ conversationId, accounts, onFound }: UnknownProps): JSX.Element {
  const look = useEffectEvent(() => {
    const owner = accounts.find(({ inbox }) => inbox.row(conversationId) !== undefined);
    if (owner !== undefined) onFound(owner.userId);
  });
  useEffect(() => {
    look();
    // An inbox that is not loaded yet may have it.
    const ends = accounts.map(({ inbox }) => inbox.subscribe(() => look()));
    return () => ends.forEach((end) => end());
  }, [accounts, conversationId]);
  return (
    <main className="pane pane-empty">
      <p>{t`There is no such conversation here.`}</p>
      <a className="button" href={hashOf({ at: "inbox" })}>
        {t`Back to the chats`}
      </a>
    </main>
  );
}
