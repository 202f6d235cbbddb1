/** Owns telling the SDK which messages are in view, so that what is far from them need not be held. */
import { useEffect } from "react";
import type { ConversationHandle } from "../../client/index.ts";
import type { Row } from "./rows.ts";

export function useInView(
  conversation: ConversationHandle,
  rows: readonly Row[],
  firstVisible: number,
  lastVisible: number,
): void {
  let [first, last] = [0, 0];
  for (const { entry } of rows.slice(firstVisible, lastVisible + 1)) {
    if (entry.kind !== "message") continue;
    if (first === 0) first = entry.message.seq;
    last = entry.message.seq;
  }
  useEffect(() => {
    if (first !== 0) conversation.inView(first, last);
  }, [conversation, first, last]);
}
