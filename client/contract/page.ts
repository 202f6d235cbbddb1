/** Owns how a program ends a call that waits, and how it reads a list page by page. */

/** One page of a list; `cursor` goes into the next call and is null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor: string | null;
}

/** Options of a call that waits. */
export interface CallOptions {
  /** Ends the waiting: the call rejects with the signal's reason. The server may still do what the call asked for. */
  readonly signal?: AbortSignal | undefined;
}

export interface PageAsk extends CallOptions {
  /** The `cursor` of the page before. */
  readonly cursor?: string;
  /** How many at most, 1 to 100. */
  readonly limit?: number;
}
