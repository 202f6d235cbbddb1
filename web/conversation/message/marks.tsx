/** Owns the small line under a message: its time, whether it was edited, whether it was delivered and read, and the members who have read up to it. */
import { ListOf } from "../../texts/list-of.tsx";
import { Trans } from "@lingui/react/macro";
import { numberText } from "../../texts/formats.ts";
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { Avatar } from "../../names/avatar.tsx";
import { nameOf } from "../../names/names.ts";
import { usePerson } from "../../people/people.ts";
import { clockTime, fullTime } from "../../texts/time.ts";
import type { Mark } from "./receipts.ts";

const ticks: Record<Mark, string> = {
  sending: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v4l2.5 2",
  failed: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v5M12 16h.01",
  sent: "M5 12.5l4.5 4.5L19 7.5",
  delivered: "M2 12.5l4.5 4.5L15 7.5M12 16l1 1 9-9.5",
  read: "M2 12.5l4.5 4.5L15 7.5M12 16l1 1 9-9.5",
};

function MarkIcon({ mark }: { mark: Mark }): JSX.Element {
  return (
    <span className={`mark mark-${mark}`} title={markText(mark)} data-testid="mark" data-mark={mark}>
      <svg className="icon" width="16" height="16" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <path d={ticks[mark]} />
      </svg>
      <span className="sr-only">{markText(mark)}</span>
    </span>
  );
}

interface MetaProps {
  readonly at: number;
  readonly isEdited: boolean;
  readonly mark: Mark | null;
}

export function Meta({ at, isEdited, mark }: MetaProps): JSX.Element {
  return (
    <span className="meta">
      <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
        {clockTime(at)}
      </time>
      {isEdited && (
        <span>{t({ message: "edited", comment: "Under a message that was changed after it was sent" })}</span>
      )}
      {mark !== null && <MarkIcon mark={mark} />}
    </span>
  );
}

export function Readers({ userIds, count }: { userIds: readonly string[]; count: number }): JSX.Element {
  const names = (
    <ListOf
      items={userIds.map((userId) => (
        <Name key={userId} userId={userId} />
      ))}
    />
  );
  return (
    <span className="readers" data-testid="readers">
      <span className="sr-only">
        <Trans comment="Said by screen readers below a message">Read by {names}</Trans>
      </span>
      {userIds.map((userId) => (
        <Reader key={userId} userId={userId} />
      ))}
      {count > userIds.length && <span className="quiet">{furtherText(count - userIds.length)}</span>}
    </span>
  );
}

function Name({ userId }: { userId: string }): JSX.Element {
  return <bdi>{nameOf(usePerson(userId))}</bdi>;
}

function Reader({ userId }: { userId: string }): JSX.Element {
  const user = usePerson(userId);
  const name = nameOf(user);
  return <Avatar id={userId} name={name} url={user?.avatarUrl} size="tiny" title={t`Read by ${name}`} />;
}

function furtherText(count: number): string {
  const further = numberText(count);
  return t({ message: `+${further}`, comment: "So many more people have read it than are shown" });
}

function markText(mark: Mark): string {
  switch (mark) {
    case "sending":
      return t({ message: "Sending", comment: "State of a message" });
    case "failed":
      return t({ message: "Not sent", comment: "State of a message" });
    case "sent":
      return t({ message: "Sent", comment: "State of a message" });
    case "delivered":
      return t({ message: "Delivered", comment: "State of a message" });
    case "read":
      return t({ message: "Read", context: "participle", comment: "State of a message: somebody has read it" });
  }
}
