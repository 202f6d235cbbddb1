/** Owns which of the signed-in accounts this tab shows, kept over reloads; a new tab begins with the latest chosen one. */
import { useCallback, useState } from "react";
import type { Account } from "parley-sdk";
import { kept, keptOfTab } from "../browser/kept.ts";
import { navigate, parseRoute, type Route } from "../app/route.ts";

const key = "parley.active-account";

function remembered(): string | null {
  return keptOfTab.get(key) ?? kept.get(key);
}

/** Forgets an account that was signed out. */
export function forgetActive(userId: string): void {
  for (const each of [kept, keptOfTab]) if (each.get(key) === userId) each.remove(key);
  lastRoute.delete(userId);
}

/** What each account last had open, so that switching goes back to it. */
const lastRoute = new Map<string, Route>();

/** Shows another account, at the address that it last had open. With `keepsAddress` the address stays as it is. */
export type Activate = (userId: string, options?: { readonly keepsAddress?: boolean }) => void;

export interface ActiveAccount {
  readonly active: Account | undefined;
  readonly activate: Activate;
}

export function useActiveAccount(accounts: readonly Account[]): ActiveAccount {
  const [userId, setUserId] = useState(remembered);
  const active = accounts.find((account) => account.userId === userId) ?? accounts[0];
  const activeId = active?.userId;
  const activate = useCallback<Activate>(
    (nextId, { keepsAddress = false } = {}) => {
      if (nextId === activeId) return;
      keptOfTab.set(key, nextId);
      kept.set(key, nextId);
      if (activeId !== undefined && !keepsAddress) {
        lastRoute.set(activeId, parseRoute(location.hash));
        navigate(lastRoute.get(nextId) ?? { at: "inbox" });
      }
      setUserId(nextId);
    },
    [activeId],
  );
  return { active, activate };
}
