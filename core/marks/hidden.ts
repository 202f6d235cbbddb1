/**
 * Owns which messages of a conversation a user has hidden from themself: stretches of seqs, ascending, apart from each other by at least one message. So a
 * hundred messages that were selected together are one stretch, and the number of stretches has a bound.
 */
import type { Rev, Seq } from "../../schema/ids.ts";

/** From the first message to the last, both inclusive. */
export type HiddenStretch = { from: Seq; to: Seq };
export type Hidden = readonly Readonly<HiddenStretch>[];

/** Everything up to `seq`, and the notices up to `rev`, is hidden from the user. */
export type Cleared = { readonly seq: Seq; readonly rev: Rev };

/** What a user has hidden of a conversation. */
export type Hides = { readonly cleared?: Cleared | undefined; readonly hidden: Hidden };

/** With these messages hidden as well; the same object where all of them are already. */
export function withHidden(hidden: Hidden, seqs: readonly Seq[]): Hidden {
  const fresh = seqs.filter((seq) => indexIn(hidden, seq) === undefined);
  if (fresh.length === 0) return hidden;
  const all = [...hidden, ...fresh.map((seq) => ({ from: seq, to: seq }))].sort((a, b) => a.from - b.from);
  const joined: HiddenStretch[] = [];
  for (const { from, to } of all) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to + 1) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

/** With these messages shown again; the same object where none of them is hidden. */
export function withoutHidden(hidden: Hidden, seqs: readonly Seq[]): Hidden {
  let rest = hidden;
  for (const seq of seqs) {
    const at = indexIn(rest, seq);
    if (at === undefined) continue;
    const { from, to } = rest[at] ?? { from: seq, to: seq };
    const parts: HiddenStretch[] = [];
    if (from < seq) parts.push({ from, to: seq - 1 });
    if (seq < to) parts.push({ from: seq + 1, to });
    rest = rest.toSpliced(at, 1, ...parts);
  }
  return rest;
}

/** Without what a cleared history hides anyway. */
export function aboveCleared(hidden: Hidden, cleared: Seq): Hidden {
  if ((hidden[0]?.from ?? Infinity) > cleared) return hidden;
  return hidden.flatMap(({ from, to }) => (to <= cleared ? [] : [{ from: Math.max(from, cleared + 1), to }]));
}

/** The newest hidden message; 0 where there is none. */
export function newestHidden(hidden: Hidden): Seq {
  return hidden.at(-1)?.to ?? 0;
}

export function isHidden({ cleared, hidden }: Hides, seq: Seq): boolean {
  return seq <= (cleared?.seq ?? 0) || indexIn(hidden, seq) !== undefined;
}

/** Binary search: the stretch that has a message. */
function indexIn(hidden: Hidden, seq: Seq): number | undefined {
  let [low, high] = [0, hidden.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((hidden[middle]?.to ?? Infinity) < seq) low = middle + 1;
    else high = middle;
  }
  const found = hidden[low];
  return found !== undefined && found.from <= seq ? low : undefined;
}
