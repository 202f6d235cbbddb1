/** Owns the frame of the panel beside a conversation. It comes with the conversation, so that it can be closed before its body has come, and where that does not come. */
import { t } from "@lingui/core/macro";
import { type JSX, type RefObject, useDeferredValue, useEffect, useEffectEvent, useRef } from "react";
import { isComposing } from "../../browser/composing.ts";
import { later } from "../../browser/later.tsx";
import { useIsPhone, useMediaQuery } from "../../browser/observe.ts";
import { IconButton } from "../../ui/button.tsx";
import { isAnythingAbove, returnFocus } from "../../ui/focus.ts";
import { useActions } from "../actions.ts";

const PanelBody = later(async () => (await import("./panel-body.tsx")).PanelBody);
/** To be called when the panel will perhaps be opened. */
export const fetchPanel = PanelBody.fetch;

interface PanelProps {
  /** What had the focus when the panel was opened. It comes back there. */
  readonly origin: RefObject<Element | null>;
  readonly onClose: () => void;
  /** Opens the search in this chat. */
  readonly onSearch: () => void;
}

export function ConversationPanel({ origin, onClose, onSearch }: PanelProps): JSX.Element {
  const { isGroup } = useActions();
  // Where the panel takes the place of the history.
  const isOver = useMediaQuery("(max-width: 1100px)");
  // Then it is the main part of the page.
  const Frame = isOver ? "main" : "aside";
  const isPhone = useIsPhone();
  // The frame is there with the next frame of the screen; what is in it may take longer.
  const isBodyThere = useDeferredValue(true, false);
  const uncover = () => {
    if (isOver) onClose();
  };
  const close = useEffectEvent(onClose);
  // Escape closes the panel wherever the focus is, unless a menu, a dialog, an edit or the search takes the key.
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isTaken = event.defaultPrevented || isComposing(event) || isAnythingAbove();
      if (event.key === "Escape" && !isTaken) close();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  // Where the panel takes the place of the chat, the button that opened it is hidden, and the panel gets the focus.
  const closing = useRef<HTMLButtonElement>(null);
  const begin = useEffectEvent(() => {
    if (isOver) closing.current?.focus();
  });
  // When the panel closes, the element in it that had the focus is gone.
  useEffect(() => {
    const place = origin.current;
    begin();
    return () => returnFocus(place);
  }, [origin]);
  return (
    <Frame className="panel" aria-label={t`Details`}>
      <header className="panel-head">
        {isPhone && <h1 className="sr-only">{t`Details`}</h1>}
        <h2>{isGroup ? t`Group` : t`Person`}</h2>
        <IconButton ref={closing} icon="close" label={t`Close the details`} onClick={onClose} />
      </header>
      <div className="panel-body">{isBodyThere && <PanelBody onUncover={uncover} onSearch={onSearch} />}</div>
    </Frame>
  );
}
