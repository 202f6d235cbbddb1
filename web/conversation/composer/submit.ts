/** Owns sending what is in the composer: a new message, or the edit of one. A text that cannot be sent stays, and the user is told why. */
import { useEffect, useEffectEvent } from "react";
import { cleanText, isBlank, type Message, ParleyError } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { parley } from "../../accounts/parley.ts";
import { afterFeedback } from "../../browser/after-frame.ts";
import { errorText } from "../../texts/error-text.ts";
import { useSay } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";
import type { Mentionable } from "../mentionable.ts";
import { sendFault, sendMessage } from "../sending.ts";
import type { ChosenFiles } from "./chosen-files.ts";
import type { DraftKeeper, EditDraft } from "./drafts.ts";

interface SubmitParts {
  readonly keeper: DraftKeeper;
  readonly mentionable: Mentionable;
  readonly tray: ChosenFiles;
  readonly draft: string;
  readonly setDraft: (change: string | ((now: string) => string)) => void;
  readonly answeredSeq: number | null;
  /** The edit under way, with the message that it changes; null while there is none. */
  readonly edit: EditDraft | null;
  readonly edited: Message | undefined;
  readonly onAnswer: (seq: number | null) => void;
  readonly onEdit: (edit: EditDraft | null) => void;
  readonly onSent: () => void;
}

/** Answers the function that sends. A message whose files are not prepared goes when they are. */
export function useSubmit(parts: SubmitParts): () => void {
  const { keeper, mentionable, tray, draft, setDraft, answeredSeq, edit, edited, onAnswer, onEdit, onSent } = parts;
  const account = useAccount();
  const { conversation } = useActions();
  const say = useSay();

  /** Null where it cannot be sent, which the user is told. */
  const sendable = (typed: string, hasFiles: boolean): string | null => {
    const written = cleanText(typed);
    // Where there are files the text may be missing.
    const clean = hasFiles && isBlank(written) ? "" : written;
    const fault = clean === "" && hasFiles ? null : sendFault(clean);
    if (fault !== null && fault !== "") say(fault);
    return fault === null ? clean : null;
  };

  const submitEdit = ({ seq, text: typed }: EditDraft) => {
    const clean = sendable(typed, (edited?.attachments.length ?? 0) > 0);
    if (clean === null) return;
    const isSame = clean === edited?.text && !conversation.edits.getSnapshot().has(seq);
    onEdit(null);
    if (isSame) return;
    const { mentions, mentionHandles } = mentionable.in(clean);
    conversation.edit(seq, clean, mentions, mentionHandles).catch((error: unknown) => {
      // An edit that the SDK keeps is shown at its message as failed.
      if (conversation.edits.getSnapshot().has(seq) || isDiscarded(error)) return;
      say(errorText(error));
      onEdit({ seq, text: clean });
    });
  };

  const submitDraft = () => {
    const clean = sendable(draft, tray.getSnapshot().length > 0);
    if (clean === null) return;
    if (!tray.arePrepared) return tray.submitWhenReady();
    const { attachments, giveBack } = tray.take();
    setDraft("");
    onAnswer(null);
    // The field is empty at once; the message comes into the history in the frame after that. Until then it is the draft.
    afterFeedback(() => {
      sendMessage(account, conversation, {
        ...mentionable.in(clean),
        tabs: parley.tabs,
        text: clean,
        attachments,
        replyTo: answeredSeq,
        onUnsendable: (error) => {
          say(errorText(error));
          setDraft((now) => (now === "" ? clean : now));
          giveBack();
        },
      });
      keeper.clear();
      onSent();
    });
  };

  // An edit that was begun meanwhile is not what was sent.
  const submitReady = useEffectEvent(submitDraft);
  useEffect(() => tray.onReady(() => submitReady()), [tray]);
  return () => (edit === null ? submitDraft() : submitEdit(edit));
}

function isDiscarded(error: unknown): boolean {
  return error instanceof ParleyError && error.code === "discarded";
}
