/** Owns the composer: the text field, its bars, and sending. */
import { t } from "@lingui/core/macro";
import {
  type JSX,
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useEffectEvent,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { cleanText, isBlank, mentionQueryAt, type Message, ParleyError, type User } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { parley } from "../../accounts/parley.ts";
import { errorText } from "../../texts/error-text.ts";
import { useMediaQuery } from "../../browser/observe.ts";
import { useObservable } from "parley-sdk/react";
import { IconButton } from "../../ui/button.tsx";
import { isComposing } from "../../browser/composing.ts";
import { useSay } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";
import { AnswerBar, EditBar, offeredCharacters, OtherDraftBar } from "./composer-bars.tsx";
import { AttachButton, useChoose, useDrop } from "./attach.tsx";
import { chosenFilesOf } from "./chosen-files.ts";
import type { DraftKeeper, EditDraft } from "./drafts.ts";
import { FileTray } from "./file-tray.tsx";
import { useVoice } from "./send-voice.ts";
import { MentionList, offeredTo } from "./mention-list.tsx";
import { CameraDialog, mayHaveCamera } from "../../pictures/camera-dialog.tsx";
import { VoiceButton, VoiceRow } from "../../voice/voice-recorder.tsx";
import { useMentionable } from "../mentionable.ts";
import { sendFault, sendMessage } from "../sending.ts";

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
      : offeredTo(
          query,
          mentionable.offered.filter(({ id }) => id !== account.userId),
        );

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

  const pick = (user: User) => {
    if (query === null) return;
    const before = `${text.slice(0, query.at)}@${user.handle} `;
    write(before + text.slice(caret));
    setCaret(before.length);
    requestAnimationFrame(() => field.current?.setSelectionRange(before.length, before.length));
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
    const isWhole = event.key === "Enter" && query !== null && offered[chosen]?.handle === query.typed;
    const moves = { setChosen, pick, close: () => setIsClosed(true) };
    if (offered.length > 0 && !isWhole && mentionKey(event.key, offered, chosen, moves)) {
      event.preventDefault();
      return;
    }
    if (event.key === "Enter" && !event.shiftKey && !isTouch) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && (edit !== null || answeredSeq !== null)) {
      event.preventDefault();
      if (edit !== null) onEdit(null);
      else onAnswer(null);
    } else if (event.key === "ArrowUp" && text === "" && edit === null) {
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
          hidden={recording !== null}
          dir="auto"
          rows={1}
          aria-label={edit === null ? t`Message` : t`Edit message`}
          placeholder={edit === null && files.length > 0 ? t`What is on it? Your text goes with the files` : t`Message`}
          value={text}
          aria-controls={offered.length > 0 ? listId : undefined}
          aria-activedescendant={offered.length > 0 ? `${listId}-${chosen}` : undefined}
          onChange={(event) => {
            setCaret(event.target.selectionStart);
            write(event.target.value);
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

/** Shows the draft of another device, or offers it if the user is writing here. Screen readers announce a draft that is offered. */
function useSyncedDraft(
  keeper: DraftKeeper,
  field: RefObject<HTMLTextAreaElement | null>,
  setDraft: (draft: string) => void,
  setOther: (other: string | null) => void,
): void {
  const { conversation, announce } = useActions();
  const synced = useObservable(conversation.summary)?.draft;
  const hasLooked = useRef(false);
  const look = useEffectEvent((draft: string) => {
    // At the first look, an offer that an earlier page stored counts as new, too.
    const before = hasLooked.current ? keeper.draft.other : null;
    hasLooked.current = true;
    const isWriting = document.hasFocus() && document.activeElement === field.current;
    const taken = keeper.receive(draft, isWriting);
    if (taken !== null) setDraft(taken);
    const { other } = keeper.draft;
    setOther(other);
    if (other !== null && other !== before) announce(offerText(other));
  });
  useEffect(() => {
    if (synced !== undefined) look(synced);
  }, [synced, keeper]);
}

function offerText(draft: string): string {
  const text = draft.slice(0, offeredCharacters);
  return t({
    message: `Written on another device, and offered above the text field: ${text}`,
    comment: "Said by screen readers: another device's draft of this chat",
  });
}

function isDiscarded(error: unknown): boolean {
  return error instanceof ParleyError && error.code === "discarded";
}

interface MentionMoves {
  setChosen(index: number): void;
  pick(user: User): void;
  close(): void;
}

/** Does what the key means in the list of members; false if it means nothing there. */
function mentionKey(key: string, offered: readonly User[], chosen: number, moves: MentionMoves): boolean {
  const user = offered[chosen];
  if (key === "ArrowDown") moves.setChosen((chosen + 1) % offered.length);
  else if (key === "ArrowUp") moves.setChosen((chosen + offered.length - 1) % offered.length);
  else if (key === "Escape") moves.close();
  else if ((key === "Enter" || key === "Tab") && user !== undefined) moves.pick(user);
  else return false;
  return true;
}
