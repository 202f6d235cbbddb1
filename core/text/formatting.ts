/**
 * Owns how a text is formatted by what is written in it, as people know it from other messengers: `*bold*`, `_italic_`, `~strike~`, `` `code` ``, blocks of code between
 * three backticks, lines that begin with `> `, `- `, `* ` or `1. `. The text itself is never changed: this says which parts of it are shown, and how.
 * The work grows with the length of the text alone.
 */
import { unspacedScripts } from "./scripts.ts";
import { textSpans } from "./text-spans.ts";

export type TextMark = "bold" | "italic" | "strike" | "code";

/** A stretch of the text, in UTF-16 units. The marks themselves belong to no stretch. */
export interface TextStretch {
  readonly kind: "text";
  readonly from: number;
  readonly to: number;
}

export type TextInline = TextStretch | { readonly kind: TextMark; readonly children: readonly TextInline[] };

export type TextBlock =
  | { readonly kind: "lines" | "quote"; readonly children: readonly TextInline[] }
  | { readonly kind: "codeBlock"; readonly code: TextStretch }
  /** `start` is the number of the first item; null: dots. */
  | { readonly kind: "list"; readonly start: number | null; readonly items: readonly (readonly TextInline[])[] };

/** What is one thing and has no marks in it: links, mentions. Ascending, without overlap. */
export interface Atom {
  readonly from: number;
  readonly to: number;
}

const fence = "```";
const unspaced = new RegExp(`^[${unspacedScripts}]`, "u");

/** The text in blocks, one below the other. `atoms`: its links and mentions (`textSpans`). */
export function blocksOf(text: string, atoms: readonly Atom[] = []): readonly TextBlock[] {
  const blocks: TextBlock[] = [];
  const newlines = new Newlines(text);
  const lines = (from: number, to: number) => addLines(blocks, text, from, to, atoms, newlines);
  let at = 0;
  for (let open = text.indexOf(fence); open !== -1;) {
    const inner = open + fence.length;
    const close = text.indexOf(fence, inner);
    if (close === -1) break;
    if (text.slice(inner, close).trim() === "") {
      open = text.indexOf(fence, close + fence.length);
      continue;
    }
    // The line breaks around the marks belong to them.
    lines(at, text[open - 1] === "\n" && open > at ? open - 1 : open);
    const from = text[inner] === "\n" ? inner + 1 : inner;
    const to = text[close - 1] === "\n" && close - 1 > from ? close - 1 : close;
    blocks.push({ kind: "codeBlock", code: { kind: "text", from, to } });
    at = close + fence.length;
    if (text[at] === "\n") at++;
    open = text.indexOf(fence, at);
  }
  lines(at, text.length);
  return blocks;
}

/** The line breaks, each looked for once. */
class Newlines {
  readonly #text: string;
  #found = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next one at or behind `from`; the end of the text if there is none. `from` never goes back. */
  next(from: number): number {
    if (this.#found < from) {
      const found = this.#text.indexOf("\n", from);
      this.#found = found === -1 ? this.#text.length : found;
    }
    return this.#found;
  }
}

/** What is shown of the text, in one piece: for previews and quotes of one line. */
export function unmarked(text: string): string {
  const write = (inlines: readonly TextInline[]): string =>
    inlines.map((each) => (each.kind === "text" ? text.slice(each.from, each.to) : write(each.children))).join("");
  return blocksOf(text, textSpans(text))
    .map((block) => {
      if (block.kind === "codeBlock") return text.slice(block.code.from, block.code.to);
      if (block.kind !== "list") return write(block.children);
      return block.items
        .map((item, i) => (block.start === null ? "• " : `${block.start + i}. `) + write(item))
        .join("\n");
    })
    .join("\n");
}

type Line = { kind: "lines" | "quote" | "dots" | "numbers"; from: number; number: number };

function addLines(
  blocks: TextBlock[],
  text: string,
  from: number,
  to: number,
  atoms: readonly Atom[],
  newlines: Newlines,
): void {
  let open: { kind: Line["kind"]; start: number; parts: TextInline[][] } | undefined;
  const end = () => {
    if (open !== undefined) blocks.push(blockOf(open));
    open = undefined;
  };
  if (from >= to) return;
  let atom = firstAtom(atoms, from);
  for (let at = from; at <= to;) {
    const lineEnd = Math.min(to, newlines.next(at));
    const line = lineOf(text, at, lineEnd);
    while (atom < atoms.length && (atoms[atom]?.to ?? 0) <= line.from) atom++;
    const inline = inlineOf(text, line.from, lineEnd, atoms, atom);
    const isSame =
      open?.kind === line.kind && (line.kind !== "numbers" || line.number === open.start + open.parts.length);
    if (!isSame) end();
    open ??= { kind: line.kind, start: line.number, parts: [] };
    // A line break is text of the line before it.
    if (open.parts.length > 0 && (line.kind === "lines" || line.kind === "quote"))
      open.parts.push([{ kind: "text", from: at - 1, to: at }]);
    open.parts.push(inline);
    at = lineEnd + 1;
  }
  end();
}

