/** Builds the web app into dist/web: the page, and the service worker with the list of the page's files. */
import { lingui } from "@lingui/vite-plugin";
import react from "@vitejs/plugin-react";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { linguiMacros } from "./macros.ts";
import { sdkNames } from "./sdk-names.ts";

const publicFolder = join(import.meta.dirname, "public");
/** Files that the page does not ask for: the server reads one of them itself, and the system fetches the icons for the home screen. */
const notKept = new Set(["_headers", "icon-512.png", "icon-maskable-512.png"]);

/** Writes the build's name, files and languages into the service worker, in place of its declaration. */
function shellList(): Plugin {
  return {
    name: "parley-shell-list",
    apply: "build",
    generateBundle(_options, bundle) {
      const languages: Record<string, string> = {};
      for (const [name, chunk] of Object.entries(bundle)) {
        const locale =
          chunk.type === "chunk" ? /\/catalogs\/([\w-]+)\.po$/.exec(chunk.facadeModuleId ?? "")?.[1] : undefined;
        if (locale !== undefined) languages[locale] = `/${name}`;
      }
      const catalogs = new Set(Object.values(languages));
      const built = Object.keys(bundle).filter(
        (name) => name.startsWith("assets/") && !name.endsWith(".map") && !catalogs.has(`/${name}`),
      );
      const loose = readdirSync(publicFolder).filter((name) => !notKept.has(name));
      const files = ["/", ...[...built, ...loose].sort().map((name) => `/${name}`)];
      const worker = bundle["service-worker.js"];
      if (worker?.type !== "chunk") throw new Error("There is no service worker in the build");
      const hash = createHash("sha256").update(worker.code);
      for (const name of [...built, ...catalogs]) hash.update(name);
      const page = bundle["index.html"];
      if (page?.type === "asset") hash.update(page.source);
      const build = hash.digest("hex").slice(0, 12);
      worker.code = `const shell = ${JSON.stringify({ build, files, languages })};\n${worker.code}`;
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  resolve: { alias: sdkNames },
  plugins: [
    linguiMacros(),
    lingui({ configPath: join(import.meta.dirname, "lingui.config.ts"), failOnCompileError: true }),
    react(),
    shellList(),
  ],
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    sourcemap: true,
    // The service worker keeps the whole shell anyway, and an inlined asset would be a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        main: join(import.meta.dirname, "index.html"),
        "service-worker": join(import.meta.dirname, "service-worker.ts"),
      },
      output: {
        entryFileNames: (chunk) => (chunk.name === "service-worker" ? "service-worker.js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
