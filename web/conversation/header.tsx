/** Owns the head of a conversation: whom it is with, and the way back on a phone. */
import type { JSX } from "react";
import { useAccount } from "../app/account-context.ts";
import { useObservable } from "../app/observe.ts";
import { hashOf } from "../app/route.ts";
import { Avatar } from "../people/avatar.tsx";
import { titleOf } from "../people/names.ts";
import { IconButton } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import { useActions } from "./actions.ts";

interface HeaderProps {
  readonly isPanelOpen: boolean;
  readonly onTogglePanel: () => void;
}

export function ConversationHeader({ isPanelOpen, onTogglePanel }: HeaderProps): JSX.Element {
  const account = useAccount();
  const { conversation, details } = useActions();
  const summary = useObservable(conversation.summary);
  const shown = details ?? summary;
  const title = shown === undefined ? "…" : titleOf(shown, account.userId);
  const peer = shown?.peer;
  const avatarId = peer?.id ?? conversation.id;
  return (
    <header className="pane-head">
      <a className="icon-button pane-back" href={hashOf({ at: "inbox" })} aria-label="Back to the chats">
        <Icon name="back" />
      </a>
      <button type="button" className="pane-who" onClick={onTogglePanel} aria-expanded={isPanelOpen}>
        <Avatar id={avatarId} name={title} size="small" />
        <span className="pane-names">
          <bdi className="pane-title" role="heading" aria-level={2}>
            {title}
          </bdi>
          <span className="pane-note">{noteOf(shown?.kind, peer?.handle, details?.memberCount)}</span>
        </span>
      </button>
      <IconButton icon="info" label="Details" aria-pressed={isPanelOpen} onClick={onTogglePanel} />
    </header>
  );
}

function noteOf(
  kind: "dm" | "group" | undefined,
  handle: string | null | undefined,
  memberCount: number | undefined,
): string {
  if (kind === "dm") return handle == null ? "" : `@${handle}`;
  if (memberCount === undefined) return "";
  return memberCount === 1 ? "1 member" : `${memberCount} members`;
}
