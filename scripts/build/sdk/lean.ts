/** Owns what the SDK's package has in place of what it would carry for nothing: a validator of its own, and declarations of calls without what only documents show. */
import { join } from "node:path";
import type { Plugin } from "vite";

const validator = join(import.meta.dirname, "validator.ts");

/** The fields of calls that only documents need. */
const told = /^ *(?:summary|tag):\s+"(?:[^"\\]|\\.)*",$|^ *errors: \[[^\]]*\],$|\bdescription:\s+"(?:[^"\\]|\\.)*",/gm;

export function lean(): Plugin {
  return {
    name: "parley-lean",
    enforce: "pre",
    resolveId: (id) => (id === "zod" ? validator : null),
    transform(code, id) {
      if (!/\/schema\/http\/(?:[a-z]+\/)?[a-z-]+\.ts$/.test(id.replaceAll("\\", "/"))) return null;
      return { code: code.replaceAll(told, ""), map: null };
    },
  };
}
