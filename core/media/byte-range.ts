/** Owns the reading of a `Range` header (RFC 9110): one range of bytes, or none where it is to be ignored. Several ranges are answered as a whole, which is allowed. */

export type ByteRange = { offset: number; length?: number } | { suffix: number };

/** Undefined where there is no range that this server serves: another unit, several ranges, or a malformed one. */
export function byteRangeOf(header: string | null): ByteRange | undefined {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? "");
  if (match === null) return undefined;
  const [, from = "", to = ""] = match;
  if (from === "") return to === "" ? undefined : numbered({ suffix: Number(to) });
  const offset = Number(from);
  if (to === "") return numbered({ offset });
  const end = Number(to);
  return end < offset ? undefined : numbered({ offset, length: end - offset + 1 });
}

/** Digits beyond what a number holds exactly. Nothing is so large, so the range is ignored. */
function numbered(range: ByteRange): ByteRange | undefined {
  return Object.values(range).every(Number.isSafeInteger) ? range : undefined;
}

/** The first and the last byte of the range; undefined where it has none of so many bytes. */
export function boundsOf(range: ByteRange, size: number): { first: number; last: number } | undefined {
  if ("suffix" in range)
    return range.suffix === 0 || size === 0 ? undefined : { first: Math.max(0, size - range.suffix), last: size - 1 };
  const { offset, length = size } = range;
  return offset >= size ? undefined : { first: offset, last: Math.min(size, offset + length) - 1 };
}
