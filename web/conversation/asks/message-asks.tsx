/** Owns the dialogs about messages of the conversation on screen; one at a time. */
import { plural, t } from "@lingui/core/macro";
import type { JSX } from "react";
import { useAccount } from "../../accounts/account-context.ts";
import { later } from "../../browser/later.tsx";
import { Confirm, Dialog } from "../../ui/dialog.tsx";
import { useAttempt, useSay } from "../../ui/toast.tsx";
import { type MessageAsk, useActions } from "../actions.ts";
import { DetailsDialog } from "./details-dialog.tsx";
import { PinnedList } from "../pins/pinned-list.tsx";
import { ForwardDialog } from "./forward-dialog.tsx";

/** What cannot be fetched closes. */
const closing = { whenMissing: ({ onClose }: { readonly onClose: () => void }) => onClose() };
const PollDialog = later(async () => (await import("../message/polls/poll-dialog.tsx")).PollDialog, closing);
const VotersDialog = later(async () => (await import("../message/polls/voters.tsx")).VotersDialog, closing);

export function MessageAsks({ ask, onClose }: { ask: MessageAsk; onClose: () => void }): JSX.Element {
  const { conversation, selected } = useActions();
  const account = useAccount();
  const attempt = useAttempt();
  const say = useSay();
  const done = () => {
    onClose();
    selected.end();
  };
  switch (ask.kind) {
    case "details":
      return <DetailsDialog message={ask.message} onClose={onClose} />;
    case "voters":
      return <VotersDialog message={ask.message} onClose={onClose} />;
    case "close-poll":
      return (
        <Confirm
          title={t`Close the poll?`}
          text={t`Nobody can vote any more, and it cannot be opened again.`}
          action={t`Close the poll`}
          onConfirm={() => attempt(() => conversation.closePoll(ask.message.seq))}
          onClose={onClose}
        />
      );
    case "new-poll":
      return <PollDialog conversation={conversation} onClose={onClose} />;
    case "pins":
      return (
        <Dialog title={t`Pinned messages`} onClose={onClose}>
          <div className="dialog-body">
            <PinnedList onLeave={onClose} />
          </div>
        </Dialog>
      );
    case "forward":
      return <ForwardDialog messages={ask.messages} onSent={done} onClose={onClose} />;
    case "unsend": {
      const { length } = ask.messages;
      return (
        <Confirm
          title={plural(length, { one: "Unsend the message?", other: "Unsend # messages?" })}
          text={plural(length, {
            one: "It is erased for everybody in this conversation.",
            other: "They are erased for everybody in this conversation.",
          })}
          action={t`Unsend`}
          onConfirm={() => {
            done();
            for (const { seq } of ask.messages) attempt(() => conversation.unsend(seq));
            // Who unsends wants it gone for others, and here that is not so yet.
            if (account.connection.getSnapshot().status === "offline")
              say(t`It reaches the others as soon as there is a connection.`);
          }}
          onClose={onClose}
        />
      );
    }
  }
}
