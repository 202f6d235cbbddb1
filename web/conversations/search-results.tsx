/** Owns the results of the left pane's search: conversations by title, and people by handle or name. While nothing is typed it shows the contacts. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { type Contact, holdsFolded, type Summary, type User } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { openConversation } from "../navigation/route.ts";
import { useNow } from "../browser/observe.ts";
import { useFindPeople } from "../people/find-people.ts";
import { titleOf } from "../names/names.ts";
import { useContacts } from "../people/people.ts";
import { PersonRow } from "../people/person-row.tsx";
import { MessageResults } from "../search/message-results.tsx";
import { useAttempt } from "../ui/toast.tsx";
import type { Filters } from "../search/filters/filters.ts";
import { SearchFilters } from "./search-filters.tsx";
import { ConversationRow } from "./row/row.tsx";

const rowsMax = 8;

interface SearchResultsProps {
  readonly query: string;
  /** What messages are searched for. */
  readonly words: string;
  readonly rows: readonly Summary[];
  readonly filters: Filters;
  readonly onFilters: (filters: Filters) => void;
  readonly onDone: () => void;
  /** The way up from the messages, to what was typed. */
  readonly onLeave: () => void;
}

export function SearchResults(props: SearchResultsProps): JSX.Element {
  const { query, words, rows, filters, onFilters, onDone, onLeave } = props;
  const account = useAccount();
  const attempt = useAttempt();
  const now = useNow(60_000, account.presence.now);
  const { users, isSearching, error } = useFindPeople(query);
  const contacts = useContacts();
  const isBlank = query.trim() === "";
  const matching = rows.filter((row) => holdsFolded(titleOf(row, account.userId), query)).slice(0, rowsMax);
  // Whose chat is found stands among the chats.
  const found = new Set(matching.map(({ peer }) => peer?.id));
  const others = users.filter(({ id }) => !found.has(id));
  const areAllChats = users.length > 0 && others.length === 0;
  const start = (user: User) =>
    attempt(async () => {
      openConversation((await account.openDm(user.id)).id);
      onDone();
    });

  return (
    <div className="list-scroller search-results" aria-busy={isSearching}>
      {!isBlank && <SearchFilters rows={rows} filters={filters} onChange={onFilters} />}
      {/* A sender and days narrow messages alone. */}
      {matching.length > 0 && (
        <>
          <h2 className="list-heading">{t`Chats`}</h2>
          <div
            role="list"
            aria-label={t`Conversations found`}
            onClick={({ target }) => {
              // The row has a menu, too, which leaves the search as it is.
              if (target instanceof Element && target.closest(".row-link") !== null) onDone();
            }}
          >
            {matching.map((row) => (
              <div key={row.conversationId} role="listitem">
                <ConversationRow row={row} isOpen={false} now={now} />
              </div>
            ))}
          </div>
        </>
      )}
      {isBlank ? (
        <>
          <h2 className="list-heading">{t`Contacts`}</h2>
          <ul className="people-list" aria-label={t`Contacts`}>
            {(contacts ?? []).map(({ user, state }) => (
              <PersonRow key={user.id} user={user} note={contactNote(state)} onPick={() => start(user)} />
            ))}
          </ul>
          {contacts?.length === 0 && <p className="quiet">{t`Type a handle or a name to find somebody.`}</p>}
        </>
      ) : areAllChats ? null : (
        <>
          <h2 className="list-heading">{t`People`}</h2>
          <ul className="people-list" aria-label={t`People found`}>
            {others.map((user) => (
              <PersonRow key={user.id} user={user} onPick={() => start(user)} />
            ))}
          </ul>
          {error !== null && <p className="field-error">{error}</p>}
          {/* One line in both cases, so that the messages below stay where they are. */}
          {error === null && users.length === 0 && (
            <p className="quiet">{isSearching ? t`Searching…` : t`Nobody found.`}</p>
          )}
        </>
      )}
      {!isBlank && <MessageResults words={words} filters={filters} onLeave={onLeave} />}
    </div>
  );
}

function contactNote(state: Contact["state"]): string | undefined {
  switch (state) {
    case "mutual":
      return t({ message: "friend", comment: "Beside a name: both have each other among their contacts" });
    case "incoming":
      return t({ message: "has added you", comment: "Beside a name: this person has you among their contacts" });
    case "outgoing":
      return undefined;
  }
}
