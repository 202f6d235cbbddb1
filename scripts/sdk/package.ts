/** Owns the SDK as a package that others install: one folder with JavaScript, declarations and a manifest, and with everything inside that it needs. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { writeDeclarations } from "./declarations.ts";
import { leanZod } from "./lean-zod.ts";

/** The entries of the package, by their names in its manifest. */
export const sdkEntries = {
  index: "client/index.ts",
  "indexed-db": "client/storage/storage-indexed-db.ts",
  node: "client/storage/storage-sqlite.ts",
  react: "client/react.ts",
} as const;

/** What `import "parley-sdk"` may weigh in a page, minified and compressed. */
export const sdkKbMax = 60;

export async function buildPackage(root: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const gzipBytes = await bundle(root, folder);
  if (gzipBytes > sdkKbMax * 1_000) throw new Error(`the SDK weighs ${gzipBytes} bytes, more than ${sdkKbMax} KB`);
  writeDeclarations(root, sdkEntries, folder);
  for (const name of ["package.json", "README.md"]) copyFileSync(join(root, "client", name), join(folder, name));
  writeFileSync(join(folder, "LICENSE"), licences(root));
}

/** Writes the JavaScript; answers what the entry `index` and what it imports weigh, minified and compressed. */
async function bundle(root: string, folder: string): Promise<number> {
  const options = (input: Readonly<Record<string, string>>, isWeighed: boolean) => ({
    root,
    configFile: false as const,
    logLevel: "error" as const,
    plugins: [leanZod()],
    build: {
      write: !isWeighed,
      outDir: folder,
      emptyOutDir: true,
      copyPublicDir: false,
      modulePreload: false as const,
      target: "es2022",
      minify: isWeighed,
      rollupOptions: {
        input: { ...input },
        preserveEntrySignatures: "strict" as const,
        external: ["react", /^node:/],
        treeshake: { moduleSideEffects: false },
        output: { entryFileNames: "[name].js", chunkFileNames: "shared/[name].js" },
      },
    },
  });
  await build(options(sdkEntries, false));
  const weighed = await build(options({ index: sdkEntries.index }, true));
  const outputs = Array.isArray(weighed) ? weighed : "output" in weighed ? [weighed] : [];
  const code = outputs.flatMap(({ output }) => output.flatMap((file) => (file.type === "chunk" ? [file.code] : [])));
  return gzipSync(code.join("\n"), { level: 9 }).length;
}

/** The project's licence, and those of what is inside. */
function licences(root: string): string {
  const inside = ["zod", "idb"].map((name) => {
    const text = readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8");
    return `\n---\nThis package contains code of ${name}, under this licence:\n\n${text}`;
  });
  return readFileSync(join(root, "LICENSE"), "utf8") + inside.join("");
}
