/** Owns the panel of one person: profile, contact and block. */
import { Handle } from "../names/handle.tsx";
import { t } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import type { Contact } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useOpenDialog } from "../navigation/open-dialog.ts";
import { openConversation } from "../navigation/route.ts";
import { Confirm } from "../ui/dialog.tsx";
import { useAttempt, useSay } from "../ui/toast.tsx";
import { PresenceNote } from "./last-seen.tsx";
import { nameOf } from "../names/names.ts";
import { useBlocked, useContacts, usePeople, usePerson } from "./people.ts";
import { PersonAvatar } from "./person-avatar.tsx";
import "./panel.css";

interface PersonPanelProps {
  readonly userId: string;
  readonly onDone?: () => void;
  /** False where the panel around it offers to report the person. */
  readonly mayReport?: boolean;
}

export function PersonPanel({ userId, onDone, mayReport = true }: PersonPanelProps): JSX.Element {
  const account = useAccount();
  const people = usePeople();
  const user = usePerson(userId);
  const contact = useContacts()?.find((each) => each.user.id === userId);
  const isBlocked = useBlocked()?.some(({ id }) => id === userId) ?? false;
  const attempt = useAttempt();
  const say = useSay();
  const openDialog = useOpenDialog();
  const [isAsking, setIsAsking] = useState(false);
  const name = nameOf(user);
  const isOwn = userId === account.userId;
  const isContact = contact !== undefined && contact.state !== "incoming";

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
      {!isOwn && user?.deleted !== true && (
        <div className="panel-actions">
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
          <button
            type="button"
            className="button"
            onClick={() =>
              attempt(async () => {
                await people.setContact(userId, !isContact);
                if (isContact)
                  say(t`${name} is no longer among your contacts.`, () =>
                    attempt(() => people.setContact(userId, true)),
                  );
              })
            }
          >
            {isContact ? t`Remove from contacts` : t`Add to contacts`}
          </button>
          <button
            type="button"
            className={isBlocked ? "button" : "button button-danger"}
            onClick={() => (isBlocked ? attempt(() => people.setBlocked(userId, false)) : setIsAsking(true))}
          >
            {isBlocked ? t`Unblock` : t({ message: "Block", context: "verb" })}
          </button>
          {mayReport && (
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
      {isAsking && (
        <Confirm
          title={t`Block ${name}?`}
          text={t`Neither of you can write in your direct chat any more, or add the other to a group. They get no message about it. Both of you can still read what was written.`}
          action={t({ message: "Block", context: "verb" })}
          onConfirm={() =>
            attempt(async () => {
              await people.setBlocked(userId, true);
              say(t`${name} is blocked.`, () => attempt(() => people.setBlocked(userId, false)));
            })
          }
          onClose={() => setIsAsking(false)}
        />
      )}
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
