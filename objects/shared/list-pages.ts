/** Owns pages of lists: how rows are cut to a page, and the cursor at which the next page begins. Only this server reads a cursor. */
import { Buffer } from "node:buffer";
import { z } from "zod";
import { refuse } from "../../schema/errors.ts";

/** A place in a list: what the list is sorted by, and the id that decides between equals. A page begins behind it, even if nothing stands there any more. */
export type Place<By extends number | string> = { by: By; id: string };

export type ListPage<Row> = { rows: Row[]; cursor: string | null };

export const badCursor = refuse("bad_request", "cursor: must come from an earlier answer of this list");

const id = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/);
const numbered = z.tuple([z.int().nonnegative(), id]);
const worded = z.tuple([z.string().min(1), id]);

export function cursorOf({ by, id: of }: Place<number | string>): string {
  return writeCursor([by, of]);
}

/** The place in a list that is sorted by numbers; `start` where there is no cursor; null where the cursor is none of ours. */
export function numberedPlaceOf(cursor: string | undefined, start: Place<number>): Place<number> | null {
  return cursor === undefined ? start : placeOf(cursor, numbered);
}

/** The same in a list that is sorted by words. */
export function wordedPlaceOf(cursor: string | undefined, start: Place<string>): Place<string> | null {
  return cursor === undefined ? start : placeOf(cursor, worded);
}

/** Cuts rows, of which one more than the limit was read, to a page. */
export function listPage<Row>(
  rows: readonly Row[],
  limit: number,
  place: (row: Row) => Place<number | string>,
): ListPage<Row> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, cursor: rows.length > limit && last !== undefined ? cursorOf(place(last)) : null };
}

function placeOf<By extends number | string>(cursor: string, form: z.ZodType<[By, string]>): Place<By> | null {
  const read = readCursor(cursor, form);
  return read === null ? null : { by: read[0], id: read[1] };
}

export function writeCursor(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** What a cursor says, in the form that the list wrote it in; null where it is none of ours. */
export function readCursor<T>(cursor: string, form: z.ZodType<T>): T | null {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return null;
  }
  const parsed = form.safeParse(read);
  return parsed.success ? parsed.data : null;
}
