/** Owns the text that says when somebody was last online. It updates itself as time passes. */
import type { JSX } from "react";
import { useAccount } from "../accounts/account-context.ts";
import { useNow } from "../app/observe.ts";
import { agoText } from "../ui/time.ts";
import { usePresence } from "./presence.ts";

/** "Online" or "Last seen 5 min ago"; `instead` if the server does not tell. */
export function PresenceNote({ userId, instead = "" }: { userId: string; instead?: string }): JSX.Element {
  const { status, lastActiveAt } = usePresence(userId);
  if (status === "online") return <>Online</>;
  if (status === "unknown" || lastActiveAt === null) return <>{instead}</>;
  return (
    <>
      Last seen <Ago at={lastActiveAt} />
    </>
  );
}

/** "last seen 5 min ago" or nothing, for lists, where a dot shows who is online. */
export function LastSeen({ userId }: { userId: string }): JSX.Element | null {
  const { status, lastActiveAt } = usePresence(userId);
  if (status !== "offline" || lastActiveAt === null) return null;
  return (
    <span className="person-note" data-testid="last-seen">
      last seen <Ago at={lastActiveAt} />
    </span>
  );
}

function Ago({ at }: { at: number }): JSX.Element {
  return <>{agoText(at, useNow(60_000, useAccount().presence.now))}</>;
}
