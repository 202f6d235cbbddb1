/** Owns the form in which an HTTP call is declared; the gateway validates by it and the OpenAPI document is made from it. */
import { z } from "zod";
import type { ErrorCode } from "../errors.ts";
import { limits } from "../limits.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One HTTP call. `path` is written with `:name` for each key of `params`. An answer of `null` has no body. */
export type Route = {
  method: Method;
  path: string;
  summary: string;
  tag: string;
  /** Whether an access token is needed. */
  isOpen?: true;
  /** Of an open call: its address cannot be guessed, so calls with a genuine one are not counted by where they come from. The handler counts the others. */
  isGenuine?: true;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Of a call whose body is bytes, which the handler streams: what they are. */
  rawBody?: string;
  answers: Record<number, { description: string; body: z.ZodType | null; mediaType?: string }>;
  errors: readonly ErrorCode[];
};

/** Keeps a declaration's exact types. */
export function route<const R extends Route>(declaration: R): R {
  return declaration;
}

const digits = z.string().regex(/^-?[0-9]+$/, "must be an integer");

/** An integer in a query: digits, as a string. */
export const queryInteger = digits.transform(Number).pipe(z.int());

/** A number in a query, which may have decimals. */
export const queryNumber = z
  .string()
  .regex(/^-?[0-9]+(\.[0-9]+)?$/, "must be a number")
  .transform(Number)
  .pipe(z.number());

/** A counter in a query: 0 or more. */
export const queryCounter = queryInteger.pipe(z.int().min(0));

/** A page size. Above the maximum it is clipped; below 1 it is refused. */
export function limitOf(max: number, byDefault: number) {
  return digits
    .transform((limit) => Math.min(Number(limit), max))
    .pipe(z.int().min(1))
    .optional()
    .default(Math.min(max, byDefault));
}

const cursor = z.string().min(1).max(200).optional();
export const nextCursor = z.string().nullable();

/** The query of a plain list. */
export const listQuery = z.object({ cursor, limit: limitOf(limits.listPageMax, limits.listPageDefault) });
