/** Owns what a chat shows that has no message yet: who or what it is, and a first step. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../../../accounts/account-context.ts";
import { parley } from "../../../accounts/parley.ts";
import { Avatar } from "../../../names/avatar.tsx";
import { Handle } from "../../../names/handle.tsx";
import { titleOf } from "../../../names/names.ts";
import { usePerson } from "../../../people/people.ts";
import { membersText } from "../../../texts/counts.ts";
import { errorText } from "../../../texts/error-text.ts";
import { useSay } from "../../../ui/toast.tsx";
import { useActions } from "../../actions.ts";
import { sendMessage } from "../../sending.ts";

const wave = "👋";

export function Beginning(): JSX.Element {
  const account = useAccount();
  const { conversation, details, isGroup, canSend } = useActions();
  const summary = useObservable(conversation.summary);
  const say = useSay();
  const shown = details ?? summary;
  const title = shown === undefined ? "" : titleOf(shown, account.userId);
  const peer = usePerson(shown?.peer?.id) ?? shown?.peer;
  const isNotes = peer?.id === account.userId;
  const sendWave = () =>
    sendMessage(account, conversation, {
      ...{ tabs: parley.tabs, text: wave, replyTo: null, mentions: [], mentionHandles: [] },
      onUnsendable: (error) => say(errorText(error)),
    });
  return (
    <div className="beginning">
      <Avatar id={peer?.id ?? conversation.id} name={title} url={peer?.avatarUrl ?? shown?.avatarUrl} size="large" />
      <p className="beginning-title">
        <bdi>{title}</bdi>
      </p>
      {peer !== undefined && !isNotes && <Handle handle={peer.handle} />}
      {peer !== undefined && !isNotes && peer.bio !== "" && (
        <p className="beginning-bio" dir="auto">
          {peer.bio}
        </p>
      )}
      {isGroup && details !== undefined && <p className="quiet">{membersText(details.memberCount)}</p>}
      <p className="quiet">
        {isNotes
          ? t`Only you see what you write here, on all your devices.`
          : canSend
            ? t`No messages yet. Say hello!`
            : t`No messages yet.`}
      </p>
      {canSend && !isNotes && (
        <button
          type="button"
          className="button beginning-wave"
          aria-label={t({ message: `Send ${wave}`, comment: "Sends this emoji as the first message of a chat" })}
          onClick={sendWave}
        >
          {wave}
        </button>
      )}
    </div>
  );
}
