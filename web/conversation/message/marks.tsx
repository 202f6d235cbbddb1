/** Owns the small line under a message: its time, whether it was edited, whether it was delivered and read, and the members who have read up to it. */
import type { JSX } from "react";
import { Avatar } from "../../people/avatar.tsx";
import { nameOf } from "../../people/names.ts";
import { usePerson } from "../../people/people.ts";
import { clockTime, fullTime } from "../../ui/time.ts";
import type { Mark } from "../timeline/rows.ts";

const words: Record<Mark, string> = {
  sending: "Sending",
  failed: "Not sent",
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
};

const ticks: Record<Mark, string> = {
  sending: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v4l2.5 2",
  failed: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v5M12 16h.01",
  sent: "M5 12.5l4.5 4.5L19 7.5",
  delivered: "M2 12.5l4.5 4.5L15 7.5M12 16l1 1 9-9.5",
  read: "M2 12.5l4.5 4.5L15 7.5M12 16l1 1 9-9.5",
};

function MarkIcon({ mark }: { mark: Mark }): JSX.Element {
  return (
    <span className={`mark mark-${mark}`} title={words[mark]} data-testid="mark" data-mark={mark}>
      <svg className="icon" width="16" height="16" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <path d={ticks[mark]} />
      </svg>
      <span className="sr-only">{words[mark]}</span>
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
      {isEdited && <span>edited</span>}
      {mark !== null && <MarkIcon mark={mark} />}
    </span>
  );
}

const facesMax = 6;

export function Readers({ userIds }: { userIds: readonly string[] }): JSX.Element {
  return (
    <span className="readers" data-testid="readers">
      <span className="sr-only">Read by </span>
      {userIds.slice(0, facesMax).map((userId) => (
        <Reader key={userId} userId={userId} />
      ))}
      {userIds.length > facesMax && <span className="quiet">+{userIds.length - facesMax}</span>}
    </span>
  );
}

function Reader({ userId }: { userId: string }): JSX.Element {
  const name = nameOf(usePerson(userId));
  return (
    <>
      <Avatar id={userId} name={name} size="tiny" title={`Read by ${name}`} />
      <span className="sr-only">{name}</span>
    </>
  );
}
