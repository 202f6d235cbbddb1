/**
 * Owns the grammar of a text: what in it is a link, a mail address or a mention. The page uses it to show a text, the composer to complete a
 * handle and to find whom a message alerts.
 *
 * Links are found first, and nothing within a link is a mention.
 * - A link begins with `http://`, `https://`, `mailto:`, or with `www.` at the beginning of a word. It ends before white space, quotation
 *   marks, angle brackets and punctuation that is Chinese or Japanese; so the full stop `。` ends it, unless a letter of ASCII follows in
 *   the host, where it means a dot. Punctuation, closing brackets without an opening one, and invisible characters are no part of its end.
 * - A mail address is `local@domain` in ASCII, at the beginning of a word; its domain has a dot.
 * - A mention is `@` (or `＠`) and a handle: 3 to 32 of `a-z 0-9 _ .` in either case; a `_` or `.` at the end belongs to the text.
 *   It begins a word, no name of a mail address such as `ana-` stands right before it, and no letter, digit, accent or `@` follows it.
 * A word begins at the start, and after anything but a letter, a digit, an accent, `_`, `@`, `.`, `/`, `\`, `+` and `%`. Scripts that put no
 * spaces between words, such as Chinese, Japanese and Thai, and Korean, which puts none before its particles, part words anywhere.
 * Invisible characters count as absent.
 *
 * The text is walked once. Every look back or ahead is bounded, or goes over characters that no other look goes over. So the time is linear.
 */
import { unspacedScripts } from "./scripts.ts";

export type TextSpan =
  /** `from` and `to` count UTF-16 units, as strings do. */
  | { readonly kind: "link" | "www" | "mail"; readonly from: number; readonly to: number }
  | { readonly kind: "mention"; readonly from: number; readonly to: number; readonly handle: string };

const handleUnitsMin = 3;
const handleUnitsMax = 32;
const mailLocalUnitsMax = 64;
const mailDomainUnitsMax = 253;

