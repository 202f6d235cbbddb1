/** Owns the panel of one person: profile, contact and block. */
import { type JSX, useState } from "react";
import { useAccount } from "../accounts/account-context.ts";
import { openConversation } from "../app/route.ts";
import { Confirm } from "../ui/dialog.tsx";
import { useAttempt } from "../ui/toast.tsx";
import { PresenceNote } from "./last-seen.tsx";
import { nameOf } from "./names.ts";
import { useBlocked, useContacts, usePeople, usePerson } from "./people.ts";
import { PersonAvatar } from "./person-avatar.tsx";

const contactNotes = {
  mutual: "You have each other in your contacts.",
  outgoing: "In your contacts.",
  incoming: "Has you in their contacts.",
} as const;

export function PersonPanel({ userId, onDone }: { userId: string; onDone?: () => void }): JSX.Element {
  const account = useAccount();
  const people = usePeople();
  const user = usePerson(userId);
  const contact = useContacts()?.find((each) => each.user.id === userId);
  const isBlocked = useBlocked()?.some(({ id }) => id === userId) ?? false;
  const attempt = useAttempt();
  const [isAsking, setIsAsking] = useState(false);
  const isOwn = userId === account.userId;
  const isContact = contact !== undefined && contact.state !== "incoming";

  return (
    <div className="person-panel">
      <PersonAvatar userId={userId} name={nameOf(user)} size="large" />
      <h3>
        <bdi>{nameOf(user)}</bdi>
      </h3>
      {user?.handle != null && <p className="person-handle">@{user.handle}</p>}
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
      {contact !== undefined && <p className="quiet">{contactNotes[contact.state]}</p>}
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
            Message
          </button>
          <button type="button" className="button" onClick={() => attempt(() => people.setContact(userId, !isContact))}>
            {isContact ? "Remove from contacts" : "Add to contacts"}
          </button>
          <button
            type="button"
            className={isBlocked ? "button" : "button button-danger"}
            onClick={() => (isBlocked ? attempt(() => people.setBlocked(userId, false)) : setIsAsking(true))}
          >
            {isBlocked ? "Unblock" : "Block"}
          </button>
        </div>
      )}
      {isAsking && (
        <Confirm
          title={`Block ${nameOf(user)}?`}
          text="Neither of you can write in your direct chat any more, or add the other to a group. They are not told. Both of you can still read what was written."
          action="Block"
          onConfirm={() => attempt(() => people.setBlocked(userId, true))}
          onClose={() => setIsAsking(false)}
        />
      )}
    </div>
  );
}
