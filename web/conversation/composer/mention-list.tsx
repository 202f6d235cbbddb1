/** Owns the list of members that completes an `@`. */
import { Handle } from "../../names/handle.tsx";
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { isFoundBy, type MentionQuery, queryWords, type User } from "parley-sdk";
import { Avatar } from "../../names/avatar.tsx";
import { nameOf } from "../../names/names.ts";
import { Icon } from "../../ui/icons.tsx";
import { allHandle } from "../sending.ts";

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

/** One line of the list: a member, or all of them. */
export type MentionOption = { readonly kind: "user"; readonly user: User } | { readonly kind: "all" };

/** What the text gets for it, after the `@`. */
export function handleOf(option: MentionOption): string {
  return option.kind === "all" ? allHandle : (option.user.handle ?? "");
}

/** The lines for what is typed. `mayAll`: all members are offered, too, by their word in every language and in the page's. */
export function optionsFor(query: MentionQuery, members: readonly User[], mayAll: boolean): readonly MentionOption[] {
  const typed = query.typed.toLowerCase();
  const isAll = mayAll && (allHandle.startsWith(typed) || everybodyText().toLowerCase().startsWith(typed));
  const users = offeredTo(query, members).map((user) => ({ kind: "user", user }) as const);
  return isAll ? [...users.slice(0, offeredMax - 1), { kind: "all" }] : users;
}

function everybodyText(): string {
  return t({ message: "Everybody in this group", comment: "In the list of members that can be mentioned" });
}

interface MentionListProps {
  readonly id: string;
  readonly offered: readonly MentionOption[];
  readonly chosen: number;
  readonly onPick: (option: MentionOption) => void;
}

export function MentionList({ id, offered, chosen, onPick }: MentionListProps): JSX.Element {
  return (
    <ul id={id} className="mention-list" role="listbox" aria-label={t`Members`}>
      {offered.map((option, index) => (
        <li
          key={option.kind === "all" ? "" : option.user.id}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === chosen}
          className="mention-option"
          // The text field keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onPick(option)}
        >
          {option.kind === "all" ? (
            <>
              <span className="mention-all">
                <Icon name="group" size={18} />
              </span>
              <bdi>{everybodyText()}</bdi>
              <Handle handle={allHandle} />
            </>
          ) : (
            <>
              <Avatar id={option.user.id} name={nameOf(option.user)} url={option.user.avatarUrl} size="small" />
              <bdi>{nameOf(option.user)}</bdi>
              <Handle handle={option.user.handle} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
