/** Owns the last lines of a chat's panel: what ends something. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Summary } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useOpenDialog } from "../navigation/open-dialog.ts";
import { useContact } from "../people/profile/contact.ts";
import { useBlocking } from "../people/profile/blocking.tsx";
import { Icon } from "../ui/icons.tsx";

export function DangerLines({ row }: { row: Summary }): JSX.Element {
  const openDialog = useOpenDialog();
  const account = useAccount();
  const { conversationId, kind, left, peer } = row;
  const isWithPeer = kind === "dm" && peer !== undefined && peer.deleted !== true && peer.id !== account.userId;
  return (
    <div className="panel-section">
      {kind === "group" && !left && (
        <button
          type="button"
          className="panel-line panel-line-danger"
          onClick={() => openDialog({ kind: "leave", conversationId })}
        >
          <Icon name="leave" />
          <span>{t`Leave`}</span>
        </button>
      )}
      {kind === "group" && !left && (
        <button
          type="button"
          className="panel-line panel-line-danger"
          onClick={() => openDialog({ kind: "report", about: { kind: "conversation", conversationId } })}
        >
          <Icon name="flag" />
          <span>{t`Report the group`}</span>
        </button>
      )}
      {isWithPeer && <ContactLine userId={peer.id} />}
      {isWithPeer && <BlockLine userId={peer.id} />}
      {isWithPeer && (
        <button
          type="button"
          className="panel-line panel-line-danger"
          onClick={() => {
            const about = { kind: "user", userId: peer.id, conversationId } as const;
            openDialog({ kind: "report", about, personId: peer.id });
          }}
        >
          <Icon name="flag" />
          <span>{t`Report the person`}</span>
        </button>
      )}
      <button
        type="button"
        className="panel-line panel-line-danger"
        onClick={() => openDialog({ kind: "delete-chat", conversationId })}
      >
        <Icon name="trash" />
        <span>{t`Delete chat`}</span>
      </button>
    </div>
  );
}

/** Those who are in the contacts; others are offered to be taken in at the top. */
function ContactLine({ userId }: { userId: string }): JSX.Element | null {
  const { isContact, toggle } = useContact(userId);
  if (!isContact) return null;
  return (
    <button type="button" className="panel-line" onClick={toggle}>
      <Icon name="person" />
      <span>{t`Remove from contacts`}</span>
    </button>
  );
}

function BlockLine({ userId }: { userId: string }): JSX.Element {
  const { label, toggle, question } = useBlocking(userId);
  return (
    <>
      <button type="button" className="panel-line panel-line-danger" onClick={toggle}>
        <Icon name="blocked" />
        <span>{label}</span>
      </button>
      {question}
    </>
  );
}
