/** Owns the panel beside a conversation: the person of a direct chat, or the group. */
import type { JSX } from "react";
import { useObservable } from "../app/observe.ts";
import { PersonPanel } from "../people/person-panel.tsx";
import { IconButton } from "../ui/button.tsx";
import { useActions } from "./actions.ts";
import { GroupPanel } from "./group-panel.tsx";

export function ConversationPanel({ onClose }: { onClose: () => void }): JSX.Element {
  const { conversation, details, isGroup } = useActions();
  const summary = useObservable(conversation.summary);
  const peer = details?.peer ?? summary?.peer;
  return (
    <aside
      className="panel"
      aria-label="Details"
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <header className="panel-head">
        <h2>{isGroup ? "Group" : "Person"}</h2>
        <IconButton icon="close" label="Close the details" onClick={onClose} />
      </header>
      <div className="panel-body">
        {isGroup && details !== undefined && <GroupPanel details={details} />}
        {!isGroup && peer !== undefined && <PersonPanel userId={peer.id} />}
        {details === undefined && peer === undefined && <p className="quiet">Not loaded yet.</p>}
      </div>
    </aside>
  );
}
