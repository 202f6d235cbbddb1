/** Owns what stands in the panel beside a conversation: of a person or of a group. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { useObservable } from "parley-sdk/react";
import { ChatActionRow } from "../../chats/action-row.tsx";
import { DangerLines } from "../../chats/danger-lines.tsx";
import { ChatNotifySection } from "./push-choices.tsx";
import { PersonPanel } from "../../people/profile/person-panel.tsx";
import { SaveButton } from "../../ui/save-button.tsx";
import { useActions } from "../actions.ts";
import { Completeness } from "./completeness.tsx";
import { DateJump } from "./date-jump.tsx";
import { AddPeople, GroupHead, GroupSettings } from "./group-panel.tsx";
import { MemberList } from "./member-list.tsx";
import { PinnedSection } from "../pins/pinned-list.tsx";
import { SharedMediaSection } from "./media/shared-media.tsx";

interface PanelBodyProps {
  /** Closes the panel where it lies over the history, to which something in it has led. */
  readonly onUncover: () => void;
  /** Opens the search in this chat. */
  readonly onSearch: () => void;
}

export function PanelBody({ onUncover, onSearch }: PanelBodyProps): JSX.Element {
  const { conversation, details, isGroup } = useActions();
  const summary = useObservable(conversation.summary);
  const peer = details?.peer ?? summary?.peer;
  return (
    <>
      {isGroup && details !== undefined && <GroupHead details={details} />}
      {!isGroup && peer !== undefined && <PersonPanel userId={peer.id} isInChat />}
      {summary !== undefined && (
        <ChatActionRow
          row={summary}
          first={isGroup && details !== undefined && <AddPeople details={details} />}
          onSearch={() => {
            onUncover();
            onSearch();
          }}
        />
      )}
      <ChatNotifySection />
      <PinnedSection onLeave={onUncover} />
      {isGroup && details !== undefined && <GroupSettings details={details} />}
      {details !== undefined && summary?.left !== true && <SharedMediaSection onLeave={onUncover} />}
      {/* A user who has left sees no list, because it would be out of date. */}
      {isGroup && details !== undefined && summary?.left !== true && <MemberList details={details} />}
      {details !== undefined && (
        <section className="history-tools" aria-label={t`History`}>
          <DateJump details={details} onArrived={onUncover} />
          {isSecureContext && <Completeness onLeave={onUncover} />}
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
    </>
  );
}
