/** Owns the list of who reacted to a message: by emoji, of each some people and the number of the others. */
import { numberText } from "../../../texts/formats.ts";
import { plural, t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Message, Reaction } from "parley-sdk";
import { useAccount } from "../../../accounts/account-context.ts";
import { Avatar } from "../../../names/avatar.tsx";
import { nameOf } from "../../../names/names.ts";
import { usePerson } from "../../../people/people.ts";
import { useActions } from "../../actions.ts";
import { useReact } from "./react.ts";

/** So many are named by emoji; of large groups the server names no more. */
const listedMax = 20;

interface ReactedByProps {
  readonly message: Message;
  /** The emoji that was chosen. It stands first. */
  readonly first: string;
  readonly onDone: () => void;
}

export function ReactedBy({ message, first, onDone }: ReactedByProps): JSX.Element {
  const account = useAccount();
  const { canWrite } = useActions();
  const react = useReact(message);
  const reactions = message.reactions.toSorted(
    (one, other) => Number(other.emoji === first) - Number(one.emoji === first) || other.count - one.count,
  );
  const isOwn = reactions[0]?.userIds.some((id) => id === account.userId) === true;
  return (
    <>
      {canWrite && message.unsentAt === null && (
        <button
          type="button"
          className="button reacted-by-own"
          onClick={() => {
            onDone();
            react(first);
          }}
        >
          {isOwn
            ? t({ message: `Remove your ${first}`, comment: "Takes the own reaction away" })
            : t({ message: `React ${first} too`, comment: "Adds the reaction that others have chosen" })}
        </button>
      )}
      {reactions.map((reaction) => (
        <ReactionPeople key={reaction.emoji} reaction={reaction} />
      ))}
    </>
  );
}

function ReactionPeople({ reaction }: { reaction: Reaction }): JSX.Element {
  const account = useAccount();
  const { emoji, count, userIds } = reaction;
  const listed = userIds
    .toSorted((one, other) => Number(other === account.userId) - Number(one === account.userId))
    .slice(0, listedMax);
  const more = count - listed.length;
  return (
    <section className="reacted-by-emoji" aria-label={emoji}>
      <p className="reacted-by-title">
        <span className="reacted-by-sign">{emoji}</span> <span>{numberText(count)}</span>
      </p>
      <ul>
        {listed.map((userId) => (
          <ReactedPerson key={userId} userId={userId} />
        ))}
      </ul>
      {more > 0 && <p className="quiet">{plural(more, { one: "and # other", other: "and # others" })}</p>}
    </section>
  );
}

function ReactedPerson({ userId }: { userId: string }): JSX.Element {
  const account = useAccount();
  const user = usePerson(userId);
  const name = nameOf(user);
  return (
    <li className="reacted-by-person">
      <Avatar id={userId} name={name} url={user?.avatarUrl} size="small" />
      <bdi>{userId === account.userId ? t`You` : name}</bdi>
    </li>
  );
}
