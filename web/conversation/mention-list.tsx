/** Owns finishing an `@`: which members fit what is typed, and how one is chosen. */
import type { JSX } from "react";
import type { User } from "../../client/index.ts";
import { Avatar } from "../people/avatar.tsx";
import { nameOf } from "../people/names.ts";

const offeredMax = 6;

export interface MentionQuery {
  /** Where the `@` stands. */
  readonly at: number;
  readonly typed: string;
}

/** The unfinished mention before the caret, if there is one. */
export function mentionQueryAt(text: string, caret: number): MentionQuery | null {
  const match = /(?:^|[\s(])@([\p{L}\p{N}_.]{0,32})$/u.exec(text.slice(Math.max(0, caret - 40), caret));
  if (match === null) return null;
  const typed = match[1] ?? "";
  return { at: caret - typed.length - 1, typed: typed.toLocaleLowerCase() };
}

export function offeredTo(query: MentionQuery, members: readonly User[]): readonly User[] {
  const fits = ({ handle, name }: User) =>
    handle !== null &&
    (handle.startsWith(query.typed) ||
      name
        .toLocaleLowerCase()
        .split(/\s+/)
        .some((word) => word.startsWith(query.typed)));
  return members.filter(fits).slice(0, offeredMax);
}

interface MentionListProps {
  readonly id: string;
  readonly offered: readonly User[];
  readonly chosen: number;
  readonly onPick: (user: User) => void;
}

export function MentionList({ id, offered, chosen, onPick }: MentionListProps): JSX.Element {
  return (
    <ul id={id} className="mention-list" role="listbox" aria-label="Members">
      {offered.map((user, index) => (
        <li
          key={user.id}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === chosen}
          className="mention-option"
          onMouseDown={(event) => {
            // Before the text field loses the focus.
            event.preventDefault();
            onPick(user);
          }}
        >
          <Avatar id={user.id} name={nameOf(user)} size="small" />
          <bdi>{nameOf(user)}</bdi>
          <span className="person-handle">@{user.handle}</span>
        </li>
      ))}
    </ul>
  );
}
