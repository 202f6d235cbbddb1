/** Owns what a program sees of a search. */
import type { Hit, Missing } from "../../schema/http/search.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { Page, PageAsk } from "./page.ts";

/** Narrows a search. Times are milliseconds since 1970, of the server's clock, and inclusive. */
export interface SearchAsk extends PageAsk {
  readonly senderId?: string;
  readonly since?: number;
  readonly until?: number;
}

/** `items` may be few or none though there are more: as long as there is a `cursor`, the search is not finished. */
export interface SearchPage<T> extends Page<T> {
  /** What could not be looked at now: a conversation, or messages of its past. */
  readonly missing: readonly Missing[];
}

/** `highlights`: where the words stand, as half-open ranges in code points of the whole text, of which `message` may hold only the beginning. */
export type SearchHit = Hit;
export type Starred = { readonly message: Message; readonly at: number };
export type Mention = { readonly message: Message };
