// Answers and frames of a newer server: unknown fields, kinds, roles and elements at every place of every one of them.
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ParleyError } from "../../../client/errors.ts";
import { liveFrame, readLiveFrame, readSyncFrame, syncFrame } from "../../../client/link/frames.ts";
import { lenient } from "../../../schema/lenient.ts";
import { listMembers } from "../../../schema/http/conversation/conversations.ts";
import { chainRange } from "../../../schema/http/conversation/messages.ts";
import { routes } from "../../../schema/http/routes.ts";
import { liveDownFrame, syncDownFrame } from "../../../schema/wire/frames/down.ts";
import { givenRole } from "../../../schema/wire/message.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Path = readonly (string | number)[];

/** A value that a schema allows, with every optional field, and its places. */
interface Sample {
  readonly value: Json;
  /** Lists, whose elements may be of a newer server. */
  readonly lists: readonly Path[];
  /** Values that a newer server may extend: one of several words, or what may be missing. */
  readonly open: readonly Path[];
  readonly objects: readonly Path[];
}

const leaf = (value: Json, isOpen = false): Sample => ({ value, lists: [], open: isOpen ? [[]] : [], objects: [] });
const under = (name: string | number, { lists, open, objects }: Sample) => {
  const at = (paths: readonly Path[]) => paths.map((path) => [name, ...path]);
  return { lists: at(lists), open: at(open), objects: at(objects) };
};

/** One sample, or one for each form of a union. */
function samplesOf(schema: z.core.$ZodType): Sample[] {
  if (schema instanceof z.ZodObject) {
    const fields: [string, z.core.$ZodType][] = Object.entries(schema.def.shape);
    const each = fields.map(([name, field]) => [name, samplesOf(field)[0] ?? leaf(null)] as const);
    const places = each.map(([name, sample]) => under(name, sample));
    return [
      {
        value: Object.fromEntries(each.map(([name, { value }]) => [name, value])),
        lists: places.flatMap(({ lists }) => lists),
        open: schema === chainRange ? [] : places.flatMap(({ open }) => open),
        objects: [[], ...places.flatMap(({ objects }) => objects)],
      },
    ];
  }
  if (schema instanceof z.ZodArray) {
    const forms = samplesOf(schema.def.element).flatMap((form) => [form, form]);
    const places = forms.map((form, i) => under(i, form));
    return [
      {
        value: forms.map(({ value }) => value),
        lists: [[], ...places.flatMap(({ lists }) => lists)],
        open: [...forms.map((_, i) => [i]), ...places.flatMap(({ open }) => open)],
        objects: places.flatMap(({ objects }) => objects),
      },
    ];
  }
  // Read as it stands or not at all.
  if (schema instanceof z.ZodTuple) return [leaf(schema.def.items.map((item) => samplesOf(item)[0]?.value ?? null))];
  if (schema instanceof z.ZodUnion) return schema.def.options.flatMap(samplesOf);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return samplesOf(schema.def.innerType).map((form) => ({ ...form, open: [[], ...form.open] }));
  }
  if (schema instanceof z.ZodRecord) return [leaf({ known: 1 })];
  if (schema instanceof z.ZodEnum) return [leaf(String(schema.options[0]), schema !== givenRole)];
  if (schema instanceof z.ZodLiteral) return [leaf(z.json().parse([...schema.def.values][0]))];
  if (schema instanceof z.ZodBoolean) return [leaf(true)];
  if (schema instanceof z.ZodNumber) return [leaf(7)];
  const text = ["word", "en", "22:00", "UTC"].find((each) => z.safeParse(schema, each).success);
  if (text === undefined) throw new Error(`no sample of ${JSON.stringify(schema._zod.def)}`);
  return [leaf(text)];
}

function withAt(value: Json, path: Path, change: (here: Json) => Json): Json {
  const [first, ...rest] = path;
  if (first === undefined) return change(value);
  if (Array.isArray(value)) return value.map((each, i) => (i === first ? withAt(each, rest, change) : each));
  if (typeof value !== "object" || value === null) throw new Error("no such place");
  return Object.fromEntries(
    Object.entries(value).map(([k, each]) => [k, k === first ? withAt(each, rest, change) : each]),
  );
}

/** Quicker than `toEqual`, which counts where there are so many comparisons. */
function expectSame(read: unknown, before: unknown, place: string): void {
  if (!isDeepStrictEqual(read, before)) expect(read, place).toEqual(before);
}

/** Expects that everything beside a place is as it was, as far as what holds the place is there. */
function expectRest(read: unknown, before: unknown, path: Path): void {
  const [first, ...rest] = path;
  if (first === undefined || read === null || read === undefined) return;
  if (Array.isArray(before) && Array.isArray(read)) {
    const others = before.filter((_, i) => i !== first);
    const isLeftOut = read.length === others.length;
    expectSame(isLeftOut ? read : read.filter((_, i) => i !== first), others, String(first));
    return isLeftOut ? undefined : expectRest(read[Number(first)], before[Number(first)], rest);
  }
  const [now, then] = [fields.parse(read), fields.parse(before)];
  expectSame({ ...now, [first]: undefined }, { ...then, [first]: undefined }, String(first));
  expectRest(now[first], then[first], rest);
}
const fields = z.record(z.string(), z.unknown());

