/** Owns sending messages on to other chats: texts and attachments go, and who wrote them does not. */
import { t } from "@lingui/core/macro";
import { type JSX, useDeferredValue, useState } from "react";
import { type Account, holdsFolded, type Message, type Summary } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../../accounts/account-context.ts";
import { Avatar } from "../../names/avatar.tsx";
import { titleOf } from "../../names/names.ts";
import { errorText } from "../../texts/error-text.ts";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { Field, FormError } from "../../ui/field.tsx";
import { useSay } from "../../ui/toast.tsx";
import { useBlocked } from "../../people/people.ts";

/** Rows in the list at a time; who looks for another one writes its name. */
const shownMax = 60;
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
  const [query, setQuery] = useState("");
  const looked = useDeferredValue(query.trim());
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [isBusy, setIsBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const offered = conversations
    .filter(
      (row) =>
        !row.left &&
        !row.request &&
        row.peer?.deleted !== true &&
        !blocked.some(({ id }) => id === row.peer?.id) &&
        (looked === "" || holdsFolded(titleOf(row, account.userId), looked)),
    )
    .slice(0, shownMax);
  const isFull = picked.size >= chatsMax;

  const toggle = ({ conversationId }: Summary) => {
    const next = new Set(picked);
    if (!next.delete(conversationId)) next.add(conversationId);
    setPicked(next);
  };
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
      <div className="dialog-body picker">
        <Field
          label={t`Chats`}
          type="search"
          value={query}
          placeholder={t`Search by name`}
          autoComplete="off"
          onChange={(event) => setQuery(event.target.value)}
        />
        <ul className="people-list forward-list" aria-label={t`Chats to choose from`}>
          {offered.map((row) => {
            const title = titleOf(row, account.userId);
            const isPicked = picked.has(row.conversationId);
            return (
              <li key={row.conversationId}>
                <label className="forward-row">
                  <input
                    type="checkbox"
                    checked={isPicked}
                    disabled={!isPicked && isFull}
                    onChange={() => toggle(row)}
                  />
                  <Avatar
                    id={row.peer?.id ?? row.conversationId}
                    name={title}
                    url={row.peer?.avatarUrl ?? row.avatarUrl}
                    size="small"
                  />
                  <bdi>{title}</bdi>
                </label>
              </li>
            );
          })}
        </ul>
        {offered.length === 0 && <p className="quiet">{t`No such chat.`}</p>}
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
