/** Owns the bars above the text field: the message that is answered or edited, and the draft of another device. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Message } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { LineText } from "../../names/line-text.tsx";
import { nameOf } from "../../names/names.ts";
import { usePerson } from "../../people/people.ts";
import { IconButton } from "../../ui/button.tsx";
import { QuotePicture } from "../message/attachments/quote-picture.tsx";
import { quotedText } from "../message/quote.tsx";
import { offeredCharacters } from "./writing/synced-draft.ts";

interface BarProps {
  /** Undefined until it is known. */
  readonly message: Message | undefined;
  readonly onClose: () => void;
}

export function AnswerBar({ message, onClose }: BarProps): JSX.Element {
  const account = useAccount();
  const sender = usePerson(message?.senderId);
  const name = nameOf(sender);
  const isOwn = message?.senderId === account.userId;
  const title =
    message === undefined
      ? t({ message: "Reply", context: "noun" })
      : isOwn
        ? t`Reply to yourself`
        : t({ message: `Reply to ${name}`, comment: "Above the text field: whose message is being answered" });
  return (
    <Bar title={title} text={quotedText(message)} close={t`Cancel`} onClose={onClose}>
      <QuotePicture message={message} />
    </Bar>
  );
}

export function EditBar({ message, onClose }: BarProps): JSX.Element {
  return <Bar title={t`Edit message`} text={quotedText(message)} close={t`Cancel`} onClose={onClose} />;
}

interface OtherDraftBarProps {
  readonly text: string;
  readonly onUse: () => void;
  readonly onClose: () => void;
}

export function OtherDraftBar({ text, onUse, onClose }: OtherDraftBarProps): JSX.Element {
  return (
    <Bar
      title={t`Written on another device`}
      text={text.slice(0, offeredCharacters)}
      close={t`Forget the other draft`}
      onClose={onClose}
    >
      <button type="button" className="button-link" onMouseDown={(event) => event.preventDefault()} onClick={onUse}>
        {t`Use the other draft`}
      </button>
    </Bar>
  );
}

interface FrameProps {
  readonly title: string;
  readonly text: string;
  readonly close: string;
  readonly onClose: () => void;
  readonly children?: JSX.Element;
}

function Bar({ title, text, close, onClose, children }: FrameProps): JSX.Element {
  return (
    <div className="composer-context">
      <span className="composer-context-text">
        <bdi className="quote-name">{title}</bdi>
        <span className="quote-text" dir="auto">
          <LineText text={text} />
        </span>
      </span>
      {children}
      <IconButton icon="close" label={close} size={16} onClick={onClose} />
    </div>
  );
}
