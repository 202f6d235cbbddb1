/** Owns joining a group by a link or a code. The group is shown before the user joins it. */
import { membersText } from "../texts/counts.ts";
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useEffect, useState } from "react";
import { ParleyError } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useLinks } from "../accounts/linked.ts";
import { errorText } from "../texts/error-text.ts";
import { inviteCodeIn, openConversation } from "../navigation/route.ts";
import { Dialog, DialogActions } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";

/** The server's answer about one code. */
interface Answer {
  readonly code: string;
  readonly preview: { readonly title: string | null; readonly memberCount: number } | null;
  readonly error: string | null;
}

export function JoinDialog({ code: given, onClose }: { code: string; onClose: () => void }): JSX.Element {
  const account = useAccount();
  const links = useLinks();
  const [text, setText] = useState(given);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const code = inviteCodeIn(text);
  const preview = answer?.code === code ? answer.preview : null;
  const error = answer?.code === code ? answer.error : null;

  useEffect(() => {
    if (code === null) return undefined;
    let isCurrent = true;
    account.previewInvite(code).then(
      (found) => {
        if (isCurrent) setAnswer({ code, preview: found, error: null });
      },
      (failure: unknown) => {
        if (isCurrent) setAnswer({ code, preview: null, error: inviteError(failure) });
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [account, code, links]);

  const join = (event: FormEvent) => {
    event.preventDefault();
    if (code === null) return;
    setIsBusy(true);
    account.acceptInvite(code).then(
      (conversation) => {
        onClose();
        openConversation(conversation.id);
      },
      (failure: unknown) => {
        setIsBusy(false);
        setAnswer({ code, preview: null, error: inviteError(failure) });
      },
    );
  };

  return (
    <Dialog title={t`Join a group`} onClose={onClose}>
      <form className="dialog-body" onSubmit={join} noValidate>
        <Field
          label={t`Invite link or code`}
          dir="ltr"
          value={text}
          onChange={(event) => setText(event.target.value)}
          autoComplete="off"
          spellCheck={false}
          error={error}
        />
        {preview !== null && (
          <p className="invite-preview">
            <bdi>{preview.title ?? t`A group`}</bdi>
            <span className="quiet">{membersText(preview.memberCount)}</span>
          </p>
        )}
        <DialogActions onClose={onClose}>
          <button type="submit" className="button button-main" disabled={isBusy || preview === null}>
            {t`Join`}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function inviteError(error: unknown): string {
  const isUnknown = error instanceof ParleyError && error.code === "not_found";
  return isUnknown ? t`This invite has expired, is used up, or does not exist.` : errorText(error);
}
