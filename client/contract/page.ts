/** Owns how a program reads a list page by page. */

/** One page of a list; `cursor` goes into the next call and is null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor: string | null;
}
export interface PageAsk {
  readonly cursor?: string;
  /** How many at most, 1 to 100. */
  readonly limit?: number;
}
