/** Owns the left pane: the account menu, the search, and the list of conversations, requests or archived conversations. */
import { t } from "@lingui/core/macro";
import { type JSX, useDeferredValue, useMemo, useRef } from "react";
import type { Account, Summary } from "parley-sdk";
import { AccountMenu } from "../accounts/account-menu.tsx";
import { useAccount } from "../accounts/account-context.ts";
import { useObservable } from "parley-sdk/react";
import { useOpenDialog } from "../navigation/open-dialog.ts";
import { IconButton } from "../ui/button.tsx";
import { later } from "../browser/later.tsx";
import { isComposing } from "../browser/composing.ts";
import { noFilters } from "../search/filters/filters.ts";
import { NewDeviceNotices } from "../security/new-device/notices.tsx";
import { Icon } from "../ui/icons.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { useFolders } from "../folders/folders.ts";
import { ConversationList } from "./list/list.tsx";
import { ListEmpty } from "./list/list-empty.tsx";
import { filtered, presentFilter } from "./list/list-filter.ts";
import { ListFilters } from "./list/list-filters.tsx";
import { type Aim, ListWay } from "./list/list-way.tsx";
import type { SidebarState, View } from "./list/sidebar-state.ts";

const SearchResults = later(async () => (await import("./search-results.tsx")).SearchResults, { isSoon: true });
const Mentions = later(async () => (await import("../search/mentions.tsx")).Mentions);

interface SidebarProps {
  readonly accounts: readonly Account[];
  readonly openId: string | null;
  readonly state: SidebarState;
  readonly onChange: (change: Partial<SidebarState>) => void;
  readonly onSwitch: (userId: string) => void;
  readonly onAdd: () => void;
}

export function Sidebar({ accounts, openId, state, onChange, onSwitch, onAdd }: SidebarProps): JSX.Element {
  const account = useAccount();
  const inbox = useObservable(account.inbox);
  const openDialog = useOpenDialog();
  const { view, query, isSearching } = state;
  const search = useRef<HTMLInputElement>(null);
  const isFinding = useDeferredValue(isSearching);
  const endSearch = () => {
    onChange({ query: "", isSearching: false, filters: noFilters });
    search.current?.blur();
  };
  const toField = () => search.current?.focus();
  const rowsOf = useMemo<Record<View, readonly Summary[]>>(
    () => ({
      all: inbox.conversations.filter(({ request }) => !request),
      requests: inbox.conversations.filter(({ request }) => request),
      archived: inbox.archived,
      mentions: [],
    }),
    [inbox],
  );
  // When the last request is answered, all chats are shown again.
  const shown = view === "requests" && rowsOf.requests.length === 0 ? "all" : view;
  const folders = useFolders();
  const filter = useMemo(() => presentFilter(state.filter, folders), [state.filter, folders]);
  // What is pressed or typed is seen at once, and what it leads to when that is made.
  const looked = { filter: useDeferredValue(filter), query: useDeferredValue(query) };
  const isFiltered = shown === "all" && looked.filter.by !== "all";
  const rows = useMemo(
    () => (isFiltered ? filtered(rowsOf.all, looked.filter, openId, folders) : rowsOf[shown]),
    [isFiltered, rowsOf, looked.filter, openId, folders, shown],
  );
  const way = (to: Aim) => <ListWay to={to} count={rowsOf[to].length} onGo={() => onChange({ view: to })} />;

  return (
    <nav className="sidebar" aria-label={t`Conversations`}>
      <header className="sidebar-head">
        <AccountMenu accounts={accounts} onSwitch={onSwitch} onAdd={onAdd} />
        <h1>{t`Chats`}</h1>
        <Menu
          label={t({ message: "New", comment: "Name of the menu that begins a chat or a group" })}
          trigger={<IconButton icon="write" label={t`New conversation`} />}
        >
          {() => (
            <>
              <MenuItem
                icon="message"
                onSelect={() => {
                  onChange({ isSearching: true });
                  // The menu gives the focus back to its button first.
                  setTimeout(() => search.current?.focus(), 0);
                }}
              >
                {t`New chat`}
              </MenuItem>
              <MenuItem icon="group" onSelect={() => openDialog({ kind: "new-group" })}>{t`New group`}</MenuItem>
              <MenuItem icon="link" onSelect={() => openDialog({ kind: "join", code: "" })}>
                {t`Join with a link or code`}
              </MenuItem>
            </>
          )}
        </Menu>
      </header>
      <div className="search" role="search">
        <Icon name="search" size={18} />
        <input
          ref={search}
          type="search"
          aria-label={t`Search people and messages`}
          placeholder={t`Search people and messages`}
          autoComplete="off"
          value={query}
          // The focus alone does not open the search: the Tab key passes through this field on its way to the list.
          onPointerDown={() => onChange({ isSearching: true })}
          onChange={(event) => onChange({ isSearching: true, query: event.target.value })}
          onKeyDown={(event) => {
            if (isComposing(event.nativeEvent) || !isSearching) return;
            const first = event.key === "ArrowDown" ? firstResult(event.currentTarget) : null;
            if (event.key !== "Escape" && first === null) return;
            event.preventDefault();
            if (first === null) endSearch();
            else first.focus();
          }}
        />
        {isSearching && <IconButton icon="close" label={t`End the search`} size={16} onClick={endSearch} />}
      </div>
      <NewDeviceNotices />
      {isFinding ? (
        <SearchResults
          query={looked.query}
          words={state.words}
          filters={state.filters}
          onFilters={(filters) => onChange({ filters })}
          rows={[...inbox.conversations, ...inbox.archived]}
          onDone={endSearch}
          onLeave={toField}
        />
      ) : (
        <>
          {(shown === "all" || shown === "mentions") && (
            <ListFilters rows={rowsOf.all} state={state} filter={filter} folders={folders} onChange={onChange} />
          )}
          {shown !== "all" && way("all")}
          {shown === "all" && !isFiltered && rowsOf.requests.length > 0 && way("requests")}
          {shown === "all" && !isFiltered && rowsOf.archived.length > 0 && way("archived")}
          {shown === "mentions" ? (
            <Mentions onLeave={toField} />
          ) : rows.length === 0 ? (
            <ListEmpty
              isLoaded={inbox.isLoaded}
              view={shown}
              filter={looked.filter}
              hasOthers={rowsOf.all.length > 0}
              onFind={() => {
                onChange({ isSearching: true });
                toField();
              }}
              onAll={() => onChange({ view: "all", filter: { by: "all" } })}
            />
          ) : (
            <ConversationList
              key={looked.filter.by === "folder" ? looked.filter.id : looked.filter.by}
              rows={rows}
              openId={openId}
              label={listName(shown)}
              hasSections={shown === "all" && !isFiltered}
            />
          )}
        </>
      )}
    </nav>
  );
}

/** The first of what was found: a chat, a person or a message. */
function firstResult(field: HTMLElement): HTMLElement | null {
  const results = field.closest(".sidebar")?.querySelector(".search-results");
  return results?.querySelector<HTMLElement>(":is(a[href], button):not(.search-filters *)") ?? null;
}

function listName(shown: View): string {
  switch (shown) {
    case "all":
      return t`Conversations`;
    case "requests":
      return t`Requests`;
    case "archived":
      return t`Archived conversations`;
    case "mentions":
      return t`Mentions`;
  }
}
