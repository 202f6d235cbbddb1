/** Owns the order of hits over all conversations, newest first, and the cursor of a search. A client may send any cursor, so it is checked when it comes back. */
import { z } from "zod";
import type { Before, ListPlace } from "../../objects/contract/search.ts";
import { readCursor, writeCursor } from "../../objects/shared/list-pages.ts";
import { conversationId, type ConversationId, type Seq, type TimeMs } from "../../schema/ids.ts";

export type HitPlace = { at: TimeMs; id: ConversationId; seq: Seq };

/** By time, the newest first; at the same time by conversation; within a conversation the newest first. */
export function byPlace(a: HitPlace, b: HitPlace): number {
  if (a.at !== b.at) return b.at - a.at;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return b.seq - a.seq;
}

/** The place in one conversation behind which the search goes on. */
export function beforeIn(id: ConversationId, place: HitPlace | null): Before {
  const { at, seq } = place === null ? { at: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER } : place;
  if (place === null || id === place.id) return { at, seq };
  return { at, seq: id < place.id ? 0 : Number.MAX_SAFE_INTEGER };
}

/** `place`: the place behind which the search goes on. `round`: the place of the user's list behind which the conversations of this round begin; null in the first round. */
export type SearchCursor = { place: HitPlace | null; round: ListPlace | null };

const time = z.int().nonnegative();
export const placeForm = z.tuple([time, conversationId, time]);
const form = z.tuple([placeForm.nullable(), z.tuple([time, conversationId]).nullable()]);

export function cursorText({ place, round }: SearchCursor): string {
  return writeCursor([place && [place.at, place.id, place.seq], round && [round.at, round.id]]);
}

/** Null if the text is no cursor of this server. */
export function cursorOf(text: string | undefined): SearchCursor | null {
  if (text === undefined) return { place: null, round: null };
  const read = readCursor(text, form);
  if (read === null) return null;
  const [place, round] = read;
  return {
    place: place && { at: place[0], id: place[1], seq: place[2] },
    round: round && { at: round[0], id: round[1] },
  };
}
