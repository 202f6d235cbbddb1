/** Owns the bars above the text field: the message that is answered or edited, and the draft of another device. */
import type { JSX } from "react";
import type { Message } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { nameOf } from "../../people/names.ts";
import { usePerson } from "../../people/people.ts";
import { IconButton } from "../../ui/button.tsx";
import { quotedText } from "../message/quote.tsx";

interface BarProps {
  /** Undefined until it is known. */
  readonly message: Message | undefined;
  readonly onClose: () => void;
}

export function AnswerBar({ message, onClose }: BarProps): JSX.Element {
  const account = useAccount();
  const sender = usePerson(message?.senderId);
  const name = message !== undefined && message.senderId === account.userId ? "yourself" : nameOf(sender);
  const title = message === undefined ? "Reply" : `Reply to ${name}`;
  return <Bar title={title} text={quotedText(message)} close="Cancel" onClose={onClose} />;
}

export function EditBar({ message, onClose }: BarProps): JSX.Element {
  return <Bar title="Edit message" text={quotedText(message)} close="Cancel" onClose={onClose} />;
}

interface OtherDraftBarProps {
  readonly text: string;
  readonly onUse: () => void;
  readonly onClose: () => void;
}

export function OtherDraftBar({ text, onUse, onClose }: OtherDraftBarProps): JSX.Element {
  return (
    <Bar title="Written on another device" text={text.slice(0, 160)} close="Forget the other draft" onClose={onClose}>
      <button type="button" className="button-link" onMouseDown={(event) => event.preventDefault()} onClick={onUse}>
        Use the other draft
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
          {text}
        </span>
      </span>
      {children}
      <IconButton icon="close" label={close} size={16} onClick={onClose} />
    </div>
  );
}
