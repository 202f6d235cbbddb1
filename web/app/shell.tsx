/** Owns the two panes: side by side on a wide screen, one at a time on a phone. */
import { t } from "@lingui/core/macro";
import { type JSX, type ReactNode, useDeferredValue, useLayoutEffect, useMemo } from "react";
import type { Account } from "parley-sdk";
import { useSidebarState } from "../conversations/list/sidebar-state.ts";
import { Sidebar } from "../conversations/sidebar.tsx";
import { useAccount } from "../accounts/account-context.ts";
import type { Activate } from "../accounts/active-account.ts";
import { AccountRail } from "../accounts/account-menu.tsx";
import { ConnectionBanner } from "./banners/connection-banner.tsx";
import { later, useFirstScreen } from "../browser/later.tsx";
import { useIsPhone } from "../browser/observe.ts";
import { hashOf, type Route, useRoute } from "../navigation/route.ts";
import { Icon } from "../ui/icons.tsx";
import { typeAhead } from "../shortcuts/typed-ahead.ts";
import { useShortcuts } from "../shortcuts/use-shortcuts.ts";
import { usePageOfNoAccount } from "./page-of-no-account.ts";
import { Unknown } from "./unknown.tsx";
import { Welcome } from "./welcome.tsx";

const Banners = later(async () => (await import("./banners/banners.tsx")).Banners, {
  isAfterFirst: true,
  isSoon: true,
});
const ConversationPane = later(async () => (await import("../conversation/pane.tsx")).ConversationPane, {
  Frame: PaneFrame,
  isSoon: true,
});

/** On a phone it has the way back to the list, like the conversation that takes its place. */
function PaneFrame({ children }: { readonly children?: ReactNode }): JSX.Element {
  return (
    <main className="pane" aria-busy={!children}>
      <header className="pane-head">
        <a className="icon-button pane-back" href={hashOf({ at: "inbox" })} aria-label={t`Back to the chats`}>
          <Icon name="back" />
        </a>
      </header>
      {children}
    </main>
  );
}

interface ShellProps {
  readonly accounts: readonly Account[];
  readonly onSwitch: Activate;
  readonly onAdd: () => void;
}

export function Shell({ accounts, onSwitch, onAdd }: ShellProps): JSX.Element {
  const account = useAccount();
  const route = useRoute();
  const isPhone = useIsPhone();
  const [sidebar, changeSidebar] = useSidebarState();
  const openId = openIdOf(route);
  // The row that was pressed says so at once; the chat comes when it is made, in the place of the one before.
  const shown = useDeferredValue(route);
  const shownId = openIdOf(shown);
  useLayoutEffect(() => {
    setAside(shownId !== openId);
    // A letter that is typed before the chat is there is for its field.
    if (openId !== null && shownId !== openId) typeAhead(".composer-field");
  }, [shownId, openId]);

  useFirstScreen();
  useShortcuts(account, openId);

  usePageOfNoAccount(route, () => changeSidebar({ view: "all", isSearching: true }));

  const list = (
    <Sidebar
      accounts={accounts}
      openId={openId}
      state={sidebar}
      onChange={changeSidebar}
      onSwitch={onSwitch}
      onAdd={onAdd}
    />
  );
  const target = shown.at === "conversation" ? (shown.seq ?? null) : null;
  // The press that leads to another does not draw this one again.
  const chat = useMemo(
    () =>
      shownId === null ? null : (
        <ConversationPane
          key={shownId}
          conversationId={shownId}
          target={target}
          unknown={
            <Unknown
              conversationId={shownId}
              accounts={accounts}
              onFound={(userId) => onSwitch(userId, { keepsPage: true })}
            />
          }
        />
      ),
    [shownId, target, accounts, onSwitch],
  );
  const showsList = !isPhone || shownId === null;
  const showsConversation = !isPhone || shownId !== null;
  return (
    <div className="shell">
      <ConnectionBanner />
      <Banners />
      <div className="panes">
        {accounts.length > 1 && !isPhone && (
          <AccountRail accounts={accounts} current={account} onSwitch={onSwitch} onAdd={onAdd} />
        )}
        {showsList && (isPhone ? <main className="only-list">{list}</main> : list)}
        {showsConversation &&
          (chat ?? (
            <Welcome
              onFind={() => {
                changeSidebar({ view: "all", isSearching: true });
                document.querySelector<HTMLElement>(".sidebar [type=search]")?.focus();
              }}
            />
          ))}
      </div>
    </div>
  );
}

function openIdOf(route: Route): string | null {
  return route.at === "conversation" ? route.conversationId : null;
}

/** While another chat is on its way, nothing is written in the one that is still on screen. */
function setAside(isLeaving: boolean): void {
  const composer = document.querySelector<HTMLElement>(".composer");
  if (composer === null || composer.inert === isLeaving) return;
  composer.inert = isLeaving;
  composer.ariaHidden = isLeaving ? "true" : null;
}
