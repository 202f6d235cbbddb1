/** The validator of the SDK's package has most of itself taken out. What is left must judge every schema of the project as the whole one does. */
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { build } from "vite";
import { beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { leanZod } from "../../scripts/build/sdk/lean-zod.ts";

const root = join(import.meta.dirname, "../..");
const files = ["schema", "schema/http", "schema/wire"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name}`),
);

type Judge = (value: unknown) => unknown;
let whole: ReadonlyMap<string, z.ZodType>;
let lean: ReadonlyMap<string, Judge>;

beforeAll(async () => {
  const entry = "\0every-schema";
  const lines = files.map((file, i) => `export * as m${i} from ${JSON.stringify(join(root, file))};`);
  const built = await build({
    root,
    configFile: false,
    logLevel: "error",
    plugins: [
      leanZod(),
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
  const made: Record<string, Record<string, unknown>> = await import(/* @vite-ignore */ file);
  const [wholes, leans] = [new Map<string, z.ZodType>(), new Map<string, Judge>()];
  for (const [i, path] of files.entries()) {
    const own: Record<string, unknown> = await import(join(root, path));
    for (const [name, schema] of schemasOf(own)) wholes.set(`${path} ${name}`, schema);
    for (const [name, judge] of judgesOf(made[`m${i}`] ?? {})) leans.set(`${path} ${name}`, judge);
  }
  [whole, lean] = [wholes, leans];
}, 60_000);

it("[C16] the validator inside the package judges each schema as the whole one does", () => {
  expect([...lean.keys()].sort()).toEqual([...whole.keys()].sort());
  expect(whole.size).toBeGreaterThan(100);
  const done = new Set<z.ZodType>();
  for (const [name, schema] of whole) {
    if (done.has(schema)) continue;
    done.add(schema);
    const judge = lean.get(name);
    const isSame = (value: unknown) => isDeepStrictEqual(judge?.(value), judged(schema.safeParse(value)));
    const { failed, seed, counterexample } = fc.check(fc.property(mutated(valueOf(schema)), isSame), { numRuns: 40 });
    expect({ name, seed, failed, counterexample }).toMatchObject({ failed: false });
  }
}, 60_000);

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

function judgesOf(module: Record<string, unknown>): [string, Judge][] {
  return Object.entries(module).flatMap(([name, value]): [string, Judge][] => {
    if (isLean(value)) return [[name, judgeOf(value)]];
    if (typeof value !== "object" || value === null || !("path" in value || "answers" in value)) return [];
    return routeParts(value).flatMap(([part, schema]): [string, Judge][] =>
      isLean(schema) ? [[`${name}.${part}`, judgeOf(schema)]] : [],
    );
  });
}

function routeParts(route: object): [string, unknown][] {
  const { params, query, body, answers = {} }: Record<string, unknown> = { ...route };
  const told = Object.entries(answers ?? {}).map(([status, answer]): [string, unknown] => [
    status,
    typeof answer === "object" && answer !== null && "body" in answer ? answer.body : null,
  ]);
  return [["params", params], ["query", query], ["body", body], ...told];
}

interface Lean {
  safeParse(value: unknown): z.ZodSafeParseResult<unknown>;
}

function isLean(value: unknown): value is Lean {
  return typeof value === "object" && value !== null && "safeParse" in value && "_zod" in value;
}

function judgeOf(schema: Lean): Judge {
  return (value) => judged(schema.safeParse(value));
}

/** Values that are near to what a schema takes. */
function valueOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries<z.core.$ZodType>(schema.def.shape);
    return fc.record(Object.fromEntries(fields.map(([name, field]) => [name, valueOf(field)])), {
      noNullPrototype: true,
    });
  }
  if (schema instanceof z.ZodArray) return fc.array(valueOf(schema.def.element), { maxLength: 3 });
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
  if (schema instanceof z.ZodNumber) return fc.oneof(fc.nat(50), fc.integer(), fc.double());
  if (schema instanceof z.ZodString)
    return fc.oneof(
      fc.stringMatching(/^[a-z0-9]{1,30}$/),
      fc.nat(100).map(String),
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom("", "👍", "👩‍👩‍👧", "a".repeat(600)),
    );
  return fc.anything();
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
