/**
 * Owns the step of the build that makes a small script beside the app's own: it asks the browser for the parts that the first screen will need, the list or the entrance, and
 * for the texts of its language. The app would ask for them only once it is loaded and has begun, which on a slow line is a second later.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";
import { activeKey } from "./accounts/active-key.ts";

/** By the files that the app imports later. */
const list = ["app/shell.tsx", "app/dialogs/dialogs.tsx"];
const entrance = ["entrance/entrance.tsx"];
/** With what one of the first screens begins. */
const firstParts = [...list, ...entrance];

/** The app's files that a first screen needs, and not those that it fetches later. */
export function filesOfFirst(): readonly string[] {
  const found = new Set(["main.tsx", ...firstParts].map((file) => join(import.meta.dirname, file)));
  const ofOwn = /^(?:import|export)\s(?!type\b)[^;]*?"(\.[^"]+\.tsx?)"/gm;
  for (const file of found)
    for (const [, from = ""] of readFileSync(file, "utf8").matchAll(ofOwn)) {
      const imported = join(dirname(file), from);
      if (existsSync(imported)) found.add(imported);
    }
  return [...found];
}

/** The modules of the first screens, which the build divides among few files: each request takes its time. */
const ofList = new Set<string>();
const ofEntrance = new Set<string>();

/** Has to be used by the build beside the plugin. `app`: with what the page begins. `first`: what both first screens need. */
export const groups = [
  { name: "app", tags: ["$initial" as const], priority: 3 },
  { name: "first", test: (id: string) => ofList.has(id) && ofEntrance.has(id), priority: 2 },
  { name: "list", test: (id: string) => ofList.has(id), priority: 1 },
];

/** What is looked at of a chunk. */
interface Chunk {
  readonly type: "chunk";
  readonly fileName: string;
  readonly facadeModuleId: string | null;
  readonly moduleIds: readonly string[];
  readonly imports: readonly string[];
  readonly isEntry: boolean;
  readonly viteMetadata?: { readonly importedCss: ReadonlySet<string> };
}

type Bundle = Readonly<Record<string, { readonly type: "asset" } | Chunk>>;

export function earlyParts(): Plugin {
  let name = "";
  return {
    name: "parley-early-parts",
    apply: "build",
    buildEnd() {
      const reach = (parts: readonly string[], into: Set<string>) => {
        into.clear();
        for (const id of this.getModuleIds()) if (parts.some((part) => isModule(id, part))) into.add(id);
        for (const id of into) for (const each of this.getModuleInfo(id)?.importedIds ?? []) into.add(each);
      };
      reach(list, ofList);
      reach(entrance, ofEntrance);
    },
    generateBundle: {
      // Before the page is made, which names the script.
      order: "pre",
      handler(_options, bundle) {
        const source = scriptOf(bundle);
        name = `assets/early-${createHash("sha256").update(source).digest("base64url").slice(0, 8)}.js`;
        this.emitFile({ type: "asset", fileName: name, source });
      },
    },
    transformIndexHtml: {
      order: "post",
      handler: () => [{ tag: "script", attrs: { async: true, src: `/${name}` }, injectTo: "head-prepend" }],
    },
  };
}

function scriptOf(bundle: Bundle): string {
  const chunks = Object.values(bundle).filter((each) => each.type === "chunk");
  const languages = Object.fromEntries(
    chunks.flatMap(({ facadeModuleId, fileName }) => {
      const locale = /\/catalogs\/([\w-]+)\.po\?first/.exec(facadeModuleId ?? "")?.[1];
      return locale === undefined ? [] : [[locale, `/${fileName}`]];
    }),
  );
  const parts = JSON.stringify({ list: filesOf(chunks, list), entrance: filesOf(chunks, entrance), languages });
  return `(${early})(${parts},${JSON.stringify(activeKey)});`;
}

function isModule(id: string, part: string): boolean {
  return id.endsWith(`/web/${part}`);
}

/** The files of these parts and of all that they import, beyond those that come with the app itself. */
function filesOf(chunks: readonly Chunk[], parts: readonly string[]): string[] {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const reached = (from: readonly Chunk[]): Set<Chunk> => {
    const found = new Set(from);
    for (const chunk of found)
      for (const each of chunk.imports) {
        const next = byName.get(each);
        if (next !== undefined) found.add(next);
      }
    return found;
  };
  const own = reached(chunks.filter(({ isEntry }) => isEntry));
  const roots = parts.map((part) => {
    const root = chunks.find(({ moduleIds }) => moduleIds.some((id) => isModule(id, part)));
    if (root === undefined) throw new Error(`The app has no such part any more: ${part}`);
    return root;
  });
  return [...reached(roots)]
    .filter((chunk) => !own.has(chunk))
    .flatMap(({ fileName, viteMetadata }) => [fileName, ...(viteMetadata?.importedCss ?? [])])
    .map((file) => `/${file}`);
}

/** Runs in the page before anything else of the app, so it is written for itself. It goes on where the browser stores nothing. */
const early = `(parts, key) => {
  let isKnown = false, chosen = null;
  try {
    isKnown = (sessionStorage.getItem(key) ?? localStorage.getItem(key)) !== null;
    chosen = localStorage.getItem("parley.language");
  } catch {}
  const spoken = (chosen ?? navigator.languages[0] ?? "").toLowerCase();
  const texts = Object.keys(parts.languages).find((each) => [spoken, spoken.split("-")[0]].includes(each.toLowerCase()));
  for (const file of [...(isKnown ? parts.list : parts.entrance), ...(texts ? [parts.languages[texts]] : [])]) {
    const link = document.createElement("link");
    link.rel = file.endsWith(".css") ? "preload" : "modulepreload";
    if (link.rel === "preload") link.as = "style";
    link.href = file;
    document.head.append(link);
  }
}`;
