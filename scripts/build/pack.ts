/** Owns the compressed copies of the web app's files, which `npm start` serves. None are deployed, for Cloudflare's edge compresses. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** Source maps are left out, because only developer tools ask for them, and so are formats that are compressed already. */
const kinds = new Set([".js", ".css", ".html", ".svg", ".webmanifest"]);
/** A smaller answer is one packet anyway. */
const bytesMin = 1_024;

/** Empties `folder` and writes `NAME.br` and `NAME.gz` for each file of the app that compression makes smaller. */
export async function packFiles(webFolder: string, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(webFolder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !kinds.has(extname(entry.name))) continue;
    const plain = readFileSync(file);
    if (plain.length < bytesMin) continue;
    const to = join(folder, relative(webFolder, file));
    mkdirSync(dirname(to), { recursive: true });
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    };
    writeFileSync(`${to}.br`, await promisify(brotliCompress)(plain, { params }));
    writeFileSync(`${to}.gz`, await promisify(gzip)(plain, { level: 9 }));
  }
}

/** Puts the copies beside the files. */
export function addPacked(folder: string, webCopy: string): void {
  if (existsSync(folder)) cpSync(folder, webCopy, { recursive: true, preserveTimestamps: true });
}

/** The addresses of the files that have copies. */
export function packedPaths(webCopy: string): string[] {
  return readdirSync(webCopy, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".br"))
    .map((name) => `/${name.slice(0, -".br".length).split(sep).join("/")}`)
    .sort();
}
