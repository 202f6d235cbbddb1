/** Owns the fields that narrow a search in a chat: who wrote the message, and on which days. */
import { t } from "@lingui/core/macro";
import { type JSX, useId, useMemo, useState } from "react";
import type { ConversationHandle, User } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { useActions } from "../actions.ts";
import { nameOf } from "../../names/names.ts";
import { useFindMembers } from "../../people/find-people.ts";
import { type People, usePeople, usePerson } from "../../people/people.ts";
import { compareNames } from "../../texts/formats.ts";
import { Field } from "../../ui/field.tsx";
import { DayFields } from "../../search/filters/day-fields.tsx";
import { type Filters, noFilters } from "../../search/filters/filters.ts";

interface ChatFiltersProps {
  readonly id: string;
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
}

export function ChatFilters({ id, filters, onChange }: ChatFiltersProps): JSX.Element {
  const { userId } = useAccount();
  const { conversation, details } = useActions();
  const selectId = useId();
  const [typed, setTyped] = useState("");
  const found = useFindMembers(conversation, typed);
  const isTyped = typed.trim() !== "";
  const chosen = usePerson(filters.senderId === "" ? undefined : filters.senderId);
  // Details have the first members alone. Of a larger group the others are found by their names.
  const isMore = (details?.members?.length ?? 0) < (details?.memberCount ?? 0);
  const known = usePeople();
  const others = useMemo(() => {
    const listed = details?.members?.map(({ user }) => user) ?? (details?.peer === undefined ? [] : [details.peer]);
    const people = isTyped ? [...found.users] : [...listed, ...writers(conversation, known, listed)];
    if (chosen !== undefined && !people.some(({ id: known }) => known === chosen.id)) people.push(chosen);
    return people
      .filter((user) => user.id !== userId)
      .map((user) => ({ id: user.id, name: nameOf(user) }))
      .sort((a, b) => compareNames(a.name, b.name));
  }, [conversation, known, details, isTyped, found.users, chosen, userId]);
  return (
    <div id={id} className="chat-filters" role="group" aria-label={t`Filters of the search`}>
      {details?.kind === "group" && isMore && (
        <Field
          label={t({ message: "Find a member", comment: "Field of a search: whose messages are wanted" })}
          type="search"
          placeholder={t`Search by handle or name`}
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          error={found.error}
        />
      )}
      <div className="field">
        <label htmlFor={selectId}>{t({ message: "From", context: "sender" })}</label>
        <select
          id={selectId}
          value={filters.senderId}
          onChange={(event) => onChange({ ...filters, senderId: event.target.value })}
        >
          <option value="">{t({ message: "Anybody", comment: "Filter of a search: whoever wrote it" })}</option>
          <option value={userId}>{t({ message: "You", comment: "Filter of a search: written by the user" })}</option>
          {others.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </select>
      </div>
      <DayFields filters={filters} onChange={onChange} />
      <button
        type="button"
        className="button"
        onClick={() => {
          setTyped("");
          onChange(noFilters);
        }}
      >
        {t`Clear the filters`}
      </button>
    </div>
  );
}

/** Who wrote the messages that are loaded, besides these people: other members of a large group, and those who have left. */
function writers(conversation: ConversationHandle, known: People, besides: readonly User[]): User[] {
  const { entries } = conversation.timeline.getSnapshot();
  const ids = new Set(entries.flatMap((entry) => (entry.kind === "message" ? [entry.message.senderId] : [])));
  for (const { id } of besides) ids.delete(id);
  return [...ids].flatMap((id) => known.user(id) ?? []).filter(({ deleted }) => deleted !== true);
}
