/** Owns the list of who voted, option by option; of each the next people are asked for. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useState } from "react";
import { useObservable } from "parley-sdk/react";
import type { Message, User } from "parley-sdk";
import { useAccount } from "../../../accounts/account-context.ts";
import { useLinks } from "../../../accounts/linked.ts";
import { Avatar } from "../../../names/avatar.tsx";
import { nameOf } from "../../../names/names.ts";
import { errorText } from "../../../texts/error-text.ts";
import { votesText } from "../../../texts/counts.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { FormError } from "../../../ui/field.tsx";
import { useActions } from "../../actions.ts";
import "./polls.css";

const pageSize = 50;

export function VotersDialog({ message, onClose }: { message: Message; onClose: () => void }): JSX.Element {
  const { conversation } = useActions();
  const present = useObservable(conversation.message(message.seq)) ?? message;
  const { poll } = present;
  return (
    <Dialog title={t`Votes`} onClose={onClose}>
      <div className="dialog-body">
        <p className="poll-question">
          <bdi>{poll?.question}</bdi>
        </p>
        {poll?.options.map(({ text, count }, option) => (
          <section key={option} className="poll-chosen" aria-label={text}>
            <h3>
              <bdi>{text}</bdi> <span className="quiet">{votesText(count)}</span>
            </h3>
            {/* Asked for anew when somebody votes. */}
            {count > 0 && <Voters key={count} seq={message.seq} option={option} />}
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Voters({ seq, option }: { seq: number; option: number }): JSX.Element {
  const account = useAccount();
  const { conversation } = useActions();
  const links = useLinks();
  const [users, setUsers] = useState<readonly User[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const load = (from: string | null, signal?: AbortSignal) =>
    conversation.voters(seq, { option, limit: pageSize, ...(from === null ? {} : { cursor: from }), signal }).then(
      (page) => {
        setUsers((before) => [...(from === null ? [] : before), ...page.items]);
        setCursor(page.cursor);
        setFault(null);
      },
      (error: unknown) => {
        if (signal?.aborted !== true) setFault(errorText(error));
      },
    );
  useEffect(() => {
    const ending = new AbortController();
    void load(null, ending.signal);
    return () => ending.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- asked for once, and again with each link
  }, [links]);
  return (
    <>
      <ul>
        {users.map((user) => (
          <li key={user.id} className="poll-voter">
            <Avatar id={user.id} name={nameOf(user)} url={user.avatarUrl} size="small" />
            <bdi>{user.id === account.userId ? t`You` : nameOf(user)}</bdi>
          </li>
        ))}
      </ul>
      <FormError text={fault} />
      {cursor !== null && (
        <button type="button" className="button" onClick={() => void load(cursor)}>
          {t`Show more`}
        </button>
      )}
    </>
  );
}
