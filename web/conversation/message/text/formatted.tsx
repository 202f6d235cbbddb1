/** Owns the elements of a message's text: its format, links, mentions, and highlighted words. */
import { Fragment, type JSX, type ReactNode, useMemo } from "react";
import { type TextBlock, blocksOf, type TextInline, type TextMark, type TextStretch } from "parley-sdk";
import type { Ranges } from "../../../search/hit-pages.ts";
import { markedPieces } from "../../../search/text/marked-pieces.ts";
import { withoutLanguage } from "./code-language.ts";
import { everybody, type PlacedPart } from "./text-parts.ts";

interface FormattedProps {
  readonly text: string;
  readonly parts: readonly PlacedPart[];
  readonly isJumbo: boolean;
  /** Whether there is more of the text. */
  readonly isCut: boolean;
  /** What is highlighted, in units of the text. */
  readonly marked: Ranges;
  readonly reachIndex: number;
  readonly onPerson: (userId: string) => void;
  /** Stands at the end of the text, in its last line if there is room. */
  readonly meta: ReactNode;
}

const elements = { bold: "strong", italic: "em", strike: "s" } as const satisfies Partial<Record<TextMark, string>>;

/** A text without letters and digits, such as emoji, has the direction of the page. The browser would take it for one from left to right. */
const hasDirection = /[\p{L}\p{N}]/u;

export function Formatted(props: FormattedProps): JSX.Element {
  const { text, parts, isJumbo, isCut, marked, reachIndex, onPerson, meta } = props;
  const blocks = useMemo(() => blocksOf(text, atomsOf(parts)), [text, parts]);

  const plain = ({ from, to }: TextStretch): JSX.Element => (
    <span key={from}>
      <Marked part={text.slice(from, to)} from={from} ranges={marked} />
    </span>
  );
  const stretch = (whole: TextStretch): ReactNode =>
    within(parts, whole).map((part) => {
      const { from, to } = part;
      if (part.kind === "text") return plain({ kind: "text", from, to });
      const isFound = marked.some(([a, b]) => a < to && b > from);
      if (part.kind === "link")
        return (
          <a
            key={from}
            href={part.href}
            dir="ltr"
            target="_blank"
            rel="noopener noreferrer nofollow"
            tabIndex={reachIndex}
          >
            {isFound ? <mark>{part.shown}</mark> : part.shown}
          </a>
        );
      const words = isFound ? <mark>{part.text}</mark> : part.text;
      if (part.userId === everybody)
        return (
          <span key={from} className="mention" dir="ltr">
            {words}
          </span>
        );
      return (
        <button
          key={from}
          type="button"
          className="mention"
          dir="ltr"
          tabIndex={reachIndex}
          onClick={() => onPerson(part.userId)}
        >
          {words}
        </button>
      );
    });
  const codeOf = (inlines: readonly TextInline[]): ReactNode =>
    inlines.map((each) => (each.kind === "text" ? plain(each) : null));
  const inline = (inlines: readonly TextInline[]): ReactNode =>
    inlines.map((each, index) => {
      if (each.kind === "text") return <Fragment key={index}>{stretch(each)}</Fragment>;
      // What looks like a link is none in code.
      if (each.kind === "code")
        return (
          <code key={index} dir="ltr">
            {codeOf(each.children)}
          </code>
        );
      const Element = elements[each.kind];
      return <Element key={index}>{inline(each.children)}</Element>;
    });
  const block = (each: TextBlock, index: number): JSX.Element => {
    if (each.kind === "codeBlock")
      return (
        <pre key={index} dir="ltr">
          <code>{plain(withoutLanguage(text, each.code))}</code>
        </pre>
      );
    if (each.kind !== "list") {
      const Element = each.kind === "quote" ? "blockquote" : "div";
      return (
        <Element key={index} dir="auto">
          {inline(each.children)}
        </Element>
      );
    }
    const items = each.items.map((item, at) => <li key={at}>{inline(item)}</li>);
    // The direction is that of the list, so that all marks stand in one column and within the bubble.
    return each.start === null ? (
      <ul key={index} dir="auto">
        {items}
      </ul>
    ) : (
      <ol key={index} dir="auto" start={each.start}>
        {items}
      </ol>
    );
  };

  const className = isJumbo ? "message-text message-text-jumbo" : "message-text";
  const ending = isCut && <span key="cut">…</span>;
  const [only] = blocks;
  if (blocks.length > 1 || (only !== undefined && only.kind !== "lines"))
    return (
      <div className="message-body">
        <div className={className} dir="auto">
          {blocks.map(block)}
          {ending}
        </div>
        {meta}
      </div>
    );
  // The direction is that of the element around both: the end of the line, where the time stands, depends on the text.
  return (
    <div className="message-body message-body-lines" dir={hasDirection.test(text) ? "auto" : undefined}>
      <p className={className}>
        {only !== undefined && inline(only.children)}
        {ending}
      </p>
      {meta}
    </div>
  );
}

/** Links and mentions have no marks in them. */
function atomsOf(parts: readonly PlacedPart[]): { from: number; to: number }[] {
  return parts.flatMap((part) => (part.kind === "text" ? [] : [{ from: part.from, to: part.from + part.text.length }]));
}

/** The parts that lie in a stretch. Only plain text is ever cut, because no mark lies in a link or a mention. */
function within(parts: readonly PlacedPart[], { from, to }: TextStretch): (PlacedPart & { readonly to: number })[] {
  const found: (PlacedPart & { readonly to: number })[] = [];
  for (let at = firstWithin(parts, from); at < parts.length; at++) {
    const part = parts[at];
    if (part === undefined || part.from >= to) break;
    const end = part.from + part.text.length;
    if (part.kind === "text") {
      const start = Math.max(part.from, from);
      found.push({ ...part, from: start, to: Math.min(end, to) });
    } else found.push({ ...part, to: end });
  }
  return found;
}

function firstWithin(parts: readonly PlacedPart[], from: number): number {
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const part = parts[middle];
    if (part !== undefined && part.from + part.text.length <= from) low = middle + 1;
    else high = middle;
  }
  return low;
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
