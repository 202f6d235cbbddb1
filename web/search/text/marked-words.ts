/** Owns which words are marked in the history: those of the hit that was opened last, until another one is opened or the reader leaves the chat or its search. */
import { useCallback, useSyncExternalStore } from "react";
import type { Message } from "parley-sdk";
import type { Found, Ranges } from "../hit-pages.ts";

const none: Ranges = [];
let opened: Found | null = null;
const listeners = new Set<() => void>();

export function markWordsOf(found: Found): void {
  change(found);
}

/** Nothing is marked in this chat any more. */
export function unmarkWords(conversationId: string): void {
  if (opened?.message.conversationId === conversationId) change(null);
}

/** The marked words of a message, in code points of its whole text. After an edit they may stand elsewhere. */
export function useMarkedWords(message: Message | undefined): Ranges {
  const marked = useCallback(() => {
    const found = opened?.message;
    const isIt = found?.conversationId === message?.conversationId && found?.seq === message?.seq;
    return found !== undefined && isIt && found.editedAt === message?.editedAt ? (opened?.highlights ?? none) : none;
  }, [message]);
  return useSyncExternalStore(subscribe, marked);
}

function change(found: Found | null): void {
  opened = found;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
