/** Owns the words for when somebody was last online, redrawn by itself as time goes by. */
import type { JSX } from "react";
import { useAccount } from "../accounts/account-context.ts";
import { useNow } from "../app/observe.ts";
import { agoText } from "../ui/time.ts";
import { usePresence } from "./presence.ts";

/** "Online", "Last seen 5 min ago"; where nothing is known, or may be known, what is given instead. */
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

/** For the line of a list, where a dot says who is online: "last seen 5 min ago", or nothing. */
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
