/** Owns the list of members that completes an `@`. */
import { Handle } from "../../names/handle.tsx";
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { isFoundBy, type MentionQuery, queryWords, type User } from "parley-sdk";
import { Avatar } from "../../names/avatar.tsx";
import { nameOf } from "../../names/names.ts";

const offeredMax = 6;

/** The first few members whose handle or a word of whose name begins with what is typed, by the rule of the search for people. */
export function offeredTo(query: MentionQuery, members: readonly User[]): readonly User[] {
  const words = queryWords(query.typed);
  const offered: User[] = [];
  for (const user of members) {
    if (user.handle !== null && isFoundBy(user, words)) offered.push(user);
    if (offered.length === offeredMax) break;
  }
  return offered;
}

interface MentionListProps {
  readonly id: string;
  readonly offered: readonly User[];
  readonly chosen: number;
  readonly onPick: (user: User) => void;
}

export function MentionList({ id, offered, chosen, onPick }: MentionListProps): JSX.Element {
  return (
    <ul id={id} className="mention-list" role="listbox" aria-label={t`Members`}>
      {offered.map((user, index) => (
        <li
          key={user.id}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === chosen}
          className="mention-option"
          onMouseDown={(event) => {
            // On mousedown, before the text field loses the focus.
            event.preventDefault();
            onPick(user);
          }}
        >
          <Avatar id={user.id} name={nameOf(user)} url={user.avatarUrl} size="small" />
          <bdi>{nameOf(user)}</bdi>
          <Handle handle={user.handle} />
        </li>
      ))}
    </ul>
  );
}
