/** The SDK's package has a small validator in the place of zod. It must judge every schema of the project as zod does, and read answers of a newer server as it does. */
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { build } from "vite";
import { beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { lean } from "../../scripts/build/sdk/lean.ts";
import { lenient } from "../../schema/lenient.ts";
import { limits } from "../../schema/limits.ts";

const root = join(import.meta.dirname, "../..");
const files = [
  "schema",
  "schema/http",
  "schema/http/account",
  "schema/http/conversation",
  "schema/security",
  "schema/wire",
  "schema/wire/frames",
].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name}`),
);

type Judge = (value: unknown) => unknown;
let whole: ReadonlyMap<string, z.ZodType>;
let small: ReadonlyMap<string, Judge>;

beforeAll(async () => {
  const entry = "\0every-schema";
  const lines = files.map((file, i) => `export * as m${i} from ${JSON.stringify(join(root, file))};`);
  const built = await build({
    root,
    configFile: false,
    logLevel: "error",
    plugins: [
      lean(),
      {
        name: "every-schema",
        resolveId: (id) => (id === "every-schema" ? entry : undefined),
        load: (id) => (id === entry ? lines.join("\n") : undefined),
      },
    ],
    build: {
      write: false,
      minify: true,
      target: "es2022",
      rollupOptions: {
        input: "every-schema",
        preserveEntrySignatures: "strict",
        treeshake: { moduleSideEffects: false },
      },
    },
  });
  const [output] = (Array.isArray(built) ? built : "output" in built ? [built] : []).flatMap((each) => each.output);
  if (output?.type !== "chunk") throw new Error("nothing was built");
  const file = join(mkdtempSync(join(tmpdir(), "parley-lean-")), "schemas.mjs");
  writeFileSync(file, output.code);
  const bundle: Record<string, Record<string, unknown>> = await import(/* @vite-ignore */ file);
  const lenientSmall = bundle[`m${files.indexOf("schema/lenient.ts")}`]?.["lenient"];
  if (!isLenient(lenientSmall)) throw new Error("lenient is not there");
  const [wholes, smalls] = [new Map<string, z.ZodType>(), new Map<string, Judge>()];
  for (const [i, path] of files.entries()) {
    const own: Record<string, unknown> = await import(join(root, path));
    for (const [name, schema] of schemasOf(own)) {
      wholes.set(`${path} ${name}`, schema);
      wholes.set(`${path} ${name}, lenient`, lenient(schema));
    }
    for (const [name, schema] of smallsOf(bundle[`m${i}`] ?? {})) {
      smalls.set(`${path} ${name}`, judgeOf(schema));
      smalls.set(`${path} ${name}, lenient`, judgeOf(lenientSmall(schema)));
    }
  }
  [whole, small] = [wholes, smalls];
}, 240_000);

it("[C16] the validator inside the package judges each schema as zod does", () => {
  expect([...small.keys()].sort()).toEqual([...whole.keys()].sort());
  expect(whole.size).toBeGreaterThan(100);
  const done = new Set<z.ZodType>();
  for (const [name, schema] of whole) {
    if (done.has(schema)) continue;
    done.add(schema);
    const judge = small.get(name);
    const isSame = (value: unknown) => isDeepStrictEqual(judge?.(value), judged(schema.safeParse(value)));
    // What is lenient is made of what it is lenient to.
    const from = whole.get(name.replace(/, lenient$/, "")) ?? schema;
    const { failed, seed, counterexample } = fc.check(fc.property(mutated(valueOf(from)), isSame), { numRuns: 20 });
    expect({ name, seed, failed, counterexample }).toMatchObject({ failed: false });
  }
}, 240_000);

/** Everything of the answer but its sentences: of those the package has fewer. */
function judged(parsed: z.ZodSafeParseResult<unknown>): unknown {
  if (parsed.success) return { value: parsed.data };
  const [issue] = parsed.error.issues;
  return {
    code: issue?.code,
    path: issue?.path,
    origin: issue !== undefined && "origin" in issue ? issue.origin : null,
  };
}

function schemasOf(module: Record<string, unknown>): [string, z.ZodType][] {
  return Object.entries(module).flatMap(([name, value]) => partsOf(name, value));
}

/** Schemas, and those of routes. */
function partsOf(name: string, value: unknown): [string, z.ZodType][] {
  if (value instanceof z.ZodType) return [[name, value]];
  if (typeof value !== "object" || value === null || !("path" in value || "answers" in value)) return [];
  return routeParts(value).flatMap(([part, schema]) =>
    schema instanceof z.ZodType ? [[`${name}.${part}`, schema]] : [],
  );
}

function smallsOf(module: Record<string, unknown>): [string, Small][] {
  return Object.entries(module).flatMap(([name, value]): [string, Small][] => {
    if (isSmall(value)) return [[name, value]];
    if (typeof value !== "object" || value === null || !("path" in value || "answers" in value)) return [];
    return routeParts(value).flatMap(([part, schema]): [string, Small][] =>
      isSmall(schema) ? [[`${name}.${part}`, schema]] : [],
    );
  });
}

function isLenient(value: unknown): value is (schema: Small) => Small {
  return typeof value === "function";
}

function routeParts(route: object): [string, unknown][] {
  const { params, query, body, answers = {} }: Record<string, unknown> = { ...route };
  const told = Object.entries(answers ?? {}).map(([status, answer]): [string, unknown] => [
    status,
    typeof answer === "object" && answer !== null && "body" in answer ? answer.body : null,
  ]);
  return [["params", params], ["query", query], ["body", body], ...told];
}

interface Small {
  safeParse(value: unknown): z.ZodSafeParseResult<unknown>;
}

function isSmall(value: unknown): value is Small {
  return typeof value === "object" && value !== null && "safeParse" in value;
}

function judgeOf(schema: Small): Judge {
  return (value) => judged(schema.safeParse(value));
}

/** Made once: messages and users stand in many schemas, and to make what draws them takes longer than to draw. */
const made = new Map<z.core.$ZodType, fc.Arbitrary<unknown>>();
const word = fc.stringMatching(/^[a-z0-9]{1,30}$/);

/** Values that are near to what a schema takes. */
function valueOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const known = made.get(schema) ?? makeValueOf(schema);
  made.set(schema, known);
  return known;
}

function makeValueOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries<z.core.$ZodType>(schema.def.shape);
    return fc.record(Object.fromEntries(fields.map(([name, field]) => [name, valueOf(field)])), {
      noNullPrototype: true,
    });
  }
  const bounds = boundsOf(schema);
  if (schema instanceof z.ZodArray) {
    const element = valueOf(schema.def.element);
    // A list as long as it may be is one element many times: to draw a hundred messages takes a hundred times as long.
    const many = (length: number) => element.map((one) => Array.from({ length }, () => one));
    return fc.oneof(
      fc.array(element, { maxLength: 3, size: "max" }),
      ...bounds.filter((n) => n >= 0 && n <= 101).map(many),
    );
  }
  if (schema instanceof z.ZodRecord)
    return fc.dictionary(fc.string({ maxLength: 5 }), valueOf(schema.def.valueType), { maxKeys: 3 });
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.def.options.map(valueOf));
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodCatch)
    return fc.option(valueOf(schema.def.innerType), { nil: undefined });
  if (schema instanceof z.ZodNullable) return fc.option(valueOf(schema.def.innerType));
  if (schema instanceof z.ZodPipe) return valueOf(schema.def.in);
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.def.values);
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...Object.values(schema.def.entries));
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodNumber)
    return fc.oneof(fc.nat(50), fc.integer(), fc.double(), fc.constantFrom(0, -1, 2 ** 53, -(2 ** 53), ...bounds));
  if (schema instanceof z.ZodString)
    return fc.oneof(
      word,
      fc.nat(100).map(String),
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom("", "👍", "👩‍👩‍👧", "a".repeat(600)),
      fc
        .constantFrom("a", "😀", "é ")
        .chain((unit) => fc.constantFrom(...bounds, ...textBounds).map((n) => unit.repeat(Math.max(0, n)))),
    );
  return fc.anything();
}

/** Lengths of texts, which the schemas count themselves. */
const textBounds = [limits.nameCodePointsMax, limits.bioCodePointsMax].flatMap((n) => [n, n + 1]);

/** The numbers in a schema's checks, and their neighbours. */
function boundsOf({ _zod }: z.core.$ZodType): readonly number[] {
  return (_zod.def.checks ?? [])
    .flatMap((check) => {
      const { minimum, maximum, value }: Record<string, unknown> = { ...check._zod.def };
      return [minimum, maximum, value].filter((each) => typeof each === "number");
    })
    .flatMap((n) => [n - 1, n, n + 1]);
}

/** The same, in half of the cases with something wrong in it, at any depth. */
function mutated(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const wrong = fc.oneof(
    fc.anything({ maxDepth: 1 }),
    fc.constantFrom(null, undefined, -1, 2 ** 60, Number.NaN, [], {}),
  );
  return fc.oneof(
    values,
    fc
      .tuple(values, fc.array(fc.nat(5), { minLength: 4, maxLength: 8 }), wrong)
      .map(([value, choices, other]) => broken(value, choices.values(), other)),
  );
}

function broken(value: unknown, choices: Iterator<number>, other: unknown): unknown {
  const choice: number = choices.next().value ?? 0;
  if (typeof value !== "object" || value === null || choice === 0) return other;
  const keys = Object.keys(value);
  const key = keys[choice % Math.max(1, keys.length)];
  if (key === undefined) return choice % 2 === 0 ? other : value;
  const fields: Record<string, unknown> = { ...value };
  if (choice === 1) return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== key));
  if (choice === 2) return { ...fields, unheardOf: other };
  const inner = broken(fields[key], choices, other);
  return Array.isArray(value) ? value.with(Number(key), inner) : { ...fields, [key]: inner };
}
