/** Owns how components run a search: it begins when it is shown, is given up when it is not shown any more, and goes on when the network is back. */
import { useEffect, useMemo } from "react";
import { type Account, ParleyError } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { type HitPages, type HitsState, noHits } from "./hit-pages.ts";

/** A search, and the hit that was opened last. */
export class KeptHits {
  readonly key: string;
  readonly pages: HitPages;
  openedKey: string | null = null;

  constructor(key: string, pages: HitPages) {
    this.key = key;
    this.pages = pages;
  }

  opened(key: string | null): void {
    this.openedKey = key;
  }
}

/** The latest search of each kind: somebody who comes back from a hit finds the others, also where the list was not on screen meanwhile. */
const keptOf = new WeakMap<Account, Map<string, KeptHits>>();

/** The search `key` of its kind, which is made anew only if it is another one than last time. */
export function useKeptHits(kind: string, key: string, make: (key: string) => HitPages): KeptHits {
  const account = useAccount();
  return useMemo(() => {
    const kinds = keptOf.get(account) ?? new Map<string, KeptHits>();
    keptOf.set(account, kinds);
    const known = kinds.get(kind);
    if (known?.key === key) return known;
    const kept = new KeptHits(key, make(key));
    kinds.set(kind, kept);
    return kept;
  }, [account, kind, key, make]);
}

/** After a search without an answer. */
const againMs = 4_000;

const nothing = { subscribe: () => () => undefined, getSnapshot: () => noHits };

/** Whether the server is linked, and if not, a search cannot be asked. */
export function useIsLinked(): boolean {
  const { status } = useObservable(useAccount().connection);
  return status === "online" || status === "polling" || status === "catching-up";
}

export function useHits(pages: HitPages | null): HitsState {
  const state = useObservable(pages ?? nothing);
  const isLinked = useIsLinked();
  useEffect(() => {
    if (pages === null) return undefined;
    pages.start();
    return () => pages.leave();
  }, [pages]);
  // The link may not have noticed that the network was away, so it is tried anew after a while, too.
  const isWaiting = isUnreachable(state);
  useEffect(() => {
    if (isLinked && pages !== null && isUnreachable(pages.getSnapshot())) pages.more();
  }, [pages, isLinked]);
  useEffect(() => {
    if (!isWaiting || !isLinked || pages === null) return undefined;
    const again = () => pages.more();
    const timer = setTimeout(again, againMs);
    addEventListener("online", again);
    return () => {
      clearTimeout(timer);
      removeEventListener("online", again);
    };
  }, [pages, isLinked, isWaiting, state]);
  return state;
}

/** Whether there was no answer: the search goes on by itself. */
export function isUnreachable({ status, error }: HitsState): boolean {
  return status === "failed" && error instanceof ParleyError && error.code === "unavailable" && error.status === 0;
}

/** Whether nothing in the query can be looked for, such as signs alone. */
export function isWordless({ status, error }: HitsState): boolean {
  return status === "failed" && error instanceof ParleyError && error.code === "bad_request";
}
