/** Owns choosing people, from the contacts or by search. The chosen ones stand above the field. */
import { t } from "@lingui/core/macro";
import { type JSX, useRef, useState } from "react";
import type { User } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { Field } from "../ui/field.tsx";
import { Icon } from "../ui/icons.tsx";
import { useFindPeople } from "./find-people.ts";
import { nameOf } from "../names/names.ts";
import { useContacts } from "./people.ts";
import { PersonRow } from "./person-row.tsx";

interface PeoplePickerProps {
  readonly picked: readonly User[];
  readonly onChange: (picked: readonly User[]) => void;
  /** True for people who cannot be chosen, because they are members already. */
  readonly isExcluded?: (userId: string) => boolean;
}

export function PeoplePicker({ picked, onChange, isExcluded }: PeoplePickerProps): JSX.Element {
  const account = useAccount();
  const [query, setQuery] = useState("");
  const { users, isSearching, error } = useFindPeople(query);
  const contacts = useContacts();
  const offered = (query.trim() === "" ? (contacts ?? []).map(({ user }) => user) : users).filter(
    ({ id }) => id !== account.userId && isExcluded?.(id) !== true,
  );
  const place = useRef<HTMLDivElement>(null);
  const toggle = (user: User) => {
    const isIn = picked.some(({ id }) => id === user.id);
    onChange(isIn ? picked.filter(({ id }) => id !== user.id) : [...picked, user]);
    if (isIn) return;
    setQuery("");
    // The chosen person's button may leave the list with its focus.
    place.current?.querySelector("input")?.focus();
  };

  return (
    <div ref={place} className="picker">
      {picked.length > 0 && (
        <ul className="chips" aria-label={t`Chosen people`}>
          {picked.map((user) => (
            <li key={user.id}>
              <button
                type="button"
                className="chip"
                onClick={() => toggle(user)}
                title={t({ message: "Remove", comment: "Takes this person off the list of chosen people" })}
              >
                <bdi>{nameOf(user)}</bdi>
                <Icon name="close" size={14} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <Field
        label={t`People`}
        type="search"
        placeholder={t`Search by handle or name`}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        autoComplete="off"
        error={error}
      />
      <ul className="people-list" aria-label={t`People to choose from`} aria-busy={isSearching}>
        {offered.map((user) => {
          const isPicked = picked.some(({ id }) => id === user.id);
          return (
            <PersonRow key={user.id} user={user} onPick={() => toggle(user)} isPicked={isPicked}>
              {isPicked && <Icon name="check" />}
            </PersonRow>
          );
        })}
      </ul>
      {query.trim() !== "" && !isSearching && error === null && offered.length === 0 && (
        <p className="quiet">{t`Nobody found.`}</p>
      )}
    </div>
  );
}