function blockOf({ kind, start, parts }: { kind: Line["kind"]; start: number; parts: TextInline[][] }): TextBlock {
  if (kind === "dots") return { kind: "list", start: null, items: parts };
  if (kind === "numbers") return { kind: "list", start, items: parts };
  const children: TextInline[] = [];
  for (const part of parts) for (const each of part) add(children, each);
  return { kind, children };
}

const beginnings = /(> ?)(?=\S)|([-*] )(?=\S)|((\d{1,3})\. )(?=\S)/y;

function lineOf(text: string, from: number, to: number): Line {
  beginnings.lastIndex = from;
  const [whole = "", quote, dot, , digits] = beginnings.exec(text) ?? [];
  const after = from + whole.length;
  if (whole === "" || after >= to) return { kind: "lines", from, number: 0 };
  if (quote !== undefined) return { kind: "quote", from: after, number: 0 };
  if (dot !== undefined) return { kind: "dots", from: after, number: 0 };
  return { kind: "numbers", from: after, number: Number(digits) };
}

const marks: Readonly<Record<string, TextMark>> = {
  "*": "bold",
  "**": "bold",
  _: "italic",
  "~": "strike",
  "~~": "strike",
};

type Frame = { sign: string; at: number; children: TextInline[] };

/** The marks of one line; they never reach over its end. */
function inlineOf(text: string, from: number, to: number, atoms: readonly Atom[], firstOfLine: number): TextInline[] {
  const root: Frame = { sign: "", at: from, children: [] };
  const stack = [root];
  const top = (): Frame => stack.at(-1) ?? root;
  let done = from;
  let atom = firstOfLine;
  let isCodeLeft = true;
  const flush = (until: number) => {
    if (until > done) add(top().children, { kind: "text", from: done, to: until });
  };
  /** What was opened and not closed is text. */
  const fold = (until: number) => {
    while (stack.length > until) {
      const { sign, at, children } = stack.pop() ?? root;
      add(top().children, { kind: "text", from: at, to: at + sign.length });
      for (const child of children) add(top().children, child);
    }
  };
  for (let at = from; at < to;) {
    while ((atoms[atom]?.to ?? Infinity) <= at) atom++;
    const next = atoms[atom];
    if (next !== undefined && next.from <= at) {
      at = next.to;
      continue;
    }
    const character = text[at] ?? "";
    if (character === "`" && isCodeLeft) {
      const close = text.indexOf("`", at + 1);
      isCodeLeft = close !== -1 && close < to;
      if (isCodeLeft && close > at + 1) {
        flush(at);
        top().children.push({ kind: "code", children: [{ kind: "text", from: at + 1, to: close }] });
        at = done = close + 1;
        continue;
      }
    }
    if (character !== "*" && character !== "_" && character !== "~") {
      at++;
      continue;
    }
    let width = 1;
    while (at + width < to && text[at + width] === character) width++;
    const sign = text.slice(at, at + Math.min(width, 3));
    const mark = marks[sign];
    const after = at + width;
    const opened = mark === undefined ? -1 : stack.findIndex((frame) => frame.sign === sign);
    const frame = stack[opened];
    if (mark !== undefined && frame !== undefined && isEnd(text, at, after, from, to) && at > frame.at + width) {
      flush(at);
      fold(opened + 1);
      stack.pop();
      top().children.push({ kind: mark, children: frame.children });
      done = after;
    } else if (mark !== undefined && frame === undefined && isBeginning(text, at, after, from, to)) {
      flush(at);
      stack.push({ sign, at, children: [] });
      done = after;
    }
    at = after;
  }
  flush(to);
  fold(1);
  return root.children;
}

/** Two stretches of text that meet are one. */
function add(to: TextInline[], inline: TextInline): void {
  const last = to.at(-1);
  if (inline.kind === "text" && last?.kind === "text" && last.to === inline.from)
    to[to.length - 1] = { kind: "text", from: last.from, to: inline.to };
  else to.push(inline);
}

function isBeginning(text: string, at: number, after: number, from: number, to: number): boolean {
  return after < to && !isSpace(text[after]) && (at === from || !isInWord(before(text, at)));
}

function isEnd(text: string, at: number, after: number, from: number, to: number): boolean {
  return at > from && !isSpace(text[at - 1]) && (after >= to || !isInWord(text.slice(after, after + 2)));
}

function before(text: string, at: number): string {
  const unit = text.charCodeAt(at - 1);
  return text.slice(unit >= 0xdc00 && unit <= 0xdfff ? at - 2 : at - 1, at);
}

function isSpace(character: string | undefined): boolean {
  return character === undefined || /\s/.test(character);
}

/** Letters and digits, but not those of writings that have no spaces between words. */
function isInWord(text: string): boolean {
  return /^[\p{L}\p{N}]/u.test(text) && !unspaced.test(text);
}

function firstAtom(atoms: readonly Atom[], from: number): number {
  let [low, high] = [0, atoms.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((atoms[middle]?.to ?? 0) <= from) low = middle + 1;
    else high = middle;
  }
  return low;
}
