/**
 * Owns what the SDK's package leaves out of the validator and of the declarations: code that would run at import, code that would compile code in a page,
 * and code that every app would load and none would use. A step fails the build if a newer version of the validator has no such place.
 */
import type { Plugin } from "vite";

interface Step {
  readonly what: string;
  readonly file: RegExp;
  readonly edit: (code: string) => string;
}

const classic = /zod\/v4\/classic\/schemas\.js$/;
const core = /zod\/v4\/core\/core\.js$/;
const coreSchemas = /zod\/v4\/core\/schemas\.js$/;
const everySchema = /zod\/v4\/(?:core|classic)\/(?:schemas|checks|parse)\.js$/;

const steps: readonly Step[] = [
  // JSON schemas are made by the server alone, for its OpenAPI document.
  { what: "JSON schemas", file: /zod\/v4\/core\/json-schema-processors\.js$/, edit: emptied },
  { what: "JSON schemas", file: /zod\/v4\/core\/to-json-schema\.js$/, edit: emptied },
  replaced(classic, /^ +inst\._zod\.processJSONSchema = .*;$/gm, ""),
  // A page's content security policy forbids code that compiles code, and each attempt is reported.
  replaced(classic, /\$ZodObjectJIT\.init/, "$$ZodObject.init"),
  // Forms of strings such as addresses and dates, which no schema of the protocol has, and cycles, which JSON cannot have.
  replaced(classic, /(?<=_ZodString\.init\(inst, def\);\n)\}, \{\n {4}email\(params\)[\s\S]*?\n\}\);/, "});"),
  replaced(classic, /core\.config\(\{ memoizer: core\.memoizer\(\) \}\);/, ";"),
  // Methods that make an enumeration from another one, and those that read the bounds of a schema.
  replaced(
    classic,
    /^ {4}const keys = new Set\(Object\.keys\(def\.entries\)\);\n {4}inst\.extract = [\s\S]*?(?=^\}\);)/m,
    "",
  ),
  replaced(classic, /util\.derived\(\{\n[\s\S]*?\n\}, \{/g, "util.derived({}, {"),
  // The program may use the validator, too. Its global settings must not change this copy.
  replaced(core, /\(_a = globalThis\)\.__zod_globalConfig \?\? .*\n.*;/, "export const globalConfig = {};"),
  replaced(core, /globalThis\.__zod_globalConfig\?\.postProcessor/, "globalConfig.postProcessor"),
  replaced(
    /zod\/v4\/core\/registries\.js$/,
    /\(_a = globalThis\)\.__zod_globalRegistry \?\? .*\n.*;/,
    "export const globalRegistry = registry();",
  ),
  // Conditions that are never true here, so that the minifier leaves out their code. The SDK parses nothing asynchronously, backwards or with coercion;
  // a parse always checks all fields; no schema contains itself.
  replaced(everySchema, /ctx\??\.direction !== "backward"/g, "true"),
  replaced(coreSchemas, /if \(asyncResult \|\| _ instanceof Promise\) \{[\s\S]*?^ {16}\}\n\s*else /m, ""),
  replaced(coreSchemas, /if \(asyncResult\) \{[\s\S]*?^ {12}\}/m, ""),
  ...[
    "\\w+ instanceof Promise",
    '_?ctx\\.direction === "backward"',
    "ctx\\??\\.(?:async|abortEarly|skipChecks)",
    "def\\.coerce",
  ].map((fact) => replaced(everySchema, new RegExp(String.raw`(?<!\w|\.)${fact}(?! =)`, "g"), "false")),
  replaced(everySchema, /(?:core\.)?globalConfig\.memoizer/g, "undefined"),
  replaced(everySchema, /proms\.length/g, "0"),
  // The regular expression of the strings that match a schema.
  replaced(coreSchemas, /^ {4}util\.defineLazyInternal\(inst, "pattern", \(zod\) => \{\n(?: {8}.*\n)+ {4}\}\);$/gm, ""),
  // Records whose keys are not any string.
  replaced(coreSchemas, /const values = def\.keyType\._zod\.values;/, "const values = undefined;"),
  // Errors in forms for people, and the sentences of all kinds of errors. Programs only learn which field is wrong.
  {
    what: "errors",
    file: /zod\/v4\/core\/errors\.js$/,
    edit: (code) => code.replace(/^function node[\s\S]*/m, emptied).replace(/^ {4}const proto = [\s\S]*?(?=^\};)/m, ""),
  },
  {
    what: "errors",
    file: /zod\/v4\/classic\/errors\.js$/,
    edit: (code) => code.replace(/^ {4}const proto = [\s\S]*?(?=^\};)/m, ""),
  },
  { what: "sentences", file: /zod\/v4\/locales\/en\.js$/, edit: () => sentences },
  // Methods of schemas that no schema of the project calls.
  ...without(coreSchemas, "$ZodType", ['get "~standard"', 'set "~standard"']),
  ...without(classic, "ZodType", [
    ...['get "~standard"', 'set "~standard"', "get description", "get spa", "set spa", "toJSONSchema"],
    ...["with", "register", "superRefine", "overwrite", "exactOptional", "nonoptional", "array", "and", "prefault"],
    ...["readonly", "describe", "meta", "isOptional", "isNullable", "apply", "validate", "validateAsync"],
    ...["parse", "parseAsync", "async safeParseAsync", "encode", "decode", "encodeAsync", "decodeAsync"],
    ...["safeEncode", "safeDecode", "async safeEncodeAsync", "async safeDecodeAsync"],
  ]),
  ...without(classic, "_ZodString", [
    ...["includes", "startsWith", "endsWith", "length", "nonempty", "lowercase", "uppercase", "trim", "normalize"],
    ...["toLowerCase", "toUpperCase", "slugify"],
  ]),
  ...without(classic, "ZodNumber", [
    ...["gt", "gte", "lt", "lte", "int", "safe", "positive", "nonnegative", "negative", "nonpositive"],
    ...["multipleOf", "step", "finite"],
  ]),
  ...without(classic, "ZodArray", ["nonempty", "length", "unwrap"]),
  ...without(classic, "ZodObject", [
    ...["keyof", "catchall", "passthrough", "loose", "strict", "strip", "safeExtend", "merge", "pick"],
    ...["exactPartial", "required"],
  ]),
];

