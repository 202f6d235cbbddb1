/** Owns a message's text on the screen: whom it mentions, what of it is highlighted, and long texts, which are shown whole when asked for. */
import { t } from "@lingui/core/macro";
import { type JSX, type ReactNode, useMemo, useState } from "react";
import type { Message } from "parley-sdk";
import { errorText } from "../../../texts/error-text.ts";
import { useHandles } from "../../../people/people.ts";
import { useActions } from "../../actions.ts";
import { useReachIndex } from "../reach.ts";
import { unitRanges } from "../../../search/text/marked-pieces.ts";
import { useMarkedWords } from "../../../search/text/marked-words.ts";
import { allHandle } from "../../sending.ts";
import { firstLink } from "./first-link.ts";
import { LinkCard } from "../../../link-previews/link-card.tsx";
import { Formatted } from "./formatted.tsx";
import { everybody, isJumbo, placedPartsOf } from "./text-parts.ts";

const collapsedCharacters = 1_500;
const collapsedLines = 18;

/** Stands for all members among those whom a message mentions that is not sent yet. */
const allSign = "@all";

interface MessageTextProps {
  readonly text: string;
  /** Of a message that is not sent, all members are among them by the sign that stands for them. */
  readonly mentions: readonly string[];
  readonly mentionsAll: boolean;
  /** The time and the mark, which stand at the end of the text. */
  readonly meta: ReactNode;
  /** Undefined while it is not sent. */
  readonly message?: Message;
}

/** Texts that were opened, by conversation and seq: they stay open when they scroll out of view and back. */
const opened = new Set<string>();

export function MessageText({ text, mentions, mentionsAll, meta, message }: MessageTextProps): JSX.Element {
  const { conversation, details, memberOf, showPerson } = useActions();
  const reachIndex = useReachIndex();
  const name = message === undefined ? null : `${message.conversationId}/${message.seq}`;
  const [isOpen, setIsOpen] = useState(name !== null && opened.has(name));
  const [error, setError] = useState<string | null>(null);
  const shown = isOpen ? text : beginningOf(text);
  const isCut = shown.length < text.length || message?.truncated === true;

  // A mention stays a mention when the mentioned user leaves.
  const areMembersKnown = details !== undefined;
  const strangers = useMemo(
    () => (areMembersKnown ? mentions.filter((id) => id !== allSign && memberOf(id) === undefined) : []),
    [mentions, memberOf, areMembersKnown],
  );
  const handlesOfStrangers = useHandles(strangers);
  const parts = useMemo(() => {
    const handles = new Map(handlesOfStrangers);
    for (const userId of mentions) {
      const handle = memberOf(userId)?.handle;
      if (handle != null) handles.set(handle, userId);
    }
    if (mentionsAll || mentions.includes(allSign)) handles.set(allHandle, everybody);
    return placedPartsOf(shown, handles);
  }, [shown, mentions, mentionsAll, memberOf, handlesOfStrangers]);

  const link = useMemo(() => (message === undefined ? null : firstLink(parts)), [parts, message]);
  const words = useMarkedWords(message);
  const marked = useMemo(() => unitRanges(shown, words), [shown, words]);

  const showAll = () => {
    setError(null);
    const whole = message?.truncated === true ? conversation.loadFullMessage(message.seq) : Promise.resolve();
    whole.then(
      () => {
        if (name !== null) opened.add(name);
        setIsOpen(true);
      },
      (failure: unknown) => setError(errorText(failure)),
    );
  };

  return (
    <>
      <Formatted
        text={shown}
        parts={parts}
        isJumbo={isJumbo(text)}
        isCut={isCut}
        marked={marked}
        reachIndex={reachIndex}
        onPerson={showPerson}
        meta={isCut ? null : meta}
      />
      {isCut && (
        <button type="button" className="show-all" tabIndex={reachIndex} onClick={showAll}>
          {t`Show all`}
        </button>
      )}
      {link !== null && <LinkCard href={link} tabIndex={reachIndex} />}
      {error !== null && <p className="field-error">{error}</p>}
      {isCut && meta}
    </>
  );
}

/** The part of a long text that is shown at first. It is cut between code points. */
function beginningOf(text: string): string {
  let end = text.length > collapsedCharacters + 200 ? collapsedCharacters : text.length;
  let line = -1;
  for (let count = 0; count < collapsedLines; count++) {
    line = text.indexOf("\n", line + 1);
    if (line === -1 || line >= end) return text.slice(0, wholeAt(text, end));
  }
  if (text.indexOf("\n", line + 1) !== -1) end = line;
  return text.slice(0, wholeAt(text, end));
}

function wholeAt(text: string, end: number): number {
  const unit = text.charCodeAt(end - 1);
  return end < text.length && unit >= 0xd800 && unit <= 0xdbff ? end - 1 : end;
}
