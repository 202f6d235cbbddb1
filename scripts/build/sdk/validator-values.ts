/** Owns how the validator of the SDK's package reads plain values (texts, numbers, words), and what all its schemas have in common. */

export interface Issue {
  readonly code: string;
  readonly message?: string;
  readonly origin?: string;
  readonly path?: (string | number)[];
  /** Whether checks go on: what was found is the value's size or content, not its type. */
  readonly continue?: boolean;
}

/** A value as far as it is read, and what is wrong with it. */
export interface Read {
  value: unknown;
  readonly issues: Issue[];
}

export interface Check {
  readonly run: (read: Read) => void;
  /** Whether it is about a length, which is judged also where elements are wrong. */
  readonly isOfLength?: boolean;
}

/** What a field may lack: as what it comes in, and as what it goes out. */
export type Lack = "optional" | "defaulted" | undefined;

// eslint-disable-next-line typescript/no-explicit-any -- what a schema is made of differs by its class, as in zod
type Def = Record<string, any>;

export const wrongType = (): Issue[] => [{ code: "invalid_type" }];
const wrongValue = (): Issue[] => [{ code: "invalid_value" }];
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const atLeast = (least: number): string => `must be at least ${least}`;
const atMost = (most: number): string => `must be at most ${most}`;
export const isAborted = (issues: readonly Issue[]): boolean => issues.some((issue) => issue.continue !== true);

export abstract class ZodType {
  readonly def: Def;
  // What surrounds a schema is a schema itself: validator.ts adds these.
  declare optional: () => ZodType;
  declare nullable: () => ZodType;
  declare nullish: () => ZodType;
  declare default: (value: unknown) => ZodType;
  declare catch: (caught: unknown) => ZodType;
  declare or: (other: ZodType) => ZodType;
  declare pipe: (out: ZodType) => ZodType;
  declare transform: (made: (value: unknown) => unknown) => ZodType;

  constructor(def: Def) {
    this.def = def;
  }

  /** Reads a value, without the checks. */
  protected abstract parse(value: unknown): Read;

  get optin(): Lack {
    return undefined;
  }
  get optout(): Lack {
    return undefined;
  }

  read(value: unknown): Read {
    const read = this.parse(value);
    const checks: readonly Check[] = this.def["checks"] ?? [];
    for (const { run, isOfLength } of checks) {
      if (isOfLength === true ? hasLength(read.value) : !isAborted(read.issues)) run(read);
    }
    return read;
  }

  safeParse(value: unknown): object {
    const { value: data, issues } = this.read(value);
    if (issues.length === 0) return { success: true, data };
    return {
      success: false,
      error: { issues: issues.map((issue) => ({ path: [], message: "is not valid", ...issue })) },
    };
  }

  clone(def: Def): this {
    return Reflect.construct(this.constructor, [def]);
  }
  with(check: Check): this {
    return this.clone({ ...this.def, checks: [...(this.def["checks"] ?? []), check] });
  }
  check(look: (read: Read) => void): this {
    return this.with({ run: look });
  }
  refine(
    isRight: (value: unknown) => unknown,
    told:
      | string
      | {
          readonly message?: string;
          readonly error?: string;
          readonly abort?: boolean;
          readonly path?: (string | number)[];
        },
  ): this {
    const { message, error, abort, path } = typeof told === "string" ? { message: told } : told;
    const sentence = message ?? error ?? "is not valid";
    const issue = {
      code: "custom",
      message: sentence,
      continue: abort !== true,
      ...(path === undefined ? {} : { path }),
    };
    return this.with({ run: ({ value, issues }) => void (isRight(value) || issues.push(issue)) });
  }
  brand(): this {
    return this;
  }
}

function hasLength(value: unknown): boolean {
  return typeof value === "string" || Array.isArray(value);
}

function pointsOf(value: string | readonly unknown[]): number {
  return typeof value === "string" ? Array.from(value).length : value.length;
}

export abstract class Sized extends ZodType {
  min(minimum: number): this {
    return this.#sized("too_small", atLeast(minimum), (length) => length >= minimum);
  }
  max(maximum: number): this {
    return this.#sized("too_big", atMost(maximum), (length) => length <= maximum);
  }
  #sized(code: string, message: string, isRight: (length: number) => boolean): this {
    const run = ({ value, issues }: Read) => {
      if (!(typeof value === "string" || Array.isArray(value)) || isRight(pointsOf(value))) return;
      issues.push({ code, message, origin: typeof value === "string" ? "string" : "array", continue: true });
    };
    return this.with({ run, isOfLength: true });
  }
}

export class ZodString extends Sized {
  protected parse(value: unknown): Read {
    return { value, issues: typeof value === "string" ? [] : wrongType() };
  }
  regex(pattern: RegExp, message = "is not valid"): this {
    const issue = { code: "invalid_format", origin: "string", message, continue: true };
    return this.with({ run: ({ value, issues }) => void (pattern.test(String(value)) || issues.push(issue)) });
  }
}

export class ZodNumber extends ZodType {
  protected parse(value: unknown): Read {
    return { value, issues: typeof value === "number" && Number.isFinite(value) ? [] : wrongType() };
  }
  min(minimum: number): this {
    return this.#within(
      { code: "too_small", origin: "number", message: atLeast(minimum) },
      (value) => value >= minimum,
    );
  }
  max(maximum: number): this {
    return this.#within({ code: "too_big", origin: "number", message: atMost(maximum) }, (value) => value <= maximum);
  }
  whole(): this {
    return this.with({ run: ({ value, issues }) => void (Number.isInteger(value) || issues.push(...wrongType())) })
      .#within({ code: "too_big", origin: "int" }, (value) => value <= Number.MAX_SAFE_INTEGER)
      .#within({ code: "too_small", origin: "int" }, (value) => value >= Number.MIN_SAFE_INTEGER);
  }
  #within(issue: Issue, isRight: (value: number) => boolean): this {
    return this.with({
      run: ({ value, issues }) => void (isRight(Number(value)) || issues.push({ ...issue, continue: true })),
    });
  }
}

export class ZodBoolean extends ZodType {
  protected parse(value: unknown): Read {
    return { value, issues: typeof value === "boolean" ? [] : wrongType() };
  }
}

export class ZodUnknown extends ZodType {
  protected parse(value: unknown): Read {
    return { value, issues: [] };
  }
}

export class ZodLiteral extends ZodType {
  get values(): readonly unknown[] {
    return this.def["values"];
  }
  protected parse(value: unknown): Read {
    return { value, issues: this.values.includes(value) ? [] : wrongValue() };
  }
}

export class ZodEnum extends ZodLiteral {}
