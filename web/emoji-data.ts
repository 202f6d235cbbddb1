/** Owns the step of the build that packs the names of all emoji, one file for each language, from what `emojibase-data` knows, and for other languages from `emoji/names/`. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Plugin } from "vite";

const prefix = "virtual:emoji/";
const require = createRequire(import.meta.url);
/** Regional indicators have no group; skin tones and hair alone are the group of parts. */
const groupOfParts = 2;

interface Known {
  readonly emoji: string;
  readonly label: string;
  readonly group?: number;
  readonly hexcode: string;
  readonly order?: number;
  readonly tags?: readonly string[];
  readonly skins?: readonly { readonly emoji: string; readonly tone: number | readonly number[] }[];
}

/** An emoji, its name, the folded texts by which it is found (each between bars: its names, an empty one, further words), its group, and the five tones of its skin if it has any. */
type Packed = [emoji: string, name: string, words: string, group: number, tones?: string[]];

export function emojiData(): Plugin {
  return {
    name: "parley-emoji-data",
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : undefined),
    load(id) {
      const language = id.startsWith(`\0${prefix}`) ? id.slice(prefix.length + 1) : undefined;
      if (language === undefined) return undefined;
      // Browsers read a long text faster as JSON than as a script.
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(packed(language)))});`;
    },
  };
}

export function packed(language: string): Packed[] {
  const known = knownIn(language);
  const shortcodes = read<Record<string, string | string[]>>("en/shortcodes/github.json");
  return known
    .filter(({ group }) => group !== undefined && group !== groupOfParts)
    .toSorted((one, other) => (one.order ?? 0) - (other.order ?? 0))
    .map(({ emoji, label, group = 0, hexcode, tags = [], skins = [] }) => {
      const short = [shortcodes[hexcode] ?? []].flat().map((code) => code.replaceAll("_", " "));
      const names = [...new Set([label, ...short].map(foldedName))];
      const further = [...new Set(tags.map(foldedName))].filter((tag) => !names.includes(tag));
      const words = `|${names.join("|")}||${further.join("|")}|`;
      // Of those who have two skins: the five in which both are the same.
      const even = skins.filter(({ tone }) => typeof tone === "number" || new Set(tone).size === 1);
      const tones = even.length === 5 ? even.map((skin) => qualified(skin.emoji)) : undefined;
      return tones === undefined
        ? [qualified(emoji), label, words, group]
        : [qualified(emoji), label, words, group, tones];
    });
}

function knownIn(language: string): readonly Known[] {
  const file = join(import.meta.dirname, "emoji/names", `${language}.tsv`);
  if (!existsSync(file)) return read<Known[]>(`${language}/data.json`);
  // One line for each: the emoji without U+FE0F, its name, further words. What is not there keeps its English name.
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const names = new Map(lines.map((line) => line.split("\t")).map(([emoji = "", ...words]) => [emoji, words]));
  return read<Known[]>("en/data.json").map((each) => {
    const [label, ...tags] = names.get(each.emoji.replaceAll("\uFE0F", "")) ?? [];
    return label === undefined ? each : { ...each, label, tags };
  });
}

function read<T>(file: string): T {
  return require(`emojibase-data/${file}`) as T;
}

/** An emoji as reactions keep it, as `qualified` of the schema makes it: U+FE0F follows each part that needs it, and no other. */
function qualified(emoji: string): string {
  return emoji
    .replaceAll("\uFE0F", "")
    .replace(/(?=\p{Emoji})(?!\p{Emoji_Presentation})[^](?![\u{1F3FB}-\u{1F3FF}])/gu, "$&\uFE0F");
}

/** Accents, and the vowel points of Arabic with its stretching stroke. */
const markRanges = [
  "\\u0300-\\u036F",
  "\\u0610-\\u061A\\u0640\\u064B-\\u065F\\u0670",
  "\\u06D6-\\u06DC\\u06DF-\\u06E8\\u06EA-\\u06ED",
];
const marks = new RegExp(`[${markRanges.join("")}]`, "gu");

/** What the search's `fold` makes of a name of an emoji; the app's tests compare the two. That one belongs to a room that the build does not see. */
function foldedName(name: string): string {
  return name.normalize("NFKD").replaceAll(marks, "").toLowerCase().replaceAll("|", "");
}
