/** Owns how many members of a small group are online. In a large one the presence of too many members would have to be asked for. */
import { plural, t } from "@lingui/core/macro";
import { type JSX, useRef } from "react";
import type { Conversation } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useOnlineCount, useWatched } from "../people/presence.ts";

const countedMembersMax = 25;

/** " · 3 online", not counting the user. Nothing is shown if nobody is online, or it is not known. */
export function OnlineCount({ details }: { details: Conversation }): JSX.Element {
  const account = useAccount();
  const place = useRef<HTMLSpanElement>(null);
  const isCounted = details.mode === "small" && details.memberCount <= countedMembersMax;
  const others = isCounted
    ? (details.members ?? []).map(({ user }) => user.id).filter((id) => id !== account.userId)
    : [];
  useWatched(place, others);
  const online = useOnlineCount(others);
  return (
    <span ref={place}>
      {online > 0 &&
        t({
          message: ` · ${plural(online, { one: "# online", other: "# online" })}`,
          comment: "Follows the number of members: 5 members · 3 online",
        })}
    </span>
  );
}
