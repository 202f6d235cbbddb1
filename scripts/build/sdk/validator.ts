/**
 * Owns the validator inside the SDK's package: as much of zod as the schemas of the project use, in its words. The package's build puts it in zod's
 * place, which weighs several times as much. A test judges every schema with both.
 */
import {
  isAborted,
  isObject,
  Sized,
  wrongType,
  ZodBoolean,
  ZodEnum,
  ZodLiteral,
  ZodNumber,
  ZodString,
  ZodType,
  ZodUnknown,
  type Check,
  type Issue,
  type Lack,
  type Read,
} from "./validator-values.ts";

class ZodArray extends Sized {
  protected parse(value: unknown): Read {
    if (!Array.isArray(value)) return { value, issues: wrongType() };
    // Of one that is too long the elements are not looked at.
    const early: Read = { value, issues: [] };
    const checks: readonly Check[] = this.def["checks"] ?? [];
    for (const { run, isOfLength } of checks) if (isOfLength === true) run(early);
    if (early.issues.some(({ code }) => code === "too_big"))
      return { value, issues: early.issues.map((issue) => ({ ...issue, continue: false })) };
    const issues: Issue[] = [];
    const read = value.map((each: unknown, i) => inside(this.def["element"], each, i, issues));
    return { value: read, issues };
  }
}

/** Reads what stands at a place of a value; a fault in it is reported with that place. */
function inside(schema: ZodType, value: unknown, at: string | number, issues: Issue[]): unknown {
  const read = schema.read(value);
  for (const issue of read.issues) issues.push({ ...issue, path: [at, ...(issue.path ?? [])] });
  return read.value;
}

class ZodTuple extends ZodType {
  protected parse(value: unknown): Read {
    if (!Array.isArray(value)) return { value, issues: wrongType() };
    const items: readonly ZodType[] = this.def["items"];
    if (value.length < items.length) return { value, issues: [{ code: "too_small", origin: "array" }] };
    const issues: Issue[] = value.length > items.length ? [{ code: "too_big", origin: "array" }] : [];
    return { value: items.map((item, i) => inside(item, value[i], i, issues)), issues };
  }
}

class ZodObject extends ZodType {
  get shape(): Readonly<Record<string, ZodType>> {
    return this.def["shape"];
  }
  extend(shape: Record<string, ZodType>): ZodObject {
    return new ZodObject({ ...this.def, shape: { ...this.shape, ...shape } });
  }
  omit(names: Record<string, true>): ZodObject {
    return this.#of(Object.entries(this.shape).filter(([name]) => !(name in names)));
  }
  partial(): ZodObject {
    return this.#of(Object.entries(this.shape).map(([name, field]) => [name, field.optional()]));
  }
  #of(fields: readonly (readonly [string, ZodType])[]): ZodObject {
    return new ZodObject({ ...this.def, shape: Object.fromEntries(fields) });
  }

  protected parse(value: unknown): Read {
    if (!isObject(value)) return { value, issues: wrongType() };
    const read: Record<string, unknown> = {};
    const issues: Issue[] = [];
    for (const [name, field] of Object.entries(this.shape)) {
      const { optin, optout } = field;
      const isThere = name in value;
      const found: Issue[] = [];
      const each = inside(field, value[name], name, found);
      if (!isThere && optout === "optional" && (optin === "optional" || (found.length > 0 && optin !== undefined)))
        continue;
      if (!isThere && optin === undefined && found.length === 0) found.push({ code: "invalid_type", path: [name] });
      issues.push(...found);
      if (each !== undefined || isThere || (optin === "defaulted" && optout !== "optional")) read[name] = each;
    }
    if (this.def["isLoose"] === true)
      for (const name in value) if (!(name in this.shape) && name !== "__proto__") read[name] = value[name];
    return { value: read, issues };
  }
}

class ZodRecord extends ZodType {
  protected parse(value: unknown): Read {
    if (!isObject(value)) return { value, issues: wrongType() };
    const read: Record<string, unknown> = {};
    const issues: Issue[] = [];
    for (const name of Object.keys(value))
      if (name !== "__proto__") read[name] = inside(this.def["valueType"], value[name], name, issues);
    return { value: read, issues };
  }
}

class ZodUnion extends ZodType {
  get options(): readonly ZodType[] {
    return this.def["options"];
  }
  override get optin(): Lack {
    const lacks = this.options.map(({ optin }) => optin);
    return lacks.find((each) => each === "defaulted") ?? lacks.find((each) => each !== undefined);
  }
  override get optout(): Lack {
    return this.options.map(({ optout }) => optout).find((each) => each !== undefined);
  }
  protected parse(value: unknown): Read {
    const reads: Read[] = [];
    for (const option of this.options) {
      const read = option.read(value);
      if (read.issues.length === 0) return read;
      reads.push(read);
    }
    const near = reads.filter(({ issues }) => !isAborted(issues));
    return near.length === 1 && near[0] !== undefined ? near[0] : { value, issues: [{ code: "invalid_union" }] };
  }
}

