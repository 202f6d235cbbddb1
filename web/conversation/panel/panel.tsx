/** Owns the panel beside a conversation: the person of a direct chat, or the group. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useEffectEvent, useRef, type RefObject } from "react";
import { useObservable } from "parley-sdk/react";
import { useIsPhone, useMediaQuery } from "../../browser/observe.ts";
import { ChatActionRow } from "../../chats/action-row.tsx";
import { DangerLines } from "../../chats/danger-lines.tsx";
import { ChatNotifySection } from "./push-choices.tsx";
import { PersonPanel } from "../../people/person-panel.tsx";
import { IconButton } from "../../ui/button.tsx";
import { isComposing } from "../../browser/composing.ts";
import { isAnythingAbove, returnFocus } from "../../ui/focus.ts";
import { SaveButton } from "../../ui/save-button.tsx";
import { useActions } from "../actions.ts";
import { Completeness } from "./completeness.tsx";
import { DateJump } from "./date-jump.tsx";
import { GroupHead, GroupSettings } from "./group-panel.tsx";
import { MemberList } from "./member-list.tsx";
import { PinnedSection } from "../pins/pinned-list.tsx";
import { SharedMediaSection } from "./media/shared-media.tsx";

interface PanelProps {
  /** What had the focus when the panel was opened. It comes back there. */
  readonly origin: RefObject<Element | null>;
  readonly onClose: () => void;
  /** Opens the search in this chat. */
  readonly onSearch: () => void;
}

export function ConversationPanel({ origin, onClose, onSearch }: PanelProps): JSX.Element {
  const { conversation, details, isGroup } = useActions();
  const summary = useObservable(conversation.summary);
  const peer = details?.peer ?? summary?.peer;
  // Where the panel takes the place of the history.
  const isOver = useMediaQuery("(max-width: 1100px)");
  // Then it is the main part of the page.
  const Frame = isOver ? "main" : "aside";
  const isPhone = useIsPhone();
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
      <div className="panel-body">
        {isGroup && details !== undefined && <GroupHead details={details} />}
        {!isGroup && peer !== undefined && <PersonPanel userId={peer.id} mayReport={false} />}
        {summary !== undefined && (
          <ChatActionRow
            row={summary}
            onSearch={() => {
              uncover();
              onSearch();
            }}
          />
        )}
        <ChatNotifySection />
        <PinnedSection onLeave={uncover} />
        {isGroup && details !== undefined && <GroupSettings details={details} />}
        {details !== undefined && summary?.left !== true && <SharedMediaSection onLeave={uncover} />}
        {/* A user who has left sees no list, because it would be out of date. */}
        {isGroup && details !== undefined && summary?.left !== true && <MemberList details={details} />}
        {details !== undefined && (
          <section className="history-tools" aria-label={t`History`}>
            <DateJump details={details} onArrived={uncover} />
            {isSecureContext && <Completeness onLeave={uncover} />}
          </section>
        )}
        {details !== undefined && summary?.left !== true && (
          <div className="panel-actions">
            <SaveButton
              label={t`Export chat`}
              name={`parley-chat-${details.id}.ndjson`}
              open={(options) => conversation.export(options)}
            />
          </div>
        )}
        {summary !== undefined && summary.deleted !== true && <DangerLines row={summary} />}
        {details === undefined && peer === undefined && <p className="quiet">{t`Not loaded yet.`}</p>}
      </div>
    </Frame>
  );
}
