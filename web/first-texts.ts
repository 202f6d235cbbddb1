/**
 * Owns the step of the build that divides each catalog in two, `es.po?first?lingui` and `es.po?rest?lingui`: the texts of the first screens, which the page fetches at once, and
 * all others, which come before the first part that is shown later. The catalogs say in which files a text occurs.
 */
import { getCatalogs } from "@lingui/cli/api";
import { getConfig } from "@lingui/conf";
import { join, relative, sep } from "node:path";
import type { Plugin } from "vite";
import { filesOfFirst } from "./early-parts.ts";
import { sourceLocale } from "./texts/locales.ts";

/** Lingui's step reads all that ends in this, and knows nothing of the part before. */
const divided = /\.po\?(first|rest)\?lingui$/;
const compiled = /^(.*\bmessages\s*=\s*JSON\.parse\()("(?:[^"\\]|\\.)*")(\).*)$/s;

export function firstTexts(): Plugin {
  let reading: Promise<{ readonly first: ReadonlySet<string>; readonly all: ReadonlySet<string> }> | undefined;
  return {
    name: "parley-first-texts",
    buildStart() {
      reading = undefined;
    },
    transform: {
      filter: { id: divided },
      async handler(code, id) {
        const isOfFirst = divided.exec(id)?.[1] === "first";
        reading ??= readTexts();
        const { first } = await reading;
        const [, before = "", json = "", after = ""] = compiled.exec(code) ?? [];
        if (json === "")
          throw new Error(`Lingui compiles catalogs into another form than before: ${code.slice(0, 99)}`);
        const messages: Record<string, unknown> = JSON.parse(String(JSON.parse(json)));
        const own = Object.entries(messages).filter(([key]) => first.has(key) === isOfFirst);
        return { code: before + JSON.stringify(JSON.stringify(Object.fromEntries(own))) + after, map: null };
      },
    },
    /** A text that a first screen uses must not be among the rest, whatever files the catalogs name: it would be shown by its key. */
    async generateBundle(_options, bundle) {
      reading ??= readTexts();
      const { first, all } = await reading;
      const rest = [...all].filter((key) => !first.has(key));
      const files = new Set(filesOfFirst());
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        const isFirst = chunk.moduleIds.some((id) => files.has(id));
        const late = isFirst
          ? rest.filter((key) => ["`", '"', "'"].some((quote) => chunk.code.includes(quote + key + quote)))
          : [];
        if (late.length > 0)
          this.error(
            `${chunk.fileName} uses texts that come later: ${late.join(", ")}. Does \`npm run messages\` help?`,
          );
      }
    },
  };
}

async function readTexts(): Promise<{ first: ReadonlySet<string>; all: ReadonlySet<string> }> {
  const [catalog] = await getCatalogs(getConfig({ configPath: join(import.meta.dirname, "lingui.config.ts") }));
  const texts = Object.entries((await catalog?.read(sourceLocale)) ?? {});
  const files = new Set(
    filesOfFirst().map((file) =>
      relative(import.meta.dirname, file)
        .split(sep)
        .join("/"),
    ),
  );
  const first = texts.filter(([, { origin }]) => origin?.some(([file]) => files.has(file)));
  if (first.length === 0) throw new Error("No text is of a first screen: do the catalogs name files any more?");
  return { first: new Set(first.map(([key]) => key)), all: new Set(texts.map(([key]) => key)) };
}
