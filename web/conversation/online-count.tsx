/** Owns how many members of a small group are online; of a large one it would have to ask too many. */
import { type JSX, useRef } from "react";
import type { Conversation } from "../../client/index.ts";
import { useAccount } from "../accounts/account-context.ts";
import { useOnlineCount, useWatched } from "../people/presence.ts";

const countedMembersMax = 25;

/** " · 3 online", without oneself, as the dots in the list of members; nothing where it is nobody, or not known. */
export function OnlineCount({ details }: { details: Conversation }): JSX.Element {
  const account = useAccount();
  const place = useRef<HTMLSpanElement>(null);
  const isCounted = details.memberCount <= countedMembersMax;
  const others = isCounted
    ? (details.members ?? []).map(({ user }) => user.id).filter((id) => id !== account.userId)
    : [];
  useWatched(place, others);
  const online = useOnlineCount(others);
  return <span ref={place}>{online > 0 && ` · ${online} online`}</span>;
}
