/** Owns a message's text on the screen: its links and mentions, and long texts, which are shown whole when asked for. */
import { t } from "@lingui/core/macro";
import { type JSX, useMemo, useState } from "react";
import type { Message } from "parley-sdk";
import { errorText } from "../../../texts/error-text.ts";
import { useHandles } from "../../../people/people.ts";
import { useActions } from "../../actions.ts";
import { useReachIndex } from "../reach.ts";
import type { Ranges } from "../../../search/hit-pages.ts";
import { markedPieces, unitRanges } from "../../../search/text/marked-pieces.ts";
import { useMarkedWords } from "../../../search/text/marked-words.ts";
import { isJumbo, placedPartsOf } from "./text-parts.ts";

const collapsedCharacters = 1_500;
const collapsedLines = 18;

interface MessageTextProps {
  readonly text: string;
  readonly mentions: readonly string[];
  /** Undefined while it is not sent. */
  readonly message?: Message;
}

/** Texts that were opened, by conversation and seq: they stay open when they scroll out of view and back. */
const opened = new Set<string>();

export function MessageText({ text, mentions, message }: MessageTextProps): JSX.Element {
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
    () => (areMembersKnown ? mentions.filter((userId) => memberOf(userId) === undefined) : []),
    [mentions, memberOf, areMembersKnown],
  );
  const handlesOfStrangers = useHandles(strangers);
  const parts = useMemo(() => {
    const handles = new Map(handlesOfStrangers);
    for (const userId of mentions) {
      const handle = memberOf(userId)?.handle;
      if (handle != null) handles.set(handle, userId);
    }
    return placedPartsOf(shown, handles);
  }, [shown, mentions, memberOf, handlesOfStrangers]);

  const words = useMarkedWords(message);
  const marked = useMemo(() => unitRanges(shown, words), [shown, words]);
  const isMarked = (from: number, length: number) => marked.some(([a, b]) => a < from + length && b > from);

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
      <p className={isJumbo(text) ? "message-text message-text-jumbo" : "message-text"} dir="auto">
        {parts.map((part, index) => {
          // In an element of its own: a browser that translates the page puts other nodes in place of bare texts.
          if (part.kind === "text")
            return (
              <span key={index}>
                <Marked part={part.text} from={part.from} ranges={marked} />
              </span>
            );
          const isFound = isMarked(part.from, part.text.length);
          if (part.kind === "link")
            return (
              <a
                key={index}
                href={part.href}
                dir="ltr"
                target="_blank"
                rel="noopener noreferrer nofollow"
                tabIndex={reachIndex}
              >
                {isFound ? <mark>{part.shown}</mark> : part.shown}
              </a>
            );
          return (
            <button
              key={index}
              type="button"
              className="mention"
              tabIndex={reachIndex}
              onClick={() => showPerson(part.userId)}
            >
              {isFound ? <mark>{part.text}</mark> : part.text}
            </button>
          );
        })}
        {isCut && <span key="cut">…</span>}
      </p>
      {isCut && (
        <button type="button" className="show-all" tabIndex={reachIndex} onClick={showAll}>
          {t`Show all`}
        </button>
      )}
      {error !== null && <p className="field-error">{error}</p>}
    </>
  );
}

/**
 * Each piece has an element of its own. A browser that translates the page replaces texts, and React could neither change nor remove a text that stood beside
 * elements.
 */
function Marked({ part, from, ranges }: { part: string; from: number; ranges: Ranges }): JSX.Element {
  const pieces = useMemo(() => markedPieces(part, from, ranges), [part, from, ranges]);
  return (
    <>
      {pieces.map(({ text, isMarked }, index) =>
        isMarked ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>,
      )}
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
