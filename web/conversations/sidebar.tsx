/** Owns the left pane: the account, the search, and the list of conversations or of those archived. */
import { type JSX, useRef, useState } from "react";
import type { Account } from "../../client/index.ts";
import { AccountMenu } from "../app/account-menu.tsx";
import { useAccount } from "../app/account-context.ts";
import { useObservable } from "../app/observe.ts";
import { useOpenDialog } from "../app/open-dialog.ts";
import { IconButton } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { ConversationList } from "./list.tsx";
import { SearchResults } from "./search-results.tsx";

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
  const [showsArchived, setShowsArchived] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const endSearch = () => {
    setQuery("");
    setIsSearching(false);
    search.current?.blur();
  };
  const rows = showsArchived ? inbox.archived : inbox.conversations;

  return (
    <nav className="sidebar" aria-label="Conversations">
      <header className="sidebar-head">
        <AccountMenu accounts={accounts} onSwitch={onSwitch} onAdd={onAdd} />
        <h1>Chats</h1>
        <Menu label="New" trigger={<IconButton icon="write" label="New conversation" />}>
          <MenuItem
            onSelect={() => {
              setIsSearching(true);
              // The menu gives the focus back to its button first.
              setTimeout(() => search.current?.focus(), 0);
            }}
          >
            New chat
          </MenuItem>
          <MenuItem onSelect={() => openDialog({ kind: "new-group" })}>New group</MenuItem>
          <MenuItem onSelect={() => openDialog({ kind: "join", code: "" })}>Join with a link or code</MenuItem>
        </Menu>
      </header>
      <div className="search" role="search">
        <Icon name="search" size={18} />
        <input
          ref={search}
          type="search"
          aria-label="Search people and conversations"
          placeholder="Search people and chats"
          autoComplete="off"
          value={query}
          onFocus={() => setIsSearching(true)}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") endSearch();
          }}
        />
        {isSearching && <IconButton icon="close" label="End the search" size={16} onClick={endSearch} />}
      </div>
      {isSearching ? (
        <SearchResults query={query} rows={[...inbox.conversations, ...inbox.archived]} onDone={endSearch} />
      ) : (
        <>
          {(inbox.archived.length > 0 || showsArchived) && (
            <button type="button" className="archived-switch" onClick={() => setShowsArchived(!showsArchived)}>
              <Icon name={showsArchived ? "back" : "down"} size={16} />
              <span>{showsArchived ? "All chats" : `Archived (${inbox.archived.length})`}</span>
            </button>
          )}
          {rows.length === 0 ? (
            <p className="quiet list-empty">{emptyText(inbox.isLoaded, showsArchived)}</p>
          ) : (
            <ConversationList
              rows={rows}
              openId={openId}
              label={showsArchived ? "Archived conversations" : "Conversations"}
            />
          )}
        </>
      )}
    </nav>
  );
}

function emptyText(isLoaded: boolean, showsArchived: boolean): string {
  if (!isLoaded) return "Loading …";
  return showsArchived ? "Nothing is archived." : "No conversations yet. Search for somebody to write to.";
}
