/** Owns the composer: the text field, its bars, and sending. */
import { t } from "@lingui/core/macro";
import {
  type JSX,
  type KeyboardEvent,
  useEffect,
  useEffectEvent,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { cleanText, isBlank, mentionQueryAt, type Message, ParleyError } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import type { Emoji } from "../../emoji/emoji.ts";
import { parley } from "../../accounts/parley.ts";
import { errorText } from "../../texts/error-text.ts";
import { later } from "../../browser/later.tsx";
import { useMediaQuery } from "../../browser/observe.ts";
import { useObservable } from "parley-sdk/react";
import { IconButton } from "../../ui/button.tsx";
import { isComposing } from "../../browser/composing.ts";
import { useSay } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";
import { AnswerBar, EditBar, OtherDraftBar } from "./composer-bars.tsx";
import { AttachButton, useChoose, useDrop } from "./attach.tsx";
import { chosenFilesOf } from "./chosen-files.ts";
import type { DraftKeeper, EditDraft } from "./drafts.ts";
import { FileTray } from "./file-tray.tsx";
import { useVoice } from "./send-voice.ts";
import { handleOf, MentionList, type MentionOption, optionsFor } from "./mention-list.tsx";
import { mayHaveCamera } from "../../pictures/camera.ts";
import { VoiceButton, VoiceRow } from "../../voice/voice-recorder.tsx";
import { useMentionable } from "../mentionable.ts";
import { sendFault, sendMessage } from "../sending.ts";
import { EmojiButton } from "./writing/emoji-button.tsx";
import { EmojiNameList, useEmojiNames } from "./writing/emoji-names.tsx";
import { formatMark, marked } from "./writing/format-keys.ts";
import { replace } from "./writing/insert.ts";
import { listKey } from "./writing/list-key.ts";
import { useSyncedDraft } from "./writing/synced-draft.ts";

const CameraDialog = later(async () => (await import("../../pictures/camera-dialog.tsx")).CameraDialog, {
  whenMissing: ({ onClose }) => onClose(),
});

const fieldPxMax = 180;

interface ComposerProps {
  /** Whether it takes the focus at first; false where the chat opens at a message, which takes it. */
  readonly isFirst: boolean;
  readonly keeper: DraftKeeper;
  /** The message that is being answered; `answered` is undefined until it is known. */
  readonly answeredSeq: number | null;
  readonly answered: Message | undefined;
  /** The edit under way, with the message that it changes; null while there is none. */
  readonly edit: EditDraft | null;
  readonly edited: Message | undefined;
  readonly onAnswer: (seq: number | null) => void;
  readonly onEdit: (edit: EditDraft | null) => void;
  readonly onSent: () => void;
  /** Edits the latest own message, on Arrow up in an empty field. */
  readonly onEditLatest: () => void;
}

export function Composer(props: ComposerProps): JSX.Element {
  const { isFirst, keeper, answeredSeq, answered, edit, edited, onAnswer, onEdit, onSent, onEditLatest } = props;
  const account = useAccount();
  const { conversation, details, isGroup } = useActions();
  const say = useSay();
  const isTouch = useMediaQuery("(pointer: coarse)");
  const [draft, setDraft] = useState(() => keeper.draft.text);
  const [other, setOther] = useState(() => keeper.draft.other);
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState(0);
  const [isClosed, setIsClosed] = useState(false);
  const tray = chosenFilesOf(account.userId, conversation.id);
  const files = useObservable(tray);
  const choose = useChoose(tray);
  const isOver = useDrop(edit === null ? choose : null);
  const { recording, ...voice } = useVoice(answeredSeq, () => {
    onAnswer(null);
    onSent();
  });
  const [isCameraOpen, setIsCameraOpen] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const listId = useId();

  const text = edit?.text ?? draft;
  const query = isGroup && !isClosed ? mentionQueryAt(text, caret) : null;
  const mentionable = useMentionable(conversation, details, query);
  const offered =
    query === null
      ? []
      : optionsFor(
          query,
          mentionable.offered.filter(({ id }) => id !== account.userId),
          mentionable.mayAll && edit === null,
        );

  const names = useEmojiNames(account.userId, text, caret, isClosed);
  const isListed = offered.length > 0 || names.offered.length > 0;

  useSyncedDraft(keeper, field, setDraft, setOther);
  useEffect(() => () => keeper.flush(), [keeper]);
  useEffect(() => {
    const flush = () => keeper.flush();
    addEventListener("pagehide", flush);
    return () => removeEventListener("pagehide", flush);
  }, [keeper]);

  const begin = useEffectEvent(() => {
    // The composer may appear while the user is in the panel, because they end a block there. Then the focus stays in the panel.
    if (isFirst && !isTouch && document.activeElement?.closest(".panel") == null) field.current?.focus();
  });
  useLayoutEffect(() => begin(), []);
  useEffect(() => {
    if (answeredSeq !== null) field.current?.focus();
  }, [answeredSeq]);
  const editedSeq = edit?.seq ?? null;
  useEffect(() => {
    if (editedSeq !== null) field.current?.focus();
  }, [editedSeq]);

  useLayoutEffect(() => {
    const element = field.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(fieldPxMax, element.scrollHeight)}px`;
  }, [text]);

  const write = (value: string) => {
    setIsClosed(false);
    setChosen(0);
    if (edit !== null) {
      onEdit({ ...edit, text: value });
      return;
    }
    setDraft(value);
    keeper.change(value);
    if (value !== "") conversation.notifyTyping();
  };

  const pick = (option: MentionOption) => {
    if (query === null) return;
    const before = `${text.slice(0, query.at)}@${handleOf(option)} `;
    write(before + text.slice(caret));
    setCaret(before.length);
    requestAnimationFrame(() => field.current?.setSelectionRange(before.length, before.length));
  };

  const pickEmoji = (emoji: Emoji) => {
    if (field.current !== null) replace(field.current, names.at, caret, `${names.written(emoji)} `);
  };

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
    const clean = sendable(draft, files.length > 0);
    if (clean === null) return;
    // It goes when its files are ready.
    if (!tray.arePrepared) return tray.submitWhenReady();
    const { attachments, giveBack } = tray.take();
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
    setDraft("");
    keeper.clear();
    onAnswer(null);
    onSent();
  };

  const submit = () => (edit === null ? submitDraft() : submitEdit(edit));
  // An edit that was begun meanwhile is not what was sent.
  const submitReady = useEffectEvent(submitDraft);
  useEffect(() => tray.onReady(() => submitReady()), [tray]);

  /** A voice message has no text, so the button stands in place of Send while there is none. */
  const showsVoice = recording !== null || (edit === null && files.length === 0 && isBlank(text));

  const useOther = () => {
    if (other === null) return;
    setOther(draft === "" ? null : draft);
    keeper.keep({ other: draft === "" ? null : draft });
    write(other);
    field.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method is composing, the keys belong to it.
    if (isComposing(event.nativeEvent)) return;
    // If the handle is typed in full, Enter sends and does not choose from the list.
    const option = offered[chosen];
    const isWhole = event.key === "Enter" && query !== null && option !== undefined && handleOf(option) === query.typed;
    const moves = { setChosen, close: () => setIsClosed(true) };
    const isTaken =
      offered.length > 0
        ? !isWhole && listKey(event.key, offered, chosen, { ...moves, pick })
        : names.offered.length > 0 && listKey(event.key, names.offered, chosen, { ...moves, pick: pickEmoji });
    const mark = formatMark(event);
    if (isTaken || mark !== null) {
      event.preventDefault();
      if (!isTaken && mark !== null) format(event.currentTarget, mark);
      return;
    }
    if (event.key === "Enter" && !event.shiftKey && !isTouch) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && (edit !== null || answeredSeq !== null)) {
      event.preventDefault();
      if (edit !== null) onEdit(null);
      else onAnswer(null);
    } else if (event.key === "ArrowUp" && !event.altKey && text === "" && edit === null) {
      event.preventDefault();
      onEditLatest();
    }
  };

  return (
    <form
      className="composer"
      data-over={isOver}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {offered.length === 0 && names.offered.length > 0 && (
        <EmojiNameList id={listId} names={names} userId={account.userId} chosen={chosen} onPick={pickEmoji} />
      )}
      {offered.length > 0 && <MentionList id={listId} offered={offered} chosen={chosen} onPick={pick} />}
      {edit === null && other !== null && (
        <OtherDraftBar
          text={other}
          onUse={useOther}
          onClose={() => {
            setOther(null);
            keeper.keep({ other: null });
          }}
        />
      )}
      {edit !== null && <EditBar message={edited} onClose={() => onEdit(null)} />}
      {edit === null && answeredSeq !== null && <AnswerBar message={answered} onClose={() => onAnswer(null)} />}
      {edit === null && files.length > 0 && <FileTray chosen={tray} files={files} />}
      {isOver && <p className="composer-drop">{t`Drop the files to send them here`}</p>}
      <div className="composer-line">
        {edit === null && recording === null && (
          <AttachButton choose={choose} onCamera={mayHaveCamera() ? () => setIsCameraOpen(true) : undefined} />
        )}
        {recording !== null && <VoiceRow recording={recording} onDone={voice.onRecorded} />}
        <textarea
          ref={field}
          className="composer-field"
          data-kept=""
          hidden={recording !== null}
          dir="auto"
          rows={1}
          aria-label={edit === null ? t`Message` : t`Edit message`}
          placeholder={edit === null && files.length > 0 ? t`What is on it? Your text goes with the files` : t`Message`}
          value={text}
          aria-controls={isListed ? listId : undefined}
          aria-activedescendant={isListed ? `${listId}-${chosen}` : undefined}
          onChange={(event) => {
            const { value, selectionStart } = event.target;
            setCaret(selectionStart);
            const whole = names.whole(value, selectionStart);
            if (whole === null) write(value);
            else replace(event.target, whole.at, selectionStart, whole.text);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            // Programs that copy a text often put a picture of it beside it.
            const { items, files: pasted } = event.clipboardData;
            if (edit !== null || pasted.length === 0 || [...items].some(({ type }) => type === "text/plain")) return;
            event.preventDefault();
            choose([...pasted]);
          }}
        />
        {recording === null && <EmojiButton userId={account.userId} field={field} />}
        {showsVoice && <VoiceButton recording={recording} {...voice} />}
        <IconButton
          type="submit"
          hidden={showsVoice}
          icon={edit === null ? "send" : "check"}
          label={edit === null ? t`Send` : t`Save the edit`}
          className="composer-send"
          disabled={sendFault(text) === "" && (edit === null ? files.length === 0 : edited?.attachments.length === 0)}
          // The field keeps the focus, and a phone its keyboard.
          onMouseDown={(event) => event.preventDefault()}
        />
      </div>
      {isCameraOpen && <CameraDialog onClose={() => setIsCameraOpen(false)} onTaken={(photo) => choose([photo])} />}
    </form>
  );
}

function format(field: HTMLTextAreaElement, mark: string): void {
  const { value: text, selectionStart: from, selectionEnd: to } = field;
  const now = marked({ text, from, to }, mark);
  replace(field, 0, text.length, now.text);
  field.setSelectionRange(now.from, now.to);
}

function isDiscarded(error: unknown): boolean {
  return error instanceof ParleyError && error.code === "discarded";
}
