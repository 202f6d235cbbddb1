/**
 * Owns finding the first message at or after a time, by reading few messages one by one: each is taken from where it should lie between two whose
 * times are known. Pure.
 */

export interface DaySearch {
  /** The first message that the user may see, and the newest. */
  readonly first: number;
  readonly last: number;
  readonly time: number;
  /** Messages within which the search may end: a page of them is fetched anyway. */
  readonly nearEnough: number;
  readonly sentAt: (seq: number) => Promise<number>;
}

/** The message is behind `after`, and is `upTo` or one before it. */
export interface Found {
  readonly after: number;
  readonly upTo: number;
}

/** null where all messages are older. */
export async function searchDay({ first, last, time, nearEnough, sentAt }: DaySearch): Promise<Found | null> {
  if (last < first) return null;
  let high = { seq: last, at: await sentAt(last) };
  if (high.at < time) return null;
  let low = { seq: first, at: first === last ? high.at : await sentAt(first) };
  if (low.at >= time) return { after: first - 1, upTo: first };
  let isHalving = false;
  while (high.seq - low.seq > Math.max(1, nearEnough)) {
    const gap = high.seq - low.seq;
    const share = isHalving ? 0.5 : (time - low.at) / (high.at - low.at);
    const seq = low.seq + Math.min(gap - 1, Math.max(1, Math.round(gap * share)));
    const at = await sentAt(seq);
    if (at < time) low = { seq, at };
    else high = { seq, at };
    // People write unevenly: after a guess that left more than half, the middle is next.
    isHalving = !isHalving && high.seq - low.seq > gap / 2;
  }
  return { after: low.seq, upTo: high.seq };
}
