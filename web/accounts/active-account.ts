/**
 * Owns which of the signed-in accounts this tab shows. The address says it. Where it names none, it is the account that this tab showed last, or in a
 * new tab the latest chosen one, and the address names it from then on.
 */
import { useCallback, useEffect } from "react";
import { type Account, isAccountPage } from "parley-sdk";
import { activeKey as key } from "./active-key.ts";
import { browserStore, tabStore } from "../browser/browser-store.ts";
import { navigate, ownerOf, parseRoute, type Route, useRoute } from "../navigation/route.ts";

function remembered(): string | null {
  return tabStore.get(key) ?? browserStore.get(key);
}

/** Whether somebody was signed in here when the page was last left. The accounts themselves are known only a moment after the page has begun. */
export function isAnybodyRemembered(): boolean {
  return remembered() !== null;
}

/** Forgets an account that was signed out. */
export function forgetActive(userId: string): void {
  for (const each of [browserStore, tabStore]) if (each.get(key) === userId) each.remove(key);
  lastRoute.delete(userId);
}

/** What each account last had open, so that switching goes back to it. */
const lastRoute = new Map<string, Route>();

/** Shows another account, at the address that it last had open. With `keepsPage` it shows the same page. */
export type Activate = (userId: string, options?: { readonly keepsPage?: boolean }) => void;

export interface ActiveAccount {
  readonly active: Account | undefined;
  readonly activate: Activate;
}

export function useActiveAccount(accounts: readonly Account[]): ActiveAccount {
  const route = useRoute();
  const of = (userId: string | null | undefined) => accounts.find((account) => account.userId === userId);
  // What is remembered changes only together with the address.
  const active = of(ownerOf(route)) ?? of(remembered()) ?? accounts[0];
  const activeId = active?.userId;
  useEffect(() => {
    if (activeId === undefined) return;
    tabStore.set(key, activeId);
    // Not `route`: an effect of a component below may have gone on to another page meanwhile.
    const here = parseRoute(location.hash);
    if (isAccountPage(here) && here.userId !== activeId) navigate({ ...here, userId: activeId }, { isReplacing: true });
  }, [activeId, route]);
  const activate = useCallback<Activate>(
    (nextId, { keepsPage = false } = {}) => {
      if (nextId === activeId) return;
      tabStore.set(key, nextId);
      browserStore.set(key, nextId);
      const here = parseRoute(location.hash);
      if (!isAccountPage(here)) return;
      if (activeId !== undefined && !keepsPage) lastRoute.set(activeId, here);
      const next = keepsPage || activeId === undefined ? here : (lastRoute.get(nextId) ?? { at: "inbox" });
      if (isAccountPage(next)) navigate({ ...next, userId: nextId }, { isReplacing: keepsPage });
    },
    [activeId],
  );
  return { active, activate };
}
