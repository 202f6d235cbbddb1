/** Owns deleting a chat for oneself, and leaving a group with it: the question, and for a moment the way back. */
import { t } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { navigate, useRoute } from "../navigation/route.ts";
import { Confirm, Dialog, DialogActions } from "../ui/dialog.tsx";
import { useAttempt, useSay } from "../ui/toast.tsx";

interface DialogProps {
  readonly conversationId: string;
  readonly onClose: () => void;
}

export function DeleteChatDialog({ conversationId, onClose }: DialogProps): JSX.Element {
  const remove = useDelete(conversationId);
  return (
    <Confirm
      title={t`Delete the chat?`}
      text={t`What was written up to now is hidden from you, on all your devices. The others keep it. The chat comes back when something new is written.`}
      action={t`Delete chat`}
      onConfirm={remove}
      onClose={onClose}
    />
  );
}

export function LeaveDialog({ conversationId, onClose }: DialogProps): JSX.Element {
  const account = useAccount();
  const conversation = account.conversation(conversationId);
  const attempt = useAttempt();
  const leaveList = useLeaveList(conversationId);
  const [isDeleting, setIsDeleting] = useState(false);
  const leave = () => {
    onClose();
    if (isDeleting) {
      leaveList();
      attempt(() => conversation.leaveAndDelete(), t`You have left the group, and the chat is deleted.`);
    } else attempt(() => conversation.leave());
  };
  return (
    <Dialog title={t`Leave the group?`} onClose={onClose}>
      <div className="dialog-body">
        <p>{t`You keep what you have, but get nothing new until somebody adds you again.`}</p>
        <label className="switch-line">
          <input type="checkbox" checked={isDeleting} onChange={(event) => setIsDeleting(event.target.checked)} />
          {t`Delete the chat for me, too`}
        </label>
        <DialogActions onClose={onClose}>
          <button type="button" className="button button-danger" onClick={leave}>
            {t`Leave`}
          </button>
        </DialogActions>
      </div>
    </Dialog>
  );
}

function useDelete(conversationId: string): () => void {
  const account = useAccount();
  const summary = useObservable(account.conversation(conversationId).summary);
  const attempt = useAttempt();
  const say = useSay();
  const leaveList = useLeaveList(conversationId);
  return () => {
    const { done, undo } = account.conversation(conversationId).deleteChat();
    attempt(() => done);
    leaveList();
    // A chat that was empty already has nothing to bring back.
    if (summary !== undefined) say(t`The chat is deleted.`, () => attempt(undo));
  };
}

/** A chat that is not in the list any more does not stay on screen. */
function useLeaveList(conversationId: string): () => void {
  const route = useRoute();
  return () => {
    if (route.at === "conversation" && route.conversationId === conversationId)
      navigate({ at: "inbox" }, { isReplacing: true });
  };
}
