/** Owns receipts: watermarks that only rise, stay within the head, and keep read ≤ delivered. SPEC R. */
import type { Seq } from "../schema/ids.ts";

export type Watermarks = { delivered: Seq; read: Seq };

/** The watermarks after a receipt; the same object where it raises nothing. Late and forged values are clamped. */
export function raise(
  present: Watermarks,
  receipt: { delivered: Seq | null; read: Seq | null },
  headSeq: Seq,
): Watermarks {
  const read = Math.max(present.read, Math.min(receipt.read ?? 0, headSeq));
  const delivered = Math.max(present.delivered, Math.min(receipt.delivered ?? 0, headSeq), read);
  return read === present.read && delivered === present.delivered ? present : { delivered, read };
}
