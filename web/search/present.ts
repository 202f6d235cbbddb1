/** Owns the present state of a message that was found. */
import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { Message } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";

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
