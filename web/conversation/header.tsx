/** Owns the head of a conversation: its title, and on a phone the way back to the list. */
import { Handle } from "../names/handle.tsx";
import { membersText } from "../texts/counts.ts";
import { t } from "@lingui/core/macro";
import { type JSX, useId } from "react";
import type { Conversation } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useIsPhone } from "../browser/observe.ts";
import { useObservable } from "parley-sdk/react";
import { hashOf } from "../navigation/route.ts";
import { ChatMenuItems } from "../chats/chat-menu-items.tsx";
import { ChatNotifyMenu } from "./panel/push-choices.tsx";
import { Avatar } from "../names/avatar.tsx";
import { PresenceNote } from "../people/last-seen.tsx";
import { titleOf } from "../names/names.ts";
import { PersonAvatar } from "../people/person-avatar.tsx";
import { IconButton } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import type { OpenPanel } from "./panel/open-panel.ts";
import { fetchPanel } from "./panel/panel.tsx";
import { useActions } from "./actions.ts";
import { OnlineCount } from "./online-count.tsx";

interface HeaderProps {
  readonly panel: OpenPanel;
  readonly isSearchOpen: boolean;
  readonly onSearch: () => void;
}

export function ConversationHeader({ panel, isSearchOpen, onSearch }: HeaderProps): JSX.Element {
  const account = useAccount();
  const { conversation, details } = useActions();
  const summary = useObservable(conversation.summary);
  const isPanelOpen = useObservable(panel.isOpen);
  const shown = details ?? summary;
  const title = shown === undefined ? "…" : titleOf(shown, account.userId);
  const peer = shown?.peer;
  const titleId = useId();
  const isPhone = useIsPhone();
  const Heading = isPhone ? "h1" : "h2";
  return (
    <header className="pane-head">
      <a className="icon-button pane-back" href={hashOf({ at: "inbox" })} aria-label={t`Back to the chats`}>
        <Icon name="back" />
      </a>
      {/* The heading is around the button: screen readers do not find a heading inside a button. */}
      <Heading className="pane-heading" aria-labelledby={titleId}>
        <button type="button" className="pane-who" onClick={panel.toggle} aria-expanded={isPanelOpen}>
          {peer === undefined ? (
            <Avatar id={conversation.id} name={title} url={details?.avatarUrl ?? summary?.avatarUrl} size="small" />
          ) : (
            <PersonAvatar userId={peer.id} name={title} url={peer.avatarUrl} size="small" />
          )}
          <span className="pane-names">
            <bdi id={titleId} className="pane-title">
              {title}
            </bdi>
            <span className="pane-note" data-testid="pane-note">
              {peer !== undefined && <PresenceNote userId={peer.id} instead={<Handle handle={peer.handle} />} />}
              {details?.kind === "group" && summary?.left !== true && <GroupNote details={details} />}
            </span>
          </span>
        </button>
      </Heading>
      {!isPhone && (
        <IconButton icon="search" label={t`Search in this chat`} aria-pressed={isSearchOpen} onClick={onSearch} />
      )}
      {!isPhone && <ChatNotifyMenu />}
      {summary !== undefined && (
        <Menu label={t`Chat actions`} trigger={<IconButton icon="more" label={t`Chat actions`} />}>
          {() => (
            <>
              {isPhone && (
                <MenuItem icon="search" onSelect={onSearch}>
                  {t`Search in this chat`}
                </MenuItem>
              )}
              <ChatMenuItems row={summary} />
            </>
          )}
        </Menu>
      )}
      <IconButton
        icon="info"
        label={t`Details`}
        aria-pressed={isPanelOpen}
        onPointerEnter={fetchPanel}
        onFocus={fetchPanel}
        onClick={panel.toggle}
      />
    </header>
  );
}

function GroupNote({ details }: { details: Conversation }): JSX.Element {
  const { memberCount } = details;
  return (
    <>
      <span>{membersText(memberCount)}</span>
      <OnlineCount details={details} />
    </>
  );
}
