/** Owns the left pane: the account menu, the search, and the list of conversations, requests or archived conversations. */
import { numberText } from "../texts/formats.ts";
import { t } from "@lingui/core/macro";
import { type JSX, useRef, useState } from "react";
import type { Account, Summary } from "parley-sdk";
import { AccountMenu } from "../accounts/account-menu.tsx";
import { useAccount } from "../accounts/account-context.ts";
import { useObservable } from "parley-sdk/react";
import { useOpenDialog } from "../app/open-dialog.ts";
import { IconButton } from "../ui/button.tsx";
import { isComposing } from "../ui/composing.ts";
import { Icon } from "../ui/icons.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { ConversationList } from "./list.tsx";
import { SearchResults } from "./search-results.tsx";

type View = "all" | "requests" | "archived";

interface SidebarProps {
  readonly accounts: readonly Account[];
  readonly openId: string | null;
  readonly onSwitch: (userId: string) => void;
  readonly onAdd: () => void;
}

export function Sidebar({ accounts, openId, onSwitch, onAdd }: SidebarProps): JSX.Element {
  const account = useAccount();
  const inbox = useObservable(account.inbox);
  const openDialog = useOpenDialog();
  const [query, setQuery] = useState("");
  const [isSearching, setIsSearching] = useState(false);
  const [view, setView] = useState<View>("all");
  const search = useRef<HTMLInputElement>(null);
  const endSearch = () => {
    setQuery("");
    setIsSearching(false);
    search.current?.blur();
  };
  const rowsOf: Record<View, readonly Summary[]> = {
    all: inbox.conversations.filter(({ request }) => !request),
    requests: inbox.conversations.filter(({ request }) => request),
    archived: inbox.archived,
  };
  // When the last request is answered, all chats are shown again.
  const shown = view === "requests" && rowsOf.requests.length === 0 ? "all" : view;
  const rows = rowsOf[shown];
  const switchTo = (next: View) => (
    <button type="button" className="archived-switch" onClick={() => setView(next)}>
      <Icon name={next === "all" ? "back" : "down"} size={16} />
      <span>{switchText(next, rowsOf[next].length)}</span>
    </button>
  );

  return (
    <nav className="sidebar" aria-label={t`Conversations`}>
      <header className="sidebar-head">
        <AccountMenu accounts={accounts} onSwitch={onSwitch} onAdd={onAdd} />
        <h1>{t`Chats`}</h1>
        <Menu
          label={t({ message: "New", comment: "Name of the menu that begins a chat or a group" })}
          trigger={<IconButton icon="write" label={t`New conversation`} />}
        >
          <MenuItem
            onSelect={() => {
              setIsSearching(true);
              // The menu gives the focus back to its button first.
              setTimeout(() => search.current?.focus(), 0);
            }}
          >
            {t`New chat`}
          </MenuItem>
          <MenuItem onSelect={() => openDialog({ kind: "new-group" })}>{t`New group`}</MenuItem>
          <MenuItem onSelect={() => openDialog({ kind: "join", code: "" })}>{t`Join with a link or code`}</MenuItem>
        </Menu>
      </header>
      <div className="search" role="search">
        <Icon name="search" size={18} />
        <input
          ref={search}
          type="search"
          aria-label={t`Search people and conversations`}
          placeholder={t`Search people and chats`}
          autoComplete="off"
          value={query}
          // The focus alone does not open the search: the Tab key passes through this field on its way to the list.
          onPointerDown={() => setIsSearching(true)}
          onChange={(event) => {
            setIsSearching(true);
            setQuery(event.target.value);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || isComposing(event.nativeEvent) || !isSearching) return;
            event.preventDefault();
            endSearch();
          }}
        />
        {isSearching && <IconButton icon="close" label={t`End the search`} size={16} onClick={endSearch} />}
      </div>
      {isSearching ? (
        <SearchResults query={query} rows={[...inbox.conversations, ...inbox.archived]} onDone={endSearch} />
      ) : (
        <>
          {shown !== "all" && switchTo("all")}
          {shown === "all" && rowsOf.requests.length > 0 && switchTo("requests")}
          {shown === "all" && rowsOf.archived.length > 0 && switchTo("archived")}
          {rows.length === 0 ? (
            <p className="quiet list-empty">{emptyText(inbox.isLoaded, shown)}</p>
          ) : (
            <ConversationList rows={rows} openId={openId} label={listName(shown)} />
          )}
        </>
      )}
    </nav>
  );
}

function emptyText(isLoaded: boolean, shown: View): string {
  if (!isLoaded) return t`Loading …`;
  return shown === "archived" ? t`Nothing is archived.` : t`No conversations yet. Search for somebody to write to.`;
}

function switchText(next: View, rowCount: number): string {
  const count = numberText(rowCount);
  switch (next) {
    case "all":
      return t`All chats`;
    case "requests":
      return t`Requests (${count})`;
    case "archived":
      return t`Archived (${count})`;
  }
}

function listName(shown: View): string {
  switch (shown) {
    case "all":
      return t`Conversations`;
    case "requests":
      return t`Requests`;
    case "archived":
      return t`Archived conversations`;
  }
}
