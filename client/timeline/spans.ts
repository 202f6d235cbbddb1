/**
 * Owns arithmetic on stretches of messages. A span holds the messages `after + 1` to `to`; an empty one (`after === to`) is a place where
 * it is known that nothing lies beyond, such as the beginning of a conversation without messages. Lists of spans are ascending and do not touch.
 */
import type { Seq } from "../../schema/ids.ts";

export type Span = { readonly after: Seq; readonly to: Seq };

export type Spans = readonly Span[];

/** The list with one span more; what touches or overlaps becomes one. */
export function withSpan(spans: Spans, added: Span): Spans {
  const around = spans.filter((span) => span.to >= added.after && span.after <= added.to);
  const [only] = around;
  if (around.length === 1 && only !== undefined && only.after <= added.after && only.to >= added.to) return spans;
  const merged = {
    after: Math.min(added.after, ...around.map((span) => span.after)),
    to: Math.max(added.to, ...around.map((span) => span.to)),
  };
  return [...spans.filter((span) => span.to < added.after), merged, ...spans.filter((span) => span.after > added.to)];
}

/** The list without everything above `seq`. */
export function cutAbove(spans: Spans, seq: Seq): Spans {
  if ((spans.at(-1)?.to ?? 0) <= seq) return spans;
  return spans
    .filter((span) => span.after <= seq)
    .map((span) => (span.to <= seq ? span : { after: span.after, to: seq }));
}

/** The list without everything up to and including `seq`. */
export function cutBelow(spans: Spans, seq: Seq): Spans {
  if ((spans[0]?.after ?? seq) >= seq) return spans;
  return spans.filter((span) => span.to > seq).map((span) => (span.after >= seq ? span : { after: seq, to: span.to }));
}

/** The part of the list that lies within `zones`, which is such a list, too. */
export function spansWithin(spans: Spans, zones: Spans): Spans {
  return spans.flatMap((span) =>
    zones.flatMap((zone) => {
      const part = { after: Math.max(span.after, zone.after), to: Math.min(span.to, zone.to) };
      return part.to > part.after || (span.after === span.to && part.to === part.after) ? [part] : [];
    }),
  );
}

/** How many messages the list holds. */
export function countOf(spans: Spans): number {
  return spans.reduce((sum, { after, to }) => sum + to - after, 0);
}

export function holds(spans: Spans, seq: Seq): boolean {
  return spanOf(spans, seq) !== undefined;
}

/** The span that holds a message. */
export function spanOf(spans: Spans, seq: Seq): Span | undefined {
  return spans.find((span) => span.after < seq && seq <= span.to);
}

/** The neighbours of a message that no span holds: the last before it and the first behind it that are held, as far as there are any. */
export function gapAt(spans: Spans, seq: Seq): { readonly after: Seq | undefined; readonly before: Seq | undefined } {
  const behind = spans.find(({ after }) => after >= seq);
  return { after: spans.findLast(({ to }) => to < seq)?.to, before: behind && behind.after + 1 };
}

/** The stretches that ascending seqs make. */
export function spansOfSeqs(seqs: readonly Seq[]): Spans {
  const spans: Span[] = [];
  let from: Seq | undefined;
  seqs.forEach((seq, i) => {
    from ??= seq;
    if (seqs[i + 1] === seq + 1) return;
    spans.push({ after: from - 1, to: seq });
    from = undefined;
  });
  return spans;
}
