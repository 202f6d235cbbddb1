/** Owns deleting messages for oneself: they are gone at once, on all devices, and for a moment the act can be undone. */
import { plural } from "@lingui/core/macro";
import type { Message } from "parley-sdk";
import { useAttempt, useSay } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";

export function useHide(): (messages: readonly Message[]) => void {
  const { conversation } = useActions();
  const attempt = useAttempt();
  const say = useSay();
  return (messages) => {
    const seqs = messages.map(({ seq }) => seq);
    attempt(() => conversation.hide(seqs));
    say(plural(seqs.length, { one: "The message is deleted for you.", other: "# messages are deleted for you." }), () =>
      attempt(() => conversation.unhide(seqs)),
    );
  };
}
