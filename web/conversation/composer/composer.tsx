/** Owns the composer: the text field, its bars, and sending. */
import { t } from "@lingui/core/macro";
import {
  type JSX,
  type KeyboardEvent,
  memo,
  type RefObject,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useState,
} from "react";
import { isBlank, type Message } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { later } from "../../browser/later.tsx";
import { useMediaQuery } from "../../browser/observe.ts";
import { useObservable } from "parley-sdk/react";
import { IconButton } from "../../ui/button.tsx";
import { isComposing } from "../../browser/composing.ts";
import { useActions } from "../actions.ts";
import { AnswerBar, EditBar, OtherDraftBar } from "./composer-bars.tsx";
import { AttachButton, useChoose, useDrop } from "./attach.tsx";
import { chosenFilesOf } from "./chosen-files.ts";
import type { DraftKeeper, EditDraft } from "./drafts.ts";
import { FileTray } from "./file-tray.tsx";
import { useVoice } from "./send-voice.ts";
import { mayHaveCamera } from "../../pictures/camera.ts";
import { VoiceButton, VoiceRow } from "../../voice/voice-recorder.tsx";
import { isTypedAhead } from "../../shortcuts/typed-ahead.ts";
import { sendFault } from "../sending.ts";
import { useSubmit } from "./submit.ts";
import { useCompletion } from "./writing/completion.tsx";
import { EmojiButton } from "./writing/emoji-button.tsx";
import { formatMark, marked } from "./writing/format-keys.ts";
import { replace } from "./writing/insert.ts";
import { useSyncedDraft } from "./writing/synced-draft.ts";
import { writtenDirection } from "./writing/direction.ts";

const CameraDialog = later(async () => (await import("../../pictures/camera-dialog.tsx")).CameraDialog, {
  whenMissing: ({ onClose }) => onClose(),
});

const fieldPxMax = 180;
/** Whether CSS gives the field the height of its text. A script that measures it lays the page out twice for each key. */
const sizesItself = CSS.supports("field-sizing", "content");

interface ComposerProps {
  /** Whether it takes the focus at first; false where the chat opens at a message, which takes it. */
  readonly isFirst: boolean;
  readonly keeper: DraftKeeper;
  /** Receives the text field. */
  readonly field: RefObject<HTMLTextAreaElement | null>;
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

export const Composer = memo(function Composer(props: ComposerProps): JSX.Element {
  const { isFirst, keeper, field, answeredSeq, answered, edit, edited, onAnswer, onEdit, onSent, onEditLatest } = props;
  const account = useAccount();
  const { conversation, ask } = useActions();
  const isTouch = useMediaQuery("(pointer: coarse)");
  const [draft, setDraft] = useState(() => keeper.draft.text);
  const [other, setOther] = useState(() => keeper.draft.other);
  const [caret, setCaret] = useState(0);
  const tray = chosenFilesOf(account.userId, conversation.id);
  const files = useObservable(tray);
  const choose = useChoose(tray);
  const isOver = useDrop(edit === null ? choose : null);
  const { recording, ...voice } = useVoice(answeredSeq, () => {
    onAnswer(null);
    onSent();
  });
  const [isCameraOpen, setIsCameraOpen] = useState(false);

  const text = edit?.text ?? draft;
  const completion = useCompletion({ field, text, caret, isEdit: edit !== null });
  const submit = useSubmit({
    ...{ keeper, mentionable: completion.mentionable, tray, draft, setDraft, answeredSeq, edit, edited },
    ...{ onAnswer, onEdit, onSent },
  });

  useSyncedDraft(keeper, field, setDraft, setOther);
  useEffect(() => () => keeper.flush(), [keeper]);
  useEffect(() => {
    const flush = () => keeper.flush();
    addEventListener("pagehide", flush);
    return () => removeEventListener("pagehide", flush);
  }, [keeper]);

  const begin = useEffectEvent(() => {
    // The composer may appear while the user is in the panel, because they end a block there. Then the focus stays in the panel.
    const takesFocus = isFirst && !isTouch && document.activeElement?.closest(".panel") == null;
    if (takesFocus || isTypedAhead()) field.current?.focus();
  });
  useLayoutEffect(() => begin(), []);
  useEffect(() => {
    if (answeredSeq !== null) field.current?.focus();
  }, [field, answeredSeq]);
  const editedSeq = edit?.seq ?? null;
  useEffect(() => {
    if (editedSeq !== null) field.current?.focus();
  }, [field, editedSeq]);

  useLayoutEffect(() => {
    const element = field.current;
    if (element === null || sizesItself) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(fieldPxMax, element.scrollHeight)}px`;
  }, [field, text]);

  const write = (value: string) => {
    completion.reset();
    if (edit !== null) {
      onEdit({ ...edit, text: value });
      return;
    }
    setDraft(value);
    keeper.change(value);
    if (value !== "") conversation.notifyTyping();
  };

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
    const isTaken = completion.takesKey(event.key);
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
      {completion.list}
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
          <AttachButton
            choose={choose}
            onCamera={mayHaveCamera() ? () => setIsCameraOpen(true) : undefined}
            onPoll={() => ask({ kind: "new-poll" })}
          />
        )}
        {recording !== null && <VoiceRow recording={recording} onDone={voice.onRecorded} />}
        <textarea
          ref={field}
          className="composer-field"
          data-kept=""
          hidden={recording !== null}
          dir={writtenDirection(text)}
          rows={1}
          aria-label={edit === null ? t`Message` : t`Edit message`}
          placeholder={edit === null && files.length > 0 ? t`Add a caption` : t`Message`}
          value={text}
          {...completion.attributes}
          onChange={(event) => {
            const { value, selectionStart } = event.target;
            setCaret(selectionStart);
            const whole = completion.whole(value, selectionStart);
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
});

function format(field: HTMLTextAreaElement, mark: string): void {
  const { value: text, selectionStart: from, selectionEnd: to } = field;
  const now = marked({ text, from, to }, mark);
  replace(field, 0, text.length, now.text);
  field.setSelectionRange(now.from, now.to);
}
