/** Owns the profile of one person, and what is done about them. */
import { Handle } from "../../names/handle.tsx";
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Contact } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { useOpenDialog } from "../../navigation/open-dialog.ts";
import { openConversation } from "../../navigation/route.ts";
import { useAttempt } from "../../ui/toast.tsx";
import { PresenceNote } from "../last-seen.tsx";
import { nameOf } from "../../names/names.ts";
import { useBlocking } from "./blocking.tsx";
import { usePerson } from "../people.ts";
import { useContact } from "./contact.ts";
import { PersonAvatar } from "../person-avatar.tsx";
import "./panel.css";

interface PersonPanelProps {
  readonly userId: string;
  readonly onDone?: () => void;
  /** In the panel of their chat, which has the lines for removing, blocking and reporting at its end. */
  readonly isInChat?: boolean;
}

export function PersonPanel({ userId, onDone, isInChat = false }: PersonPanelProps): JSX.Element {
  const account = useAccount();
  const user = usePerson(userId);
  const { contact, isContact, toggle } = useContact(userId);
  const blocking = useBlocking(userId);
  const attempt = useAttempt();
  const openDialog = useOpenDialog();
  const name = nameOf(user);
  const isOwn = userId === account.userId;

  return (
    <div className="person-panel">
      <PersonAvatar userId={userId} name={name} url={user?.avatarUrl} size="large" />
      <h3>
        <bdi>{name}</bdi>
      </h3>
      {user?.handle != null && (
        <p>
          <Handle handle={user.handle} />
        </p>
      )}
      {!isOwn && (
        <p className="person-presence">
          <PresenceNote userId={userId} />
        </p>
      )}
      {user !== undefined && user.bio !== "" && (
        <p className="person-bio" dir="auto">
          {user.bio}
        </p>
      )}
      {contact !== undefined && <p className="quiet">{contactNote(contact.state)}</p>}
      {!isOwn && user?.deleted !== true && !(isInChat && isContact) && (
        <div className="panel-actions">
          {!isInChat && (
            <button
              type="button"
              className="button"
              onClick={() =>
                attempt(async () => {
                  openConversation((await account.openDm(userId)).id);
                  onDone?.();
                })
              }
            >
              {t({ message: "Message", context: "verb", comment: "Button: opens the chat with this person" })}
            </button>
          )}
          {!(isInChat && isContact) && (
            <button type="button" className="button" onClick={toggle}>
              {isContact ? t`Remove from contacts` : t`Add to contacts`}
            </button>
          )}
          {!isInChat && (
            <button
              type="button"
              className={blocking.isBlocked ? "button" : "button button-danger"}
              onClick={blocking.toggle}
            >
              {blocking.label}
            </button>
          )}
          {!isInChat && (
            <button
              type="button"
              className="button button-danger"
              onClick={() => openDialog({ kind: "report", about: { kind: "user", userId }, personId: userId })}
            >
              {t({ message: "Report", context: "verb" })}
            </button>
          )}
        </div>
      )}
      {blocking.question}
    </div>
  );
}

function contactNote(state: Contact["state"]): string {
  switch (state) {
    case "mutual":
      return t`You have each other in your contacts.`;
    case "outgoing":
      return t`In your contacts.`;
    case "incoming":
      return t`Has you in their contacts.`;
  }
}
