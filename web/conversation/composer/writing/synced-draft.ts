/** Owns what the text field does when the user has written on another device: it shows that draft, or offers it. */
import { t } from "@lingui/core/macro";
import { type RefObject, useEffect, useEffectEvent, useRef } from "react";
import { useObservable } from "parley-sdk/react";
import { useActions } from "../../actions.ts";
import type { DraftKeeper } from "../drafts.ts";

/** How much of another device's draft is shown, and announced by screen readers. */
export const offeredCharacters = 160;

/** Shows the draft of another device, or offers it if the user is writing here. Screen readers announce a draft that is offered. */
export function useSyncedDraft(
  keeper: DraftKeeper,
  field: RefObject<HTMLTextAreaElement | null>,
  setDraft: (draft: string) => void,
  setOther: (other: string | null) => void,
): void {
  const { conversation, announce } = useActions();
  const synced = useObservable(conversation.summary)?.draft;
  const hasLooked = useRef(false);
  const look = useEffectEvent((draft: string) => {
    // At the first look, an offer that an earlier page stored counts as new, too.
    const before = hasLooked.current ? keeper.draft.other : null;
    hasLooked.current = true;
    const isWriting = document.hasFocus() && document.activeElement === field.current;
    const taken = keeper.receive(draft, isWriting);
    if (taken !== null) setDraft(taken);
    const { other } = keeper.draft;
    setOther(other);
    if (other !== null && other !== before) announce(offerText(other));
  });
  useEffect(() => {
    if (synced !== undefined) look(synced);
  }, [synced, keeper]);
}

function offerText(draft: string): string {
  const text = draft.slice(0, offeredCharacters);
  return t({
    message: `Written on another device, and offered above the text field: ${text}`,
    comment: "Said by screen readers: another device's draft of this chat",
  });
}
