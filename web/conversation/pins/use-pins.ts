/** Owns the pinned messages of the conversation on screen: those that the user may see, the newest pin first. */
import { useMemo } from "react";
import type { Message } from "parley-sdk";
import { useFetched } from "../../accounts/fetched.ts";
import { useObservable } from "parley-sdk/react";
import { useActions } from "../actions.ts";

/** So many are asked for; the server pins no more. */
const pinsMax = 50;

/** Who pinned it, and the message as it was when the pins were asked for. */
export interface ShownPin {
  readonly seq: number;
  readonly by: string;
  readonly at: number;
  readonly message: Message;
}

const none: readonly ShownPin[] = [];

/** They are asked for whenever the conversation says that others are pinned, and after the link was lost. A member may not see all that it names. */
export function usePins(): readonly ShownPin[] {
  const { conversation, details } = useActions();
  const pinned = details?.pinned ?? [];
  const key = pinned.join(",");
  const marks = useObservable(conversation.summary)?.marksVersion;
  const ask = useMemo(
    () =>
      key === "" ? null : async (signal: AbortSignal) => (await conversation.pins({ limit: pinsMax, signal })).items,
    // Another version of the user's marks may show pins that were hidden before.
    // eslint-disable-next-line react/exhaustive-deps
    [conversation, key, marks],
  );
  const { value: shown = none } = useFetched<readonly ShownPin[]>(ask);
  const hidden = useObservable(conversation.hidden);
  // A pin that was just taken away is gone at once, and so is a message that the user hides.
  return shown.filter(({ seq }) => pinned.includes(seq) && !hidden.has(seq));
}
