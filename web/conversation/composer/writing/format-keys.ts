/** Owns the shortcuts that format what is selected in the text field, and what they make of the text. */

/** Ctrl, or ⌘ on a Mac, with the letter; `shift` where the letter alone has another meaning. */
const marks: readonly { readonly key: string; readonly shift: boolean; readonly mark: string }[] = [
  { key: "b", shift: false, mark: "*" },
  { key: "i", shift: false, mark: "_" },
  { key: "x", shift: true, mark: "~" },
  { key: "e", shift: false, mark: "`" },
];

interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/** The mark that a key stands for; null if it formats nothing. */
export function formatMark({ key, ctrlKey, metaKey, shiftKey, altKey }: Key): string | null {
  if (ctrlKey === metaKey || altKey) return null;
  return marks.find((each) => each.key === key.toLowerCase() && each.shift === shiftKey)?.mark ?? null;
}

export interface Marked {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Puts the mark around what is selected, or takes it away if it is there. Blanks at the ends stay outside, because a mark that touches one is none; each
 * line gets marks of its own. Where nothing is selected the caret comes between two marks.
 */
export function marked({ text, from, to }: Marked, mark: string): Marked {
  const chosen = text.slice(from, to);
  const start = from + (chosen.length - chosen.trimStart().length);
  const end = Math.max(start, to - (chosen.length - chosen.trimEnd().length));
  const inner = text.slice(start, end);
  const size = mark.length;
  if (text.slice(start - size, start) === mark && text.slice(end, end + size) === mark && start >= size)
    return put(text, start - size, end + size, inner);
  if (inner.length > 2 * size && inner.startsWith(mark) && inner.endsWith(mark) && !inner.includes("\n"))
    return put(text, start, end, inner.slice(size, -size));
  if (inner === "") {
    const both = put(text, start, end, mark + mark);
    return { ...both, from: start + size, to: start + size };
  }
  const lines = inner.split("\n").map((line) => {
    const words = line.trim();
    return words === "" ? line : line.replace(words, () => mark + words + mark);
  });
  const whole = put(text, start, end, lines.join("\n"));
  return lines.length === 1 ? { ...whole, from: whole.from + size, to: whole.to - size } : whole;
}

function put(text: string, from: number, to: number, part: string): Marked {
  return { text: text.slice(0, from) + part + text.slice(to), from, to: from + part.length };
}
