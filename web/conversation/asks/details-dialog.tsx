/** Owns the details of a message: when it was sent and edited, whom it has reached, who has read it, and that its place in the history is sound. */
import { numberText } from "../../texts/formats.ts";
import { plural, t } from "@lingui/core/macro";
import { type JSX, useEffect, useMemo, useState } from "react";
import type { Message, Receipts } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useLinks } from "../../accounts/linked.ts";
import { Avatar } from "../../names/avatar.tsx";
import { nameOf } from "../../names/names.ts";
import { usePerson } from "../../people/people.ts";
import { errorText } from "../../texts/error-text.ts";
import { fullTime } from "../../texts/time.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Icon, type IconName } from "../../ui/icons.tsx";
import { useActions } from "../actions.ts";

/** So many are named of those who have read it, and of those whom it has reached; of more there is the number. */
const namedMax = 50;

export function DetailsDialog({ message, onClose }: { message: Message; onClose: () => void }): JSX.Element {
  const { conversation } = useActions();
  const receipts = useObservable(conversation.receipts);
  const now = useObservable(conversation.message(message.seq)) ?? message;
  const { read, delivered } = useMemo(() => reachedBy(now, receipts), [now, receipts]);
  return (
    <Dialog title={t`Message details`} onClose={onClose}>
      {/* Nothing in it may take the focus, so it takes it itself: the arrow keys scroll it. */}
      <section className="dialog-body" tabIndex={0} aria-label={t`Message details`}>
        <dl className="details-times">
          <Fact icon="check" name={t({ message: "Sent", comment: "Before a time: when the message was sent" })}>
            {fullTime(now.sentAt)}
          </Fact>
          {now.editedAt !== null && (
            <Fact icon="edit" name={t({ message: "Edited", comment: "Before a time: when the message was edited" })}>
              {fullTime(now.editedAt)}
            </Fact>
          )}
          <Fact icon="shield" name={t({ message: "Place", comment: "Of a message in the history" })}>
            <PlaceCheck seq={now.seq} />
          </Fact>
        </dl>
        <PeopleList title={t`Read by`} userIds={read} none={t`Nobody has read it yet.`} />
        {delivered.length > 0 && <PeopleList title={t`Delivered to`} userIds={delivered} none="" />}
      </section>
    </Dialog>
  );
}

interface FactProps {
  readonly icon: IconName;
  readonly name: string;
  readonly children: string | JSX.Element;
}

function Fact({ icon, name, children }: FactProps): JSX.Element {
  return (
    <div className="details-fact">
      <dt>
        <Icon name={icon} size={18} />
        <span>{name}</span>
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The hash chain leads from the first message to the newest. This says whether the message is where it was when it was sent. */
function PlaceCheck({ seq }: { seq: number }): JSX.Element {
  const { conversation } = useActions();
  const links = useLinks();
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    const ending = new AbortController();
    const number = numberText(seq);
    conversation.verify(seq, seq, { signal: ending.signal }).then(
      ({ isSound, differing, hash }) =>
        setText(
          isSound && differing.length === 0
            ? t`Message ${number}, verified. Its mark: ${hash.slice(0, 12)}`
            : t`Message ${number}. It is not the one that was sent here!`,
        ),
      (error: unknown) => {
        if (ending.signal.aborted) return;
        const why = errorText(error);
        setText(t({ message: `Message ${number}, not verified: ${why}`, comment: "Why is a whole sentence" }));
      },
    );
    return () => ending.abort();
  }, [conversation, seq, links]);
  return <span role="status">{text ?? t`Checking…`}</span>;
}

interface PeopleProps {
  readonly title: string;
  readonly userIds: readonly string[];
  /** What is said where there is nobody. */
  readonly none: string;
}

function PeopleList({ title, userIds, none }: PeopleProps): JSX.Element {
  const more = userIds.length - namedMax;
  return (
    <section aria-label={title}>
      <h3 className="details-title">{title}</h3>
      {userIds.length === 0 && <p className="quiet">{none}</p>}
      <ul className="details-people">
        {userIds.slice(0, namedMax).map((userId) => (
          <Person key={userId} userId={userId} />
        ))}
      </ul>
      {more > 0 && <p className="quiet">{plural(more, { one: "and # other", other: "and # others" })}</p>}
    </section>
  );
}

function Person({ userId }: { userId: string }): JSX.Element {
  const user = usePerson(userId);
  const name = nameOf(user);
  return (
    <li className="details-person">
      <Avatar id={userId} name={name} url={user?.avatarUrl} size="small" />
      <bdi>{name}</bdi>
    </li>
  );
}

interface Reached {
  readonly read: readonly string[];
  /** Those who have received it and not read it, as far as is known. */
  readonly delivered: readonly string[];
}

/** Those who have read on farthest come first. */
function reachedBy({ seq, senderId }: Message, { byUser }: Receipts): Reached {
  const others = [...byUser].filter(([userId]) => userId !== senderId);
  const ids = (list: typeof others) => list.map(([userId]) => userId);
  return {
    read: ids(others.filter(([, { read }]) => read >= seq).toSorted(([, one], [, other]) => other.read - one.read)),
    delivered: ids(others.filter(([, { read, delivered }]) => read < seq && delivered >= seq)),
  };
}
