/** Owns the SDK as a package that others install: one folder with JavaScript, declarations and a manifest, and everything that it needs is inside. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type InlineConfig, type Plugin } from "vite";
import { writeDeclarations } from "./declarations.ts";
import { lean } from "./lean.ts";

/** The entries of the package, by their names in its manifest. */
export const sdkEntries = {
  index: "client/index.ts",
  "indexed-db": "client/storage/storage-indexed-db.ts",
  background: "client/background/background.ts",
  node: "client/storage/storage-sqlite.ts",
  react: "client/react.ts",
} as const;

export async function buildPackage(root: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await build(options(root, folder, sdkEntries));
  writeDeclarations(root, sdkEntries, folder);
  for (const name of ["package.json", "README.md"]) copyFileSync(join(root, "client", name), join(folder, name));
  writeFileSync(join(folder, "LICENSE"), licences(root));
}

/** The bytes that `import "parley-sdk"` adds to a page, minified and compressed: at once, and with all that is loaded only when it is used. */
export async function weighSdk(root: string): Promise<{ readonly atOnce: number; readonly all: number }> {
  const built = await build(options(root, undefined, { index: sdkEntries.index }));
  const outputs = Array.isArray(built) ? built : "output" in built ? [built] : [];
  const chunks = outputs.flatMap(({ output }) => output.flatMap((file) => (file.type === "chunk" ? [file] : [])));
  const first = new Set(chunks.filter(({ isEntry }) => isEntry));
  for (const { imports } of first) for (const chunk of chunks) if (imports.includes(chunk.fileName)) first.add(chunk);
  const weight = (files: Iterable<(typeof chunks)[number]>) =>
    gzipSync(Array.from(files, ({ code }) => code).join("\n"), { level: 9 }).length;
  return { atOnce: weight(first), all: weight(chunks) };
}

/** Without a folder nothing is written, and the code is minified. */
function options(root: string, folder: string | undefined, input: Readonly<Record<string, string>>): InlineConfig {
  return {
    root,
    configFile: false,
    logLevel: "error",
    plugins: [lean(), plainImports()],
    build: {
      write: folder !== undefined,
      outDir: folder ?? "dist/sdk",
      emptyOutDir: folder !== undefined,
      copyPublicDir: false,
      modulePreload: false,
      target: "es2022",
      minify: folder === undefined,
      rollupOptions: {
        input: { ...input },
        preserveEntrySignatures: "strict",
        external: ["react", /^node:/],
        treeshake: { moduleSideEffects: false },
        output: { entryFileNames: "[name].js", chunkFileNames: "shared/[name].js" },
      },
    },
  };
}

/** In place of what Vite puts around `import()`, which is for pages that Vite builds: it would weigh a kilobyte, and looks for a document. */
function plainImports(): Plugin {
  return {
    name: "parley-plain-imports",
    enforce: "pre",
    load: (id) => (id.includes("vite/preload-helper") ? "export const __vitePreload = (load) => load();" : null),
  };
}

/** The licence of the project, and those of the libraries inside. */
function licences(root: string): string {
  const inside = ["idb"].map((name) => {
    const text = readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8");
    return `\n---\nThis package contains code of ${name}, under this licence:\n\n${text}`;
  });
  return readFileSync(join(root, "LICENSE"), "utf8") + inside.join("");
}
