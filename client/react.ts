/** Owns the hooks by which React components watch the SDK's state. Imported by itself, so that only React apps need React. */
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Account, Parley } from "./contract/account.ts";
import type { ConversationHandle } from "./contract/conversation/conversation.ts";
import type { Observable } from "./contract/observable.ts";
import type { PresenceWatch, UserPresence } from "./contract/presence.ts";

/** The state as it is now; the component renders again when it changes. */
export function useObservable<T>(state: Observable<T>): T {
  return useSyncExternalStore(state.subscribe, state.getSnapshot, state.getSnapshot);
}

/** The accounts that are signed in on this device, oldest first; empty until `parley.ready`. */
export function useAccounts(parley: Parley): readonly Account[] {
  return useObservable(parley.accounts);
}

/** A conversation that is on screen as long as the component is mounted: it is loaded and kept up to date. Throws where the id has not the form of one. */
export function useConversation(account: Account, conversationId: string): ConversationHandle {
  const conversation = useMemo(() => account.conversation(conversationId), [account, conversationId]);
  useEffect(() => conversation.open(), [conversation]);
  return conversation;
}

/** What somebody's presence is; they are watched as long as the component is mounted. */
export function usePresence(account: Account, userId: string): UserPresence {
  useWatch(
    account,
    useMemo(() => [userId], [userId]),
  );
  return useObservable(account.presence.of(userId));
}

/** Watches people as long as the component is mounted, so that `presence.of` shows each of them. Pass the same array while they are the same. */
export function useWatch(account: Account, userIds: readonly string[]): void {
  const watch = useRef<PresenceWatch>(undefined);
  const begin = useCallback(() => {
    watch.current = account.presence.watch([]);
    return () => watch.current?.end();
  }, [account]);
  useEffect(begin, [begin]);
  useEffect(() => watch.current?.update(userIds), [begin, userIds]);
}
