/** Owns the quote in an answer: the beginning of the message that is answered. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { useObservable } from "parley-sdk/react";
import type { Message } from "parley-sdk";
import { LineText } from "../../names/line-text.tsx";
import { hueOf, nameOf } from "../../names/names.ts";
import { usePerson } from "../../people/people.ts";
import { messageLine } from "../../media/line.ts";
import { useActions } from "../actions.ts";
import { QuotePicture } from "./attachments/quote-picture.tsx";
import { useReachIndex } from "./reach.ts";

const quotedCharacters = 160;

/** What a quote, or the bar of an answer or an edit, shows of a message. */
export function quotedText(message: Message | undefined): string {
  if (message === undefined) return t`An earlier message`;
  return message.unsentAt === null ? messageLine(message).slice(0, quotedCharacters) : t`Message unsent`;
}

export function Quote({ seq }: { seq: number }): JSX.Element {
  const { conversation, jump } = useActions();
  const message = useObservable(conversation.message(seq));
  const sender = usePerson(message?.senderId);
  const reachIndex = useReachIndex();
  const name = message === undefined ? "…" : nameOf(sender);
  return (
    <button
      type="button"
      className={message === undefined ? "quote" : `quote hue-${hueOf(message.senderId)}`}
      tabIndex={reachIndex}
      onClick={() => jump(seq)}
    >
      <span className="sr-only">
        {t({ message: `Answer to ${name}`, comment: "Said by screen readers before the message that is answered" })}
      </span>{" "}
      <bdi className="quote-name" aria-hidden="true">
        {name}
      </bdi>
      <span className="quote-text" dir="auto">
        <LineText text={quotedText(message)} />
      </span>
      <QuotePicture message={message} />
    </button>
  );
}
