/** Owns how components run a search: it begins when its list is shown, ends when the list is hidden, and goes on when the network is back. What was found is shown as it is now. */
import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import { type Account, type Message, ParleyError } from "parley-sdk";
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

/** The latest search of each kind. A user who comes back from a hit finds the same list, even if it was not on screen meanwhile. */
const keptOf = new WeakMap<Account, Map<string, KeptHits>>();

/** The search of this kind. A new one is made only if `key` differs from that of the latest one. */
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

/** How long a search waits after a request that got no answer. */
const againMs = 4_000;

const nothing = { subscribe: () => () => undefined, getSnapshot: () => noHits };

/** Whether the account has a link to the server. Without one no search is asked. */
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
  // The link may not have noticed that the network was away, so the search is also tried again after a while.
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

/** Whether the server did not answer. Then the search goes on by itself. */
export function isUnreachable({ status, error }: HitsState): boolean {
  return status === "failed" && error instanceof ParleyError && error.code === "unavailable" && error.status === 0;
}

/** Whether the query holds no word, but punctuation alone. */
export function isWordless({ status, error }: HitsState): boolean {
  return status === "failed" && error instanceof ParleyError && error.code === "bad_request";
}

/** The message as the SDK has it in memory, so that an unsent text leaves the list of hits. A message that is not in memory is not fetched for this. */
export function usePresent(message: Message): Message {
  const account = useAccount();
  const held = useMemo(
    () => account.conversation(message.conversationId).message(message.seq),
    [account, message.conversationId, message.seq],
  );
  const subscribe = useCallback(
    (listener: () => void) => (held.getSnapshot() === undefined ? () => undefined : held.subscribe(listener)),
    [held],
  );
  return useSyncExternalStore(subscribe, held.getSnapshot) ?? message;
}
