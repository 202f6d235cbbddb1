/** Owns a poll in its bubble: the question, the options with their votes, and who may do what with it. */
import { plural, t } from "@lingui/core/macro";
import type { JSX, ReactNode } from "react";
import { type Message, type PendingMessage, type Poll, votersOf } from "parley-sdk";
import { useAccount } from "../../../accounts/account-context.ts";
import { numberText } from "../../../texts/formats.ts";
import { votesText } from "../../../texts/counts.ts";
import { Icon } from "../../../ui/icons.tsx";
import { useAttempt } from "../../../ui/toast.tsx";
import { useActions } from "../../actions.ts";
import { useReachIndex } from "../reach.ts";
import "./polls.css";

export function PollView({ message, poll, meta }: { message: Message; poll: Poll; meta: ReactNode }): JSX.Element {
  const account = useAccount();
  const { conversation, canWrite, ask } = useActions();
  const attempt = useAttempt();
  const reachIndex = useReachIndex();
  const isOpen = poll.closedAt === null;
  const chosen = poll.options.flatMap(({ userIds }, at) => (userIds.some((id) => id === account.userId) ? [at] : []));
  const voters = votersOf(poll);
  const vote = (option: number) => {
    const without = chosen.filter((each) => each !== option);
    const isTaken = without.length < chosen.length;
    const wanted = isTaken ? without : poll.multiple ? [...chosen, option].sort((a, b) => a - b) : [option];
    attempt(() => conversation.vote(message.seq, wanted));
  };
  return (
    <div className="poll" role="group" aria-label={t`Poll: ${poll.question}`}>
      <p className="poll-question">
        <bdi>{poll.question}</bdi>
      </p>
      <p className="poll-note">
        <Icon name="poll" size={14} />
        <span>{isOpen ? howMany(poll) : t`The poll is closed`}</span>
      </p>
      <ul className="poll-options">
        {poll.options.map(({ text, count }, option) => (
          <li key={option}>
            <button
              type="button"
              className="poll-option"
              aria-pressed={chosen.includes(option)}
              aria-label={`${text}, ${votesText(count)}`}
              disabled={!isOpen || !canWrite}
              tabIndex={reachIndex}
              onClick={() => vote(option)}
            >
              <Option
                text={text}
                count={count}
                share={voters === 0 ? 0 : count / voters}
                isChosen={chosen.includes(option)}
                isMultiple={poll.multiple}
              />
            </button>
          </li>
        ))}
      </ul>
      <div className="poll-foot">
        {voters > 0 ? (
          <button
            type="button"
            className="poll-voters"
            tabIndex={reachIndex}
            onClick={() => ask({ kind: "voters", message })}
          >
            {plural(voters, { one: "# person has voted", other: "# people have voted" })}
          </button>
        ) : (
          <span className="poll-note">{t`Nobody has voted yet`}</span>
        )}
        {meta}
      </div>
    </div>
  );
}

/** A poll that is not sent yet. */
export function PendingPoll({
  poll,
  meta,
}: {
  poll: NonNullable<PendingMessage["poll"]>;
  meta: ReactNode;
}): JSX.Element {
  return (
    <div className="poll">
      <p className="poll-question">
        <bdi>{poll.question}</bdi>
      </p>
      <ul className="poll-options">
        {poll.options.map((text) => (
          <li key={text} className="poll-option">
            <Option text={text} count={0} share={0} isChosen={false} isMultiple={poll.multiple === true} />
          </li>
        ))}
      </ul>
      {meta}
    </div>
  );
}

interface OptionProps {
  readonly text: string;
  readonly count: number;
  readonly share: number;
  readonly isChosen: boolean;
  readonly isMultiple: boolean;
}

function Option({ text, count, share, isChosen, isMultiple }: OptionProps): JSX.Element {
  return (
    <>
      <span className={isMultiple ? "poll-sign" : "poll-sign poll-sign-single"} aria-hidden="true">
        {isChosen && <Icon name="check" size={14} />}
      </span>
      <bdi className="poll-text">{text}</bdi>
      <span className="poll-count">{numberText(count)}</span>
      <span className="poll-bar" aria-hidden="true">
        <span className="poll-share" style={{ inlineSize: `${Math.round(100 * share)}%` }} />
      </span>
    </>
  );
}

function howMany({ multiple }: Poll): string {
  return multiple ? t`Choose one or more` : t`Choose one`;
}
