/** Owns what narrows the search of messages in all chats: who wrote them, and on which days. */
import { plural, t } from "@lingui/core/macro";
import { type JSX, useId, useMemo, useState } from "react";
import type { Summary } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { nameOf } from "../names/names.ts";
import { useContacts } from "../people/people.ts";
import { compareNames } from "../texts/formats.ts";
import { DayFields } from "../search/filters/day-fields.tsx";
import { countOf, type Filters, noFilters } from "../search/filters/filters.ts";

interface SearchFiltersProps {
  readonly rows: readonly Summary[];
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
}

export function SearchFilters({ rows, filters, onChange }: SearchFiltersProps): JSX.Element {
  const [isOpen, setIsOpen] = useState(() => countOf(filters) > 0);
  const count = countOf(filters);
  const id = useId();
  return (
    <div className="search-filters">
      <button
        type="button"
        className="button-link"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setIsOpen(!isOpen)}
      >
        {count === 0
          ? t({ message: "Filters", comment: "Button: shows what narrows a search" })
          : plural(count, { one: "# filter", other: "# filters" })}
      </button>
      {isOpen && (
        <div id={id} className="chat-filters" role="group" aria-label={t`Filters of the search`}>
          <Sender rows={rows} filters={filters} onChange={onChange} />
          <DayFields filters={filters} onChange={onChange} />
          <button type="button" className="button" onClick={() => onChange(noFilters)}>
            {t`Clear the filters`}
          </button>
        </div>
      )}
    </div>
  );
}

/** Those whom the user has a direct chat with, or among the contacts. */
function Sender({ rows, filters, onChange }: SearchFiltersProps): JSX.Element {
  const { userId } = useAccount();
  const contacts = useContacts();
  const id = useId();
  const others = useMemo(() => {
    const known = [...(contacts ?? []).map(({ user }) => user), ...rows.flatMap(({ peer }) => peer ?? [])];
    const byId = new Map<string, string>(
      known.flatMap((user) => (user.deleted === true ? [] : [[user.id, nameOf(user)] as const])),
    );
    byId.delete(userId);
    return [...byId].toSorted(([, a], [, b]) => compareNames(a, b));
  }, [contacts, rows, userId]);
  return (
    <div className="field">
      <label htmlFor={id}>{t({ message: "From", context: "sender" })}</label>
      <select
        id={id}
        value={filters.senderId}
        onChange={(event) => onChange({ ...filters, senderId: event.target.value })}
      >
        <option value="">{t({ message: "Anybody", comment: "Filter of a search: whoever wrote it" })}</option>
        <option value={userId}>{t({ message: "You", comment: "Filter of a search: written by the user" })}</option>
        {others.map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