class ZodDiscriminatedUnion extends ZodUnion {
  protected override parse(value: unknown): Read {
    if (!isObject(value)) return { value, issues: wrongType() };
    const by: string = this.def["discriminator"];
    const option = this.options.find((each) => {
      const field = each instanceof ZodObject ? each.shape[by] : undefined;
      return field instanceof ZodLiteral && field.values.includes(value[by]);
    });
    return option?.read(value) ?? { value, issues: [{ code: "invalid_union", path: [by] }] };
  }
}

/** Of objects: what both have of it. */
class ZodIntersection extends ZodType {
  protected parse(value: unknown): Read {
    const [left, right]: Read[] = [this.def["left"].read(value), this.def["right"].read(value)];
    const issues = [...(left?.issues ?? []), ...(right?.issues ?? [])];
    return { value: issues.length === 0 ? Object.assign({}, left?.value, right?.value) : value, issues };
  }
}

/** Around another schema. */
abstract class Around extends ZodType {
  protected get inner(): ZodType {
    return this.def["innerType"];
  }
  override get optin(): Lack {
    return this.inner.optin === "defaulted" ? "defaulted" : "optional";
  }
  override get optout(): Lack {
    return this.inner.optout;
  }
}

class ZodOptional extends Around {
  override get optout(): Lack {
    return "optional";
  }
  protected parse(value: unknown): Read {
    if (value !== undefined) return this.inner.read(value);
    const read = this.inner.optin === "defaulted" ? this.inner.read(value) : undefined;
    return { value: read?.issues.length === 0 ? read.value : undefined, issues: [] };
  }
}

class ZodNullable extends Around {
  override get optin(): Lack {
    return this.inner.optin;
  }
  protected parse(value: unknown): Read {
    return value === null ? { value, issues: [] } : this.inner.read(value);
  }
}

class ZodDefault extends Around {
  override get optin(): Lack {
    return "defaulted";
  }
  override get optout(): Lack {
    return undefined;
  }
  protected parse(value: unknown): Read {
    const read = value === undefined ? { value, issues: [] } : this.inner.read(value);
    return { value: read.value === undefined ? this.def["defaultValue"] : read.value, issues: read.issues };
  }
}

class ZodCatch extends Around {
  protected parse(value: unknown): Read {
    const read = this.inner.read(value);
    return read.issues.length === 0 ? read : { value: this.def["caught"](), issues: [] };
  }
}

class ZodPipe extends ZodType {
  override get optin(): Lack {
    return this.def["in"].optin;
  }
  override get optout(): Lack {
    return this.def["out"].optout;
  }
  protected parse(value: unknown): Read {
    const read: Read = this.def["in"].read(value);
    return read.issues.length === 0
      ? this.def["out"].read(read.value)
      : { ...read, issues: read.issues.map((issue) => ({ ...issue, continue: false })) };
  }
}

class ZodTransform extends ZodType {
  override get optin(): Lack {
    return "optional";
  }
  protected parse(value: unknown): Read {
    return { value: this.def["made"](value), issues: [] };
  }
}

Object.assign(ZodType.prototype, {
  optional(this: ZodType) {
    return new ZodOptional({ innerType: this });
  },
  nullable(this: ZodType) {
    return new ZodNullable({ innerType: this });
  },
  nullish(this: ZodType) {
    return this.nullable().optional();
  },
  default(this: ZodType, defaultValue: unknown) {
    return new ZodDefault({ innerType: this, defaultValue });
  },
  catch(this: ZodType, caught: unknown) {
    return new ZodCatch({ innerType: this, caught: typeof caught === "function" ? caught : () => caught });
  },
  or(this: ZodType, other: ZodType) {
    return new ZodUnion({ options: [this, other] });
  },
  pipe(this: ZodType, out: ZodType) {
    return new ZodPipe({ in: this, out });
  },
  transform(this: ZodType, made: (value: unknown) => unknown) {
    return this.pipe(new ZodTransform({ made }));
  },
});

export const z = {
  ZodType,
  ZodObject,
  ZodArray,
  ZodRecord,
  ZodUnion,
  ZodOptional,
  ZodNullable,
  ZodDefault,
  string: (): ZodString => new ZodString({}),
  number: (): ZodNumber => new ZodNumber({}),
  int: (): ZodNumber => new ZodNumber({}).whole(),
  boolean: (): ZodBoolean => new ZodBoolean({}),
  unknown: (): ZodUnknown => new ZodUnknown({}),
  literal: (value: unknown): ZodLiteral => new ZodLiteral({ values: [value] }),
  enum: (values: readonly string[]): ZodEnum => new ZodEnum({ values }),
  array: (element: ZodType): ZodArray => new ZodArray({ element }),
  tuple: (items: readonly ZodType[]): ZodTuple => new ZodTuple({ items }),
  object: (shape: Record<string, ZodType>): ZodObject => new ZodObject({ shape }),
  looseObject: (shape: Record<string, ZodType>): ZodObject => new ZodObject({ shape, isLoose: true }),
  record: (_key: ZodString, valueType: ZodType): ZodRecord => new ZodRecord({ valueType }),
  union: (options: readonly ZodType[]): ZodUnion => new ZodUnion({ options }),
  intersection: (left: ZodType, right: ZodType): ZodIntersection => new ZodIntersection({ left, right }),
  discriminatedUnion: (discriminator: string, options: readonly ZodType[]): ZodUnion =>
    new ZodDiscriminatedUnion({ discriminator, options }),
};
