/** Owns a found text as a hit shows it: without the marks of its format, as in all other previews. What was found moves with it. */
import { blocksOf, codePoints, type TextInline, textSpans, type TextStretch } from "parley-sdk";
import type { Ranges } from "../hit-pages.ts";
import { unitRanges } from "./marked-pieces.ts";

export interface ShownText {
  readonly text: string;
  readonly highlights: Ranges;
}

/** `highlights`: half-open ranges in code points of the text, ascending; those of the answer are in code points of what is shown. */
export function shownText(text: string, highlights: Ranges): ShownText {
  const wanted = unitRanges(text, highlights);
  const found: [number, number][] = [];
  let shown = "";
  let points = 0;
  const add = (words: string): void => {
    shown += words;
    points += codePoints(words);
  };
  const keep = ({ from, to }: Pick<TextStretch, "from" | "to">): void => {
    for (const [first, end] of wanted) {
      const [a, b] = [Math.max(from, first), Math.min(to, end)];
      if (a >= b) continue;
      const at = points + codePoints(text.slice(from, a));
      const last = found.at(-1);
      const until = at + codePoints(text.slice(a, b));
      // Marks within a word parted what was found.
      if (last?.[1] === at) last[1] = until;
      else found.push([at, until]);
    }
    add(text.slice(from, to));
  };
  const write = (inlines: readonly TextInline[]): void => {
    for (const each of inlines)
      if (each.kind === "text") keep(each);
      else write(each.children);
  };
  blocksOf(text, textSpans(text)).forEach((block, index) => {
    if (index > 0) add("\n");
    if (block.kind === "codeBlock") keep(block.code);
    else if (block.kind !== "list") write(block.children);
    else
      block.items.forEach((item, i) => {
        add(`${i > 0 ? "\n" : ""}${block.start === null ? "•" : `${block.start + i}.`} `);
        write(item);
      });
  });
  return { text: shown, highlights: found };
}
