/** Owns the line under a message or an edit that was not sent: it says why, and offers what can be done with the text. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { ParleyError, PendingEdit, PendingMessage } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { parley } from "../../accounts/parley.ts";
import { errorText, whyTooMuch } from "../../texts/error-text.ts";
import { clockTime } from "../../texts/time.ts";
import { useAttempt } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";
import { useMentionable } from "../mentionable.ts";
import { sendMessage } from "../sending.ts";

export function FailedLine({ pending }: { pending: PendingMessage }): JSX.Element {
  const { conversation } = useActions();
  return (
    <p className="failed" role="alert">
      <span>{notSentText(pending.error)}</span>{" "}
      <button type="button" className="button-link" onClick={() => conversation.resend(pending.clientId)}>
        {t`Send again`}
      </button>{" "}
      <button type="button" className="button-link" onClick={() => conversation.discard(pending.clientId)}>
        {t`Discard`}
      </button>
    </p>
  );
}

/** A shorter wait is not shown. */
const heldUpMinMs = 10_000;

/** The line of a message that waits because the server limits how much is sent. The SDK sends the message by itself, perhaps hours later. */
export function HeldUpLine({ pending: { error, retryAt } }: { pending: PendingMessage }): JSX.Element | null {
  if (error?.code !== "rate_limited" || retryAt === null || (error.retryAfterMs ?? 0) <= heldUpMinMs) return null;
  return (
    <p className="quiet" role="status">
      {heldUpText(whyTooMuch(error), clockTime(retryAt))}
    </p>
  );
}

export function FailedEdit({ edit, isUnsent }: { edit: PendingEdit; isUnsent: boolean }): JSX.Element {
  const account = useAccount();
  const { conversation, details, canSend } = useActions();
  const attempt = useAttempt();
  const { seq, text, error } = edit;
  const mentionable = useMentionable(conversation, details);
  const sendAnew = () => {
    sendMessage(account, conversation, {
      ...mentionable.in(text),
      tabs: parley.tabs,
      text,
      replyTo: null,
      onUnsendable: (failure) => attempt(() => Promise.reject(failure)),
    });
    conversation.discardEdit(seq);
  };
  const saveAgain = async () => {
    const { mentions, mentionHandles } = mentionable.in(text);
    await conversation.edit(seq, text, mentions, mentionHandles);
  };
  return (
    <p className="failed" role="alert">
      <span>{isUnsent ? t`The edit was not saved, because the message was unsent:` : notSavedText(error)}</span>{" "}
      {isUnsent && <bdi>{text}</bdi>}{" "}
      {!isUnsent && (
        <button type="button" className="button-link" onClick={() => attempt(saveAgain)}>
          {t`Try again`}
        </button>
      )}{" "}
      {canSend && (
        <button type="button" className="button-link" onClick={sendAnew}>
          {t`Send as a new message`}
        </button>
      )}{" "}
      <button type="button" className="button-link" onClick={() => conversation.discardEdit(seq)}>
        {t`Discard`}
      </button>
    </p>
  );
}

function notSentText(error: ParleyError | null): string {
  if (error === null) return t`Not sent.`;
  const why = errorText(error);
  return t({ message: `Not sent: ${why}`, comment: "Why is a whole sentence" });
}

function heldUpText(why: string, time: string): string {
  return t({
    message: `Not sent yet: ${why} It will be sent automatically at ${time}.`,
    comment: "Why is a whole sentence",
  });
}

function notSavedText(error: ParleyError | null): string {
  if (error === null) return t`The edit was not saved.`;
  const why = errorText(error);
  return t({ message: `The edit was not saved: ${why}`, comment: "Why is a whole sentence" });
}
