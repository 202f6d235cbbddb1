/** Owns the text that says when a user was last online. It updates itself as time passes. */
import { Trans } from "@lingui/react/macro";
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { useAccount } from "../accounts/account-context.ts";
import { useNow } from "../browser/observe.ts";
import { agoText } from "../texts/time.ts";
import { usePresence } from "./presence.ts";

/** "Online" or "Last seen 5 min. ago"; `instead` if the server does not show it. */
export function PresenceNote({
  userId,
  instead = null,
}: {
  userId: string;
  instead?: JSX.Element | null;
}): JSX.Element {
  const { status, lastActiveAt } = usePresence(userId);
  if (status === "online") return <span key="online">{t`Online`}</span>;
  if (status === "unknown" || lastActiveAt === null) return <span key="unknown">{instead}</span>;
  const ago = <Ago at={lastActiveAt} />;
  return <Trans>Last seen {ago}</Trans>;
}

/** "last seen 5 min. ago" or nothing, for lists, where a dot shows who is online. */
export function LastSeen({ userId }: { userId: string }): JSX.Element | null {
  const { status, lastActiveAt } = usePresence(userId);
  if (status !== "offline" || lastActiveAt === null) return null;
  const ago = <Ago at={lastActiveAt} />;
  return (
    <span className="person-note" data-testid="last-seen">
      <Trans comment="Within a line: @ben · last seen 5 min. ago">last seen {ago}</Trans>
    </span>
  );
}

/** In an element of its own, for it changes as time passes. */
function Ago({ at }: { at: number }): JSX.Element {
  return <time dateTime={new Date(at).toISOString()}>{agoText(at, useNow(60_000, useAccount().presence.now))}</time>;
}