const answers = routes.flatMap(({ method, path, answers: all }) =>
  Object.entries(all).flatMap(([status, { body, mediaType }]) =>
    body === null || mediaType !== undefined
      ? []
      : [{ name: `${method} ${path} ${status}`, schema: body, reader: lenient(body) }],
  ),
);
const frames = [
  { name: "sync", schema: syncDownFrame, reader: syncFrame },
  { name: "live", schema: liveDownFrame, reader: liveFrame },
];
const cases = [...answers, ...frames].flatMap(({ name, schema, reader }) =>
  samplesOf(schema).map((sample, i) => ({
    name: `${name}, form ${i}`,
    schema,
    sample,
    read: (said: Json) => z.safeParse<z.core.$ZodType>(reader, said),
    plain: z.parse(schema, sample.value),
  })),
);

/** What none of this version's schemas takes for an element of a list. */
const unknown = fc.constantFrom<Json[]>(null, 7.5, true, [], {}, [null], { kind: "hologram", id: 5 }, { type: "wave" });
const newForm = fc.constantFrom<Json[]>("of-a-newer-server", 7.5, { of: "a newer server" }, ["newer"]);
const newField = fc.constantFrom<Json[]>(1, "x", { a: [null] }, [{}]);

function isOk(value: unknown): value is object {
  return z.object({ type: z.literal("ok") }).safeParse(value).success;
}

/** Checks every answer and frame with random news. */
function everywhere<T>(news: fc.Arbitrary<T>, check: (each: (typeof cases)[number], news: T) => void): void {
  const property = fc.property(news, (value) => {
    for (const each of cases) {
      try {
        check(each, value);
      } catch (error) {
        throw new Error(each.name, { cause: error });
      }
    }
  });
  fc.assert(property, { numRuns: 8 });
}

describe("[P21] a newer server", () => {
  it("is read alike where it says nothing new", () => {
    expect(cases.length).toBeGreaterThan(50);
    for (const { name, sample, read, plain } of cases) expect(read(sample.value).data, name).toEqual(plain);
  });

  it("may add fields to every object", () => {
    everywhere(fc.tuple(newField, fc.constantFrom("newer", "__proto__", "constructor")), (each, [value, key]) => {
      const { sample, read, plain } = each;
      for (const path of sample.objects) {
        const more = withAt(sample.value, path, (here) =>
          Object.fromEntries([...Object.entries(here ?? {}), ["@", value]]),
        );
        const { data } = read(z.json().parse(JSON.parse(JSON.stringify(more).replace('"@":', `"${key}":`))));
        // An `ok` carries whatever was asked for.
        if (isOk(plain)) expect(data).toMatchObject(plain);
        else expectSame(data, plain, path.join("."));
      }
    });
  });

  it("may put elements into every list that nobody here knows: the others are taken, in their order", () => {
    everywhere(fc.tuple(unknown, fc.nat()), ({ schema, sample, read, plain }, [element, place]) => {
      for (const path of sample.lists) {
        const said = withAt(sample.value, path, (here) =>
          Array.isArray(here) ? here.toSpliced(place % (here.length + 1), 0, element) : here,
        );
        if (schema === chainRange) expect(read(said).success).toBe(false);
        else expectSame(read(said).data, plain, path.join("."));
      }
    });
  });

  it("may use new words, and new forms of what may be missing: everything beside them is taken", () => {
    everywhere(newForm, ({ sample, read, plain }, form) => {
      for (const path of sample.open) {
        const { success, data } = read(withAt(sample.value, path, () => form));
        if (!success) throw new Error(path.join("."));
        expectRest(data, plain, path);
      }
    });
  });

  it("may have roles of its own: the members who have them are listed, with the least of rights", () => {
    const user = { id: "u1", handle: "ana", name: "Ana", bio: "", avatarUrl: null };
    const member = { user, role: "member", joinedAt: 1, delivered: 0, read: 0 };
    const page = lenient(listMembers.answers[200].body).parse({
      members: [{ ...member, role: "moderator" }, member],
      cursor: null,
    });
    expect(page.members).toEqual([member, member]);
  });

  it("may send frames that nobody here knows among others, and errors with a code and advice of its own", () => {
    const typing = { type: "typing", conversationId: "c1", userId: "u1", until: 5 };
    const error = {
      type: "error",
      ref: "r1",
      code: "too_early",
      detail: "not yet",
      retry: "tomorrow",
      retryAfterMs: 5,
    };
    const said = JSON.stringify([{ type: "wave" }, typing, 7, error]);
    for (const read of [readSyncFrame, readLiveFrame])
      expect(read(said)).toEqual({ frames: [typing, { ...error, retry: undefined }] });
    expect(new ParleyError({ code: "too_early", detail: "" }).retry).toBe("never");
    expect(new ParleyError({ code: "too_early", detail: "", retryAfterMs: 5 }).retry).toBe("later");
    expect(new ParleyError({ code: "too_early", detail: "", status: 503 }).retry).toBe("later");
    expect(new ParleyError({ code: "resync_required", detail: "" }).retry).toBe("resync");
  });
});