function replaced(file: RegExp, from: RegExp, to: string): Step {
  return { what: from.source, file, edit: (code) => code.replace(from, to) };
}

/** The sentences that replace those of the validator. */
const sentences = `export default () => ({ localeError: ({ code, expected, minimum, maximum }) =>
  code === "too_big" ? "must be at most " + maximum : code === "too_small" ? "must be at least " + minimum
  : expected ? "must be of type " + expected : "is not valid" });`;

/** Steps that remove methods from a class of schemas. */
function without(file: RegExp, owner: string, methods: readonly string[]): Step[] {
  return methods.map((method) => ({
    what: `${method} of ${owner}`,
    file,
    edit: (code) => {
      const start = code.indexOf(`export const ${owner} = `);
      const member = new RegExp(String.raw`^ {4}${method}(?:\(|: )[\s\S]*?^ {4}\},$`, "m");
      const length = code.slice(start).search(/^\}\)+;$/m);
      const own = code.slice(start, start + length);
      return code.slice(0, start) + own.replace(member, "") + code.slice(start + length);
    },
  }));
}

/** Matches the parts of a call's declaration that only documents need. */
const told = /^ *(?:summary|tag):\s+"(?:[^"\\]|\\.)*",$|^ *errors: \[[^\]]*\],$|\bdescription:\s+"(?:[^"\\]|\\.)*",/gm;

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
        const before = lean;
        lean = step.edit(lean);
        if (lean !== before) done.add(step);
      }
      return { code: lean, map: null };
    },
    buildEnd() {
      for (const step of steps)
        if (!done.has(step)) this.error(`the validator has changed: ${step.what} is not in ${step.file.source}`);
    },
  };
}

/** A module with the same exports, which do nothing. */
function emptied(code: string): string {
  const names = [...code.matchAll(/^export (?:const|function|class) (\w+)/gm)].map((match) => match[1] ?? "");
  return names.map((name) => `export const ${name} = () => undefined;`).join("\n");
}
