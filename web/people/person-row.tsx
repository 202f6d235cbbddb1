/** Owns one person in a list: a button, or a line with something at its end. */
import type { JSX, ReactNode } from "react";
import type { User } from "../../client/index.ts";
import { Avatar } from "./avatar.tsx";
import { nameOf } from "./names.ts";

interface PersonRowProps {
  readonly user: User;
  readonly onPick?: (() => void) | undefined;
  readonly note?: string | undefined;
  readonly isPicked?: boolean | undefined;
  readonly children?: ReactNode;
}

export function PersonRow({ user, onPick, note, isPicked, children }: PersonRowProps): JSX.Element {
  const face = (
    <>
      <Avatar id={user.id} name={nameOf(user)} />
      <span className="person-names">
        <bdi className="person-name">{nameOf(user)}</bdi>
        <span className="person-handle">
          {user.handle === null ? "" : `@${user.handle}`}
          {note !== undefined && ` · ${note}`}
        </span>
      </span>
    </>
  );
  return (
    <li className="person-row">
      {onPick === undefined ? (
        <span className="person-face">{face}</span>
      ) : (
        <button type="button" className="person-face" onClick={onPick} aria-pressed={isPicked}>
          {face}
        </button>
      )}
      {children}
    </li>
  );
}
