/**
 * Owns what the SDK's package leaves out of the validator and of the declarations: what would run at import, compile code in a page, or be
 * carried by every app and used by none. Each step fails the build where a newer version of the validator has no such place.
 */
import type { Plugin } from "vite";

interface Step {
  readonly file: RegExp;
  readonly from: RegExp;
  readonly to: string;
}

const steps: readonly Step[] = [
  // JSON schemas are made by the server alone, for its OpenAPI document.
  { file: /zod\/v4\/core\/json-schema-processors\.js$/, from: /^[\s\S]*$/, to: "" },
  { file: /zod\/v4\/core\/to-json-schema\.js$/, from: /^[\s\S]*$/, to: "" },
  // A page's content security policy forbids to compile code, and trying it is reported.
  {
    file: /zod\/v4\/core\/schemas\.js$/,
    from: /const fastEnabled = jit && allowsEval\.value;/,
    to: "const fastEnabled = false;",
  },
  {
    file: /zod\/v4\/core\/schemas\.js$/,
    from: /const generateFastpass = [\s\S]*?return doc\.compile\(\);\n {4}\};/,
    to: "const generateFastpass = undefined;",
  },
  // Forms of strings such as addresses and dates, which no schema of the protocol has, and cycles, which JSON cannot have.
  {
    file: /zod\/v4\/classic\/schemas\.js$/,
    from: /(?<=_ZodString\.init\(inst, def\);\n)\}, \{\n {4}email\(params\)[\s\S]*?\n\}\);/,
    to: "});",
  },
  {
    file: /zod\/v4\/classic\/schemas\.js$/,
    from: /core\.config\(\{ memoizer: core\.memoizer\(\) \}\);/,
    to: ";",
  },
  // The settings of a validator that the program itself has are its own.
  {
    file: /zod\/v4\/core\/core\.js$/,
    from: /\(_a = globalThis\)\.__zod_globalConfig \?\? .*\n.*;/,
    to: "export const globalConfig = {};",
  },
  {
    file: /zod\/v4\/core\/core\.js$/,
    from: /globalThis\.__zod_globalConfig\?\.postProcessor/,
    to: "globalConfig.postProcessor",
  },
  {
    file: /zod\/v4\/core\/registries\.js$/,
    from: /\(_a = globalThis\)\.__zod_globalRegistry \?\? .*\n.*;/,
    to: "export const globalRegistry = registry();",
  },
];

/** What is said of calls for documents alone. */
const told = /^ *(?:summary|tag): "(?:[^"\\]|\\.)*",$|^ *errors: \[[^\]]*\],$|\bdescription: "(?:[^"\\]|\\.)*",/gm;

export function leanZod(): Plugin {
  const done = new Set<Step>();
  return {
    name: "parley-lean-zod",
    enforce: "pre",
    transform(code, id) {
      const file = id.replaceAll("\\", "/");
      if (/\/schema\/http\/[a-z-]+\.ts$/.test(file)) return { code: code.replaceAll(told, ""), map: null };
      const own = steps.filter((step) => step.file.test(file));
      if (own.length === 0) return null;
      let lean = code;
      for (const step of own) {
        if (!step.from.test(lean)) continue;
        done.add(step);
        lean = step.to === "" ? emptied(lean) : lean.replace(step.from, step.to);
      }
      return { code: lean, map: null };
    },
    buildEnd() {
      for (const step of steps)
        if (!done.has(step))
          this.error(`the validator has changed: nothing in ${step.file.source} is ${step.from.source}`);
    },
  };
}

/** The same exports, which do nothing. */
function emptied(code: string): string {
  const names = [...code.matchAll(/^export (?:const|function|class) (\w+)/gm)].map((match) => match[1] ?? "");
  return names.map((name) => `export const ${name} = () => undefined;`).join("\n");
}
