/** Owns sending messages on to other chats: texts and attachments go, and who wrote them does not. */
import { t } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import type { Account, Message } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../../accounts/account-context.ts";
import { ChatPicker } from "../../chats/chat-picker.tsx";
import { errorText } from "../../texts/error-text.ts";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { FormError } from "../../ui/field.tsx";
import { useSay } from "../../ui/toast.tsx";
import { useBlocked } from "../../people/people.ts";

const chatsMax = 20;

interface ForwardProps {
  /** The oldest first; so they are sent. */
  readonly messages: readonly Message[];
  readonly onSent: () => void;
  readonly onClose: () => void;
}

export function ForwardDialog({ messages, onSent, onClose }: ForwardProps): JSX.Element {
  const account = useAccount();
  const blocked = useBlocked() ?? [];
  const say = useSay();
  const { conversations } = useObservable(account.inbox);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [isBusy, setIsBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const offered = conversations.filter(
    (row) => !row.left && !row.request && row.peer?.deleted !== true && !blocked.some(({ id }) => id === row.peer?.id),
  );
  const send = () => {
    setIsBusy(true);
    setFault(undefined);
    const present = messages.map((message) => presentOf(account, message)).filter(({ unsentAt }) => unsentAt === null);
    if (present.length === 0) {
      setIsBusy(false);
      setFault(t`This message was unsent.`);
      return;
    }
    Promise.all(present.map(whole)).then(
      (texts) => {
        for (const id of picked) {
          for (const [index, text] of texts.entries()) {
            const attachments = (present[index]?.attachments ?? []).map((each) => ({ from: each.id }));
            // A poll is asked anew, without its votes.
            const asked = present[index]?.poll;
            const poll = asked && { ...asked, options: asked.options.map((option) => option.text) };
            // A chat that refuses it shows it as failed.
            account
              .conversation(id)
              .send(poll === undefined ? text : "", poll === undefined ? { attachments } : { poll })
              .catch(() => undefined);
          }
        }
        onSent();
        say(t`Forwarded`);
      },
      (error: unknown) => {
        setIsBusy(false);
        setFault(errorText(error));
      },
    );
  };
  const whole = async ({ conversationId, seq, text, truncated }: Message): Promise<string> =>
    truncated === true ? (await account.conversation(conversationId).loadFullMessage(seq)).text : text;

  return (
    <Dialog title={t`Forward to`} onClose={onClose}>
      <div className="dialog-body">
        <ChatPicker rows={offered} picked={picked} onChange={setPicked} pickedMax={chatsMax} />
        <FormError text={fault} />
        <DialogActions onClose={onClose}>
          <button type="button" className="button button-main" disabled={picked.size === 0 || isBusy} onClick={send}>
            {t({ message: "Send", context: "verb" })}
          </button>
        </DialogActions>
      </div>
    </Dialog>
  );
}

/** The message as it is by now: it may have been edited or unsent since the dialog was opened. */
function presentOf(account: Account, message: Message): Message {
  const { entries } = account.conversation(message.conversationId).timeline.getSnapshot();
  const found = entries.find((entry) => entry.kind === "message" && entry.message.seq === message.seq);
  return found?.kind === "message" ? found.message : message;
}
