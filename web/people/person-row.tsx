/** Owns one person in a list: a button, or a line with something at its end. */
import { Handle } from "../names/handle.tsx";
import type { JSX, ReactNode } from "react";
import type { User } from "parley-sdk";
import { Avatar } from "../names/avatar.tsx";
import { LastSeen } from "./last-seen.tsx";
import { nameOf } from "../names/names.ts";
import { PersonAvatar } from "./person-avatar.tsx";

interface PersonRowProps {
  readonly user: User;
  readonly onPick?: (() => void) | undefined;
  readonly note?: string | undefined;
  /** Stands beside the name, such as the role of a member. */
  readonly tag?: string | undefined;
  /** Whether it shows if the person is online, or when they last were. */
  readonly hasPresence?: boolean;
  readonly isPicked?: boolean | undefined;
  /** Where it stands in a long list, of which only some rows are in the page; `total` is -1 where it is not known. */
  readonly place?: { readonly startPx: number; readonly number: number; readonly total: number } | undefined;
  readonly children?: ReactNode;
}

export function PersonRow({
  user,
  onPick,
  note,
  tag,
  hasPresence = true,
  isPicked,
  place,
  children,
}: PersonRowProps): JSX.Element {
  const main = (
    <>
      {hasPresence ? (
        <PersonAvatar userId={user.id} name={nameOf(user)} url={user.avatarUrl} />
      ) : (
        <Avatar id={user.id} name={nameOf(user)} url={user.avatarUrl} />
      )}
      <span className="person-names">
        <span className="person-line">
          <bdi className="person-name">{nameOf(user)}</bdi>
          {tag !== undefined && <span className="person-tag">{tag}</span>}
        </span>
        <span className="person-line">
          <Handle handle={user.handle} />
          {note !== undefined && <span className="person-note">{note}</span>}
          {hasPresence && <LastSeen userId={user.id} />}
        </span>
      </span>
    </>
  );
  return (
    <li
      className="person-row"
      {...(place !== undefined && {
        style: { transform: `translateY(${place.startPx}px)` },
        "aria-posinset": place.number,
        "aria-setsize": place.total,
      })}
    >
      {onPick === undefined ? (
        <span className="person-main">{main}</span>
      ) : (
        <button type="button" className="person-main" onClick={onPick} aria-pressed={isPicked}>
          {main}
        </button>
      )}
      {children}
    </li>
  );
}
