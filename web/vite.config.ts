/**
 * Builds the web app into dist/web: the page, and the service worker with the list of the page's files. The worker is a build of its own, because it has
 * to be one file, and would share files with the page otherwise.
 */
import { lingui } from "@lingui/vite-plugin";
import react from "@vitejs/plugin-react";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, defineConfig, type Plugin } from "vite";
import { earlyParts, groups } from "./early-parts.ts";
import { emojiData } from "./emoji-data.ts";
import { firstTexts } from "./first-texts.ts";
import { linguiMacros } from "./macros.ts";
import { sdkNames } from "./sdk-names.ts";
import { sourceLocale } from "./texts/locales.ts";

const publicFolder = join(import.meta.dirname, "public");
/** The validator of the SDK's package, in zod's place: it weighs much less, and compiles no code, which the content security policy would forbid. */
const leanValidator = join(import.meta.dirname, "../scripts/build/sdk/validator.ts");
/** What the SDK's package does to its sources: the same validator, and no descriptions that only documents show. Imported by its path, for it is another room's. */
const { lean }: { readonly lean: () => Plugin } = await import(
  pathToFileURL(join(import.meta.dirname, "../scripts/build/sdk/lean.ts")).href
);
/** Files that the page does not ask for: the server reads one of them itself, and the system fetches the icons for the home screen. */
const notKept = new Set(["_headers", "icon-512.png", "icon-maskable-512.png"]);
/** The letters beyond Western Europe's, which few pages show; without network the system's font has them. */
const rareFont = /figtree-latin-ext-/;

async function workerCode(): Promise<string> {
  const built = await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: "error",
    publicDir: false,
    resolve: { alias: [...sdkNames, { find: /^zod$/, replacement: leanValidator }] },
    build: {
      write: false,
      modulePreload: false,
      rollupOptions: { input: join(import.meta.dirname, "service-worker.ts"), output: { format: "iife" } },
    },
  });
  const outputs = Array.isArray(built) ? built : "output" in built ? [built] : [];
  const [chunk, ...more] = outputs.flatMap(({ output }) => output);
  if (chunk?.type !== "chunk" || more.length > 0) throw new Error("The service worker is not one file");
  return chunk.code;
}

/** Adds the service worker, with the build's name, files and languages in place of its declaration. */
function serviceWorker(): Plugin {
  return {
    name: "parley-service-worker",
    apply: "build",
    generateBundle: {
      // Scripts that hold nothing but a style sheet are gone by then: a file that is not there would keep the worker from being installed.
      order: "post",
      async handler(_options, bundle) {
        const languages: Record<string, string[]> = {};
        const emoji: Record<string, string> = {};
        for (const [name, chunk] of Object.entries(bundle)) {
          const id = chunk.type === "chunk" ? (chunk.facadeModuleId ?? "") : "";
          const [locale, names] = [
            /\/catalogs\/([\w-]+)\.po\?/.exec(id)?.[1],
            /virtual:emoji\/([\w-]+)$/.exec(id)?.[1],
          ];
          // English is spoken wherever another language does not come, so all of it belongs to the page's own files.
          if (locale !== undefined && locale !== sourceLocale) (languages[locale] ??= []).push(`/${name}`);
          if (names !== undefined) emoji[names] = `/${name}`;
        }
        const catalogs = new Set([...Object.values(languages).flat(), ...Object.values(emoji)]);
        const built = Object.keys(bundle).filter(
          (name) =>
            name.startsWith("assets/") && !name.endsWith(".map") && !catalogs.has(`/${name}`) && !rareFont.test(name),
        );
        const loose = readdirSync(publicFolder).filter((name) => !notKept.has(name));
        const files = ["/", ...[...built, ...loose].sort().map((name) => `/${name}`)];
        const code = await workerCode();
        const hash = createHash("sha256").update(code);
        for (const name of [...built, ...catalogs]) hash.update(name);
        const page = bundle["index.html"];
        if (page?.type === "asset") hash.update(page.source);
        const shell = JSON.stringify({ build: hash.digest("hex").slice(0, 12), files, languages, emoji });
        this.emitFile({ type: "asset", fileName: "service-worker.js", source: `const shell = ${shell};\n${code}` });
      },
    },
  };
}

/** Has the page fetch the font at once, and not only when the style sheet asks for it. */
function fontAtOnce(): Plugin {
  return {
    name: "parley-font-at-once",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle = {} }) {
        const font = Object.keys(bundle).find((name) => /figtree-latin-wght-normal-[\w-]+\.woff2$/.test(name));
        if (font === undefined) throw new Error("The build has no font");
        const attrs = { rel: "preload", as: "font", type: "font/woff2", href: `/${font}`, crossorigin: true };
        return [{ tag: "link", attrs, injectTo: "head" }];
      },
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  resolve: { alias: sdkNames },
  plugins: [
    lean(),
    linguiMacros(),
    emojiData(),
    lingui({ configPath: join(import.meta.dirname, "lingui.config.ts"), failOnCompileError: true }),
    firstTexts(),
    react(),
    fontAtOnce(),
    earlyParts(),
    serviceWorker(),
  ],
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    sourcemap: true,
    // The service worker keeps the whole shell anyway, and an inlined asset would be a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { main: join(import.meta.dirname, "index.html") },
      output: {
        entryFileNames: "assets/[name]-[hash].js",
        codeSplitting: { groups },
      },
    },
  },
});
