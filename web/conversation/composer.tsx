/** Owns writing: the text field, what is answered or edited, and sending. */
import { type JSX, type KeyboardEvent, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { cleanText, mentionQueryAt, type Message, type User } from "../../client/index.ts";
import { useAccount } from "../app/account-context.ts";
import { errorText } from "../app/error-text.ts";
import { useMediaQuery, useObservable } from "../app/observe.ts";
import { nameOf } from "../people/names.ts";
import { usePerson } from "../people/people.ts";
import { IconButton } from "../ui/button.tsx";
import { useSay } from "../ui/toast.tsx";
import { useActions } from "./actions.ts";
import type { DraftKeeper } from "./drafts.ts";
import { MentionList, offeredTo } from "./mention-list.tsx";
import { mentionedIn, sendFault, sendMessage } from "./sending.ts";

const fieldPxMax = 180;

export interface ComposerProps {
  readonly keeper: DraftKeeper;
  /** What stood here when the conversation was opened. */
  readonly initialText: string;
  /** The message that is being answered; `answered` is null until it is loaded. */
  readonly answeredSeq: number | null;
  readonly answered: Message | null;
  readonly edited: Message | null;
  readonly onAnswer: (seq: number | null) => void;
  readonly onEditEnd: () => void;
  readonly onSent: () => void;
  /** Edits the latest own message, on Arrow up in an empty field. */
  readonly onEditLatest: () => void;
}

export function Composer(props: ComposerProps): JSX.Element {
  const { keeper, initialText, answeredSeq, answered, edited, onAnswer, onEditEnd, onSent, onEditLatest } = props;
  const account = useAccount();
  const { conversation, details, isGroup } = useActions();
  const say = useSay();
  const isTouch = useMediaQuery("(pointer: coarse)");
  const [draft, setDraft] = useState(initialText);
  const [editText, setEditText] = useState("");
  const [editedSeq, setEditedSeq] = useState<number | null>(null);
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState(0);
  const [isClosed, setIsClosed] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const listId = useId();

  if ((edited?.seq ?? null) !== editedSeq) {
    setEditedSeq(edited?.seq ?? null);
    setEditText(edited?.text ?? "");
  }
  const text = edited === null ? draft : editText;
  const members = useMemo(() => (details?.members ?? []).map(({ user }) => user), [details]);
  const query = isGroup && !isClosed ? mentionQueryAt(text, caret) : null;
  const offered =
    query === null
      ? []
      : offeredTo(
          query,
          members.filter(({ id }) => id !== account.userId),
        );

  useSyncedDraft(keeper, edited === null, draft, setDraft);
  useEffect(() => () => keeper.flush(), [keeper]);
  useEffect(() => {
    const flush = () => keeper.flush();
    addEventListener("pagehide", flush);
    return () => removeEventListener("pagehide", flush);
  }, [keeper]);

  // The answered message belongs to the draft.
  useEffect(() => {
    keeper.keepReply(answeredSeq);
    if (answeredSeq !== null) field.current?.focus();
  }, [answeredSeq, keeper]);
  useEffect(() => {
    if (edited !== null) field.current?.focus();
  }, [edited]);

  useLayoutEffect(() => {
    const element = field.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(fieldPxMax, element.scrollHeight)}px`;
  }, [text]);

  const write = (value: string) => {
    setIsClosed(false);
    setChosen(0);
    if (edited !== null) {
      setEditText(value);
      return;
    }
    setDraft(value);
    keeper.change({ text: value, replyTo: answeredSeq });
    if (value !== "") conversation.typing();
  };

  const pick = (user: User) => {
    if (query === null) return;
    const before = `${text.slice(0, query.at)}@${user.handle} `;
    write(before + text.slice(caret));
    setCaret(before.length);
    requestAnimationFrame(() => field.current?.setSelectionRange(before.length, before.length));
  };

  const submit = () => {
    const clean = cleanText(text);
    const fault = sendFault(clean);
    if (fault !== null) {
      if (fault !== "") say(fault);
      return;
    }
    if (edited !== null) {
      const { seq } = edited;
      const isSame = clean === edited.text;
      onEditEnd();
      if (!isSame)
        conversation.edit(seq, clean, mentionedIn(clean, members)).catch((error: unknown) => say(errorText(error)));
      return;
    }
    sendMessage(conversation, {
      text: clean,
      replyTo: answeredSeq,
      members,
      onUnsendable: (error) => {
        say(errorText(error));
        setDraft((now) => (now === "" ? clean : now));
      },
    });
    setDraft("");
    keeper.clear();
    onAnswer(null);
    onSent();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method is composing, its keys are not ours.
    if (event.nativeEvent.isComposing) return;
    // A handle typed to its end needs no choosing: Enter sends.
    const isWhole = event.key === "Enter" && query !== null && offered[chosen]?.handle === query.typed;
    const moves = { setChosen, pick, close: () => setIsClosed(true) };
    if (offered.length > 0 && !isWhole && mentionKey(event.key, offered, chosen, moves)) {
      event.preventDefault();
      return;
    }
    if (event.key === "Enter" && !event.shiftKey && !isTouch) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && (edited !== null || answered !== null)) {
      event.preventDefault();
      if (edited !== null) onEditEnd();
      else onAnswer(null);
    } else if (event.key === "ArrowUp" && text === "" && edited === null) {
      event.preventDefault();
      onEditLatest();
    }
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {offered.length > 0 && <MentionList id={listId} offered={offered} chosen={chosen} onPick={pick} />}
      {edited !== null && <Context title="Edit message" text={edited.text} onClose={onEditEnd} />}
      {edited === null && answered !== null && <AnswerContext message={answered} onClose={() => onAnswer(null)} />}
      <div className="composer-line">
        <textarea
          ref={field}
          className="composer-field"
          dir="auto"
          rows={1}
          aria-label={edited === null ? "Message" : "Edit message"}
          placeholder="Message"
          value={text}
          autoFocus={!isTouch}
          aria-controls={offered.length > 0 ? listId : undefined}
          aria-activedescendant={offered.length > 0 ? `${listId}-${chosen}` : undefined}
          onChange={(event) => {
            setCaret(event.target.selectionStart);
            write(event.target.value);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
        />
        <IconButton
          type="submit"
          icon={edited === null ? "send" : "check"}
          label={edited === null ? "Send" : "Save the edit"}
          className="composer-send"
          disabled={sendFault(text) === ""}
          // The field keeps the focus, and a phone its keyboard.
          onMouseDown={(event) => event.preventDefault()}
        />
      </div>
    </form>
  );
}

/** Takes over what another device has written, unless this one is ahead. */
function useSyncedDraft(
  keeper: DraftKeeper,
  isActive: boolean,
  draft: string,
  setDraft: (draft: string) => void,
): void {
  const { conversation } = useActions();
  const synced = useObservable(conversation.summary)?.draft;
  const text = useRef(draft);
  useEffect(() => {
    text.current = draft;
  }, [draft]);
  useEffect(() => {
    if (!isActive || synced === undefined || keeper.isAhead || synced === text.current) return;
    setDraft(synced);
  }, [synced, isActive, keeper, setDraft]);
}

interface MentionMoves {
  setChosen(index: number): void;
  pick(user: User): void;
  close(): void;
}

/** Whether the key was one for the list of members. */
function mentionKey(key: string, offered: readonly User[], chosen: number, moves: MentionMoves): boolean {
  const user = offered[chosen];
  if (key === "ArrowDown") moves.setChosen((chosen + 1) % offered.length);
  else if (key === "ArrowUp") moves.setChosen((chosen + offered.length - 1) % offered.length);
  else if (key === "Escape") moves.close();
  else if ((key === "Enter" || key === "Tab") && user !== undefined) moves.pick(user);
  else return false;
  return true;
}

function AnswerContext({ message, onClose }: { message: Message; onClose: () => void }): JSX.Element {
  const account = useAccount();
  const sender = usePerson(message.senderId);
  const name = message.senderId === account.userId ? "yourself" : nameOf(sender);
  return <Context title={`Reply to ${name}`} text={message.text} onClose={onClose} />;
}

function Context({ title, text, onClose }: { title: string; text: string; onClose: () => void }): JSX.Element {
  return (
    <div className="composer-context">
      <span className="composer-context-text">
        <bdi className="quote-name">{title}</bdi>
        <span className="quote-text" dir="auto">
          {text.slice(0, 160)}
        </span>
      </span>
      <IconButton icon="close" label="Cancel" size={16} onClick={onClose} />
    </div>
  );
}
