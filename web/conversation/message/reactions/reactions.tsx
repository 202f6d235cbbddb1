/** Owns the reactions under a message. Each opens the list of who reacted, and with what. */
import { listText, numberText } from "../../../texts/formats.ts";
import { plural, t } from "@lingui/core/macro";
import { type JSX, useMemo, useState } from "react";
import type { Message, Reaction } from "parley-sdk";
import { useAccount } from "../../../accounts/account-context.ts";
import { useNames } from "../../../people/people.ts";
import { Popover } from "../../../ui/popover.tsx";
import { useActions } from "../../actions.ts";
import { useReachIndex } from "../reach.ts";
import { ReactedBy } from "./reacted-by.tsx";

/** A reaction of more people than this shows their number and no names: the name of each person who has left the conversation must be fetched. */
const namedMax = 10;

export function Reactions({ message }: { message: Message }): JSX.Element | null {
  const [shown, setShown] = useState<string | null>(null);
  if (message.reactions.length === 0) return null;
  return (
    <div className="reactions" role="group" aria-label={t`Reactions`}>
      {message.reactions.map((reaction) => (
        <ReactionButton
          key={reaction.emoji}
          message={message}
          reaction={reaction}
          isOpen={shown === reaction.emoji}
          onOpenChange={(isOpen) => setShown(isOpen ? reaction.emoji : null)}
        />
      ))}
    </div>
  );
}

interface ReactionProps {
  readonly message: Message;
  readonly reaction: Reaction;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
}

function ReactionButton({ message, reaction, isOpen, onOpenChange }: ReactionProps): JSX.Element {
  const account = useAccount();
  const { details } = useActions();
  const reachIndex = useReachIndex();
  const { emoji, count: total, userIds } = reaction;
  const isOwn = userIds.some((id) => id === account.userId);
  const others = useMemo(() => userIds.filter((id) => id !== account.userId), [userIds, account]);
  const named = useMemo(() => others.slice(0, namedMax), [others]);
  const more = total - Number(isOwn) - named.length;
  const names = listText([
    ...(isOwn ? [t`You`] : []),
    // Most of them are members. The names of members come with the details.
    ...useNames(named, details !== undefined),
    ...(more === 0 ? [] : [plural(more, { one: "# other", other: "# others" })]),
  ]);
  const count = numberText(total);
  return (
    <Popover
      label={t`Who reacted`}
      className="picker-place reacted-by"
      align="start"
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      trigger={
        <button
          type="button"
          className={isOwn ? "reaction reaction-own" : "reaction"}
          tabIndex={reachIndex}
          aria-label={t({
            message: `${emoji} ${count}: ${names}`,
            comment: "A reaction, how many people chose it, and who",
          })}
          title={names}
        >
          {emoji}
          {total > 1 && <span className="reaction-count">{count}</span>}
        </button>
      }
    >
      {() => <ReactedBy message={message} first={emoji} onDone={() => onOpenChange(false)} />}
    </Popover>
  );
}
