/** Owns how the emoji of the picker lie in rows, and where the arrow keys lead among them. */
import type { Emoji, Group } from "./emoji.ts";

export const columns = 8;

/** A part of the picker: those used of late, a group of Unicode, or what was found. */
export interface Section {
  readonly name: "recent" | "found" | Group;
  readonly emoji: readonly Emoji[];
}

export type GridRow =
  | { readonly kind: "title"; readonly name: Section["name"] }
  /** `first`: the place of its first emoji among all that are shown. */
  | { readonly kind: "emoji"; readonly first: number; readonly emoji: readonly Emoji[] };

export function gridRows(sections: readonly Section[]): readonly GridRow[] {
  const rows: GridRow[] = [];
  let first = 0;
  for (const { name, emoji } of sections) {
    if (emoji.length === 0) continue;
    if (name !== "found") rows.push({ kind: "title", name });
    for (let at = 0; at < emoji.length; at += columns) {
      rows.push({ kind: "emoji", first: first + at, emoji: emoji.slice(at, at + columns) });
    }
    first += emoji.length;
  }
  return rows;
}

export type Move = "next" | "before" | "down" | "up";

/** The place that a key leads to; the same place where there is none beyond. Up and down keep the column, or take the last one of a short row. */
export function moved(rows: readonly GridRow[], place: number, move: Move): number {
  const lines = rows.filter((row) => row.kind === "emoji");
  const last = lines.at(-1);
  if (last === undefined) return 0;
  const end = last.first + last.emoji.length - 1;
  if (move === "next") return Math.min(end, place + 1);
  if (move === "before") return Math.max(0, place - 1);
  const line = lines.findIndex(({ first, emoji }) => place >= first && place < first + emoji.length);
  const column = place - (lines[line]?.first ?? 0);
  const to = lines[line + (move === "down" ? 1 : -1)];
  return to === undefined ? place : to.first + Math.min(column, to.emoji.length - 1);
}

/** The row in which a place is. */
export function rowOf(rows: readonly GridRow[], place: number): number {
  return rows.findIndex((row) => row.kind === "emoji" && place >= row.first && place < row.first + row.emoji.length);
}

export function emojiAt(rows: readonly GridRow[], place: number): Emoji | undefined {
  const row = rows[rowOf(rows, place)];
  return row?.kind === "emoji" ? row.emoji[place - row.first] : undefined;
}