const opener = /https?:\/\/|mailto:|www\.|[@＠]/gi;
const linkRun = /[^\s<>"`«»‹›“”„‟、，；：！？（）［］｛｝〈〉《》「」『』【】〔〕…⋯]+/uy;
const ideographicStop = /[。．｡]/gu;
const trimmedEnd = /^[.,;:!?'‘’\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]$/u;
/** Looked for after `www.` first, so that a run is walked only if it is a link. */
const dottedHost = /[\p{L}\p{N}_-]{1,63}\.[\p{L}\p{N}]/uy;
const closing: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
const handleRun = /[a-z0-9_.]+/iy;
const mailDomain = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?/i;

const hidden = /^\p{Default_Ignorable_Code_Point}$/u;
const ofWord = /^[\p{L}\p{N}\p{Mn}\p{Mc}]$/u;
const unspaced = new RegExp(`^[${unspacedScripts}]$`, "u");

export function textSpans(text: string): readonly TextSpan[] {
  const spans: TextSpan[] = [];
  opener.lastIndex = 0;
  for (let match = opener.exec(text); match !== null; match = opener.exec(text)) {
    const [found] = match;
    const at = match.index;
    const span =
      found === "@" || found === "＠"
        ? (mailAt(text, at) ?? mentionAt(text, at))
        : linkAt(text, at, found.toLowerCase());
    if (span === null) continue;
    spans.push(span);
    opener.lastIndex = span.to;
  }
  return spans;
}

/** The handles that a text mentions, in lower case. There may be no user with a handle. */
export function handlesIn(text: string): ReadonlySet<string> {
  return new Set(textSpans(text).flatMap((span) => (span.kind === "mention" ? [span.handle] : [])));
}

export interface MentionQuery {
  /** Where the `@` stands. */
  readonly at: number;
  /** The text after it, in lower case: the beginning of a handle, or of a word of a name in any script. */
  readonly typed: string;
}

const unfinished = /[@＠]([\p{L}\p{N}\p{M}\p{Default_Ignorable_Code_Point}_.'’-]{0,32})$/u;

/** The unfinished mention before the caret, if there is one: with a handle in its place it would be a mention. */
export function mentionQueryAt(text: string, caret: number): MentionQuery | null {
  const match = unfinished.exec(text.slice(Math.max(0, caret - 80), caret));
  if (match === null) return null;
  const typed = match[1] ?? "";
  const at = caret - typed.length - 1;
  if (!mayBeMention(text, at)) return null;
  const isInLink = textSpans(text.slice(0, caret)).some((span) => span.kind !== "mention" && span.to > at);
  return isInLink ? null : { at, typed: typed.toLowerCase() };
}

function linkAt(text: string, at: number, start: string): TextSpan | null {
  const isWww = start === "www.";
  const from = at + start.length;
  dottedHost.lastIndex = from;
  if (isWww && !(beginsWord(text, at) && dottedHost.test(text))) return null;
  if (start === "mailto:" && isInAsciiWord(text, at)) return null;
  linkRun.lastIndex = from;
  const run = linkRun.exec(text)?.[0] ?? "";
  const length = endOfLink(run, start);
  return length === 0 ? null : { kind: isWww ? "www" : "link", from: at, to: from + length };
}

/** The length of the link within `run`. */
function endOfLink(run: string, start: string): number {
  const path = start === "mailto:" ? run.length : run.search(/[/?#]/);
  const hostEnd = path === -1 ? run.length : path;
  let end = run.length;
  for (const { index } of run.matchAll(ideographicStop)) {
    if (index < hostEnd && /^[a-z0-9]/i.test(run.slice(index + 1, index + 2))) continue;
    end = index;
    break;
  }
  const open = { "(": 0, "[": 0, "{": 0, ")": 0, "]": 0, "}": 0 };
  for (let i = 0; i < end; i++) {
    const unit = run[i] ?? "";
    if (isBracket(unit)) open[unit]++;
  }
  for (;;) {
    const last = lastCharacter(run, end);
    if (last === "") return end;
    if (trimmedEnd.test(last)) {
      end -= last.length;
      continue;
    }
    const pair = closing[last];
    if (pair === undefined || !isBracket(last) || !isBracket(pair) || open[last] <= open[pair]) return end;
    open[last]--;
    end--;
  }
}

type Bracket = "(" | "[" | "{" | ")" | "]" | "}";

function isBracket(unit: string): unit is Bracket {
  return unit !== "" && "()[]{}".includes(unit);
}

/** Where what may be the name of a mail address begins before the `@`; at the `@` where none stands. */
function nameBefore(text: string, at: number): number {
  let from = at;
  while (at - from < mailLocalUnitsMax && /[a-z0-9._+-]/i.test(text[from - 1] ?? "")) from--;
  while (from < at && !/[a-z0-9]/i.test(text[from] ?? "")) from++;
  return from;
}

function mailAt(text: string, at: number): TextSpan | null {
  const from = nameBefore(text, at);
  if (text[at] !== "@" || from === at || !beginsWord(text, from)) return null;
  const after = text.slice(at + 1, at + 1 + mailDomainUnitsMax + 2);
  const domain = mailDomain.exec(after)?.[0];
  if (domain === undefined || domain.length > mailDomainUnitsMax) return null;
  const to = at + 1 + domain.length;
  if (text[to] === "_" || !endsWord(text, to)) return null;
  // "git@example.org:repo" is where a repository lies.
  return /^:[\p{L}\p{N}~/]/u.test(text.slice(to, to + 3)) ? null : { kind: "mail", from, to };
}

/** Decides by the text before `at` alone, so that the answer stays the same while the rest is typed. */
function mayBeMention(text: string, at: number): boolean {
  return beginsWord(text, at) && nameBefore(text, at) === at;
}

function mentionAt(text: string, at: number): TextSpan | null {
  if (!mayBeMention(text, at)) return null;
  handleRun.lastIndex = at + 1;
  const run = handleRun.exec(text)?.[0] ?? "";
  let length = run.length;
  while (length > 0 && /[_.]/.test(run[length - 1] ?? "")) length--;
  if (length < handleUnitsMin || length > handleUnitsMax || !/^[a-z0-9]/i.test(run)) return null;
  if (!endsWord(text, at + 1 + run.length)) return null;
  return { kind: "mention", from: at, to: at + 1 + length, handle: run.slice(0, length).toLowerCase() };
}

function beginsWord(text: string, at: number): boolean {
  let end = at;
  let before = lastCharacter(text, end);
  while (hidden.test(before)) {
    end -= before.length;
    before = lastCharacter(text, end);
  }
  return before === "" || unspaced.test(before) || !(ofWord.test(before) || "_@＠./\\+%".includes(before));
}

function endsWord(text: string, at: number): boolean {
  let from = at;
  let after = characterAt(text, from);
  while (hidden.test(after)) {
    from += after.length;
    after = characterAt(text, from);
  }
  return after === "" || unspaced.test(after) || !(ofWord.test(after) || "@＠".includes(after));
}

function isInAsciiWord(text: string, at: number): boolean {
  return /[a-z0-9]/i.test(text[at - 1] ?? "");
}

function characterAt(text: string, at: number): string {
  const point = text.codePointAt(at);
  return point === undefined ? "" : String.fromCodePoint(point);
}

function lastCharacter(text: string, end: number): string {
  const unit = text.charCodeAt(end - 1);
  const isLow = unit >= 0xdc00 && unit <= 0xdfff;
  const point = end <= 0 ? undefined : text.codePointAt(end - 2);
  if (isLow && end >= 2 && point !== undefined && point > 0xffff) return String.fromCodePoint(point);
  return end <= 0 ? "" : (text[end - 1] ?? "");
}
