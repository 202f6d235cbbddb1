/** Owns the frame of the panel beside a conversation. It comes with the conversation, so that it can be closed before its body has come, and where that does not come. */
import { t } from "@lingui/core/macro";
import { type JSX, useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { useObservable } from "parley-sdk/react";
import { afterFrame, useIsFrameOver } from "../../browser/after-frame.ts";
import { isComposing } from "../../browser/composing.ts";
import { later } from "../../browser/later.tsx";
import { useIsPhone, useMediaQuery } from "../../browser/observe.ts";
import { IconButton } from "../../ui/button.tsx";
import { useBackCloses } from "../../navigation/back.ts";
import { isAnythingAbove, returnFocus } from "../../ui/focus.ts";
import { useActions } from "../actions.ts";
import type { OpenPanel } from "./open-panel.ts";

const PanelBody = later(async () => (await import("./panel-body.tsx")).PanelBody);
/** To be called when the panel will perhaps be opened. */
export const fetchPanel = PanelBody.fetch;

interface PanelProps {
  readonly panel: OpenPanel;
  /** Opens the search in this chat. */
  readonly onSearch: () => void;
}

/** Closed, it is not seen any more at once, and taken out of the page after that frame: a long list of members takes longer. */
export function PanelPlace(props: PanelProps): JSX.Element | null {
  const isOpen = useObservable(props.panel.isOpen);
  const [isThere, setIsThere] = useState(isOpen);
  if (isOpen && !isThere) setIsThere(true);
  useBackCloses(isOpen, props.panel.close);
  useEffect(() => (isOpen ? undefined : afterFrame(() => setIsThere(false))), [isOpen]);
  return isThere ? <ConversationPanel {...props} isOpen={isOpen} /> : null;
}

function ConversationPanel({ panel, isOpen, onSearch }: PanelProps & { readonly isOpen: boolean }): JSX.Element {
  const { isGroup } = useActions();
  // Where the panel takes the place of the history.
  const isOver = useMediaQuery("(max-width: 1100px)");
  // Then it is the main part of the page.
  const Frame = isOver ? "main" : "aside";
  const isPhone = useIsPhone();
  // It comes over the end of the chat, with its head alone: to lay the chat out anew takes longer than a frame. What is in it comes last.
  const [isComing, setIsComing] = useState(true);
  useEffect(() => afterFrame(() => setIsComing(false)), []);
  const isBodyThere = useIsFrameOver();
  const uncover = useCallback(() => {
    if (isOver) panel.close();
  }, [isOver, panel]);
  // Opening and closing do not draw it again.
  const body = useMemo(() => <PanelBody onUncover={uncover} onSearch={onSearch} />, [uncover, onSearch]);
  // Escape closes the panel wherever the focus is, unless a menu, a dialog, an edit or the search takes the key.
  useEffect(() => {
    if (!isOpen) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      const isTaken = event.defaultPrevented || isComposing(event) || isAnythingAbove();
      if (event.key === "Escape" && !isTaken) panel.close();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [panel, isOpen]);
  // Where the panel takes the place of the chat, the button that opened it is hidden, and the panel gets the focus.
  const closing = useRef<HTMLButtonElement>(null);
  const begin = useEffectEvent(() => {
    if (isOver) closing.current?.focus();
  });
  // When the panel closes, the element in it that had the focus is gone.
  useEffect(() => {
    if (!isOpen) return undefined;
    begin();
    return () => returnFocus(panel.origin);
  }, [panel, isOpen]);
  return (
    <Frame className="panel" aria-label={t`Details`} hidden={!isOpen} data-coming={isComing}>
      <header className="panel-head">
        {isPhone && <h1 className="sr-only">{t`Details`}</h1>}
        <h2>{isGroup ? t`Group` : t`Person`}</h2>
        <IconButton ref={closing} icon="close" label={t`Close the details`} onClick={panel.close} />
      </header>
      <div className="panel-body">{isBodyThere && body}</div>
    </Frame>
  );
}
