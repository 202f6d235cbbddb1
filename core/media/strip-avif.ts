/**
 * Takes out of an AVIF the items of EXIF and XMP, and boxes that are unknown. Other parts of the file are named by where they lie, so nothing moves: what goes is
 * written over with zeros.
 */
import { latin, letters, u16, u32, u8 } from "./bytes.ts";

type Box = { type: string; from: number; data: number; to: number };
type Extent = { from: number; to: number };

/** Boxes that stay at the top, and those of a sequence in which there may be metadata. */
const shown = new Set(["ftyp", "meta", "mdat", "moov", "free", "skip"]);
const walked = new Set(["moov", "trak", "mdia", "minf", "stbl"]);
const hidden = new Set(["udta", "uuid", "meta"]);

export function stripAvif(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const copy = bytes.slice();
  const boxes = boxesIn(copy, 0, copy.length);
  if (boxes === null || !boxes.some(({ type }) => type === "mdat")) return null;
  for (const box of boxes) {
    if (!shown.has(box.type)) blank(copy, box);
    else if (box.type === "free" || box.type === "skip") copy.fill(0, box.data, box.to);
    else if (box.type === "moov" && !blankWithin(copy, box)) return null;
    else if (box.type === "meta" && !blankItems(copy, box)) return null;
  }
  return copy;
}

function boxesIn(bytes: Uint8Array, from: number, to: number): Box[] | null {
  const boxes: Box[] = [];
  let at = from;
  while (at < to) {
    if (at + 8 > to) return null;
    const short = u32(bytes, at);
    const isLong = short === 1;
    const size = short === 0 ? to - at : isLong ? u32(bytes, at + 8) * 2 ** 32 + u32(bytes, at + 12) : short;
    const data = at + (isLong ? 16 : 8);
    if (at + size > to || data > at + size) return null;
    boxes.push({ type: latin(bytes, at + 4, at + 8), from: at, data, to: at + size });
    at += size;
  }
  return boxes;
}

/** The box stays in its place and says nothing. */
function blank(bytes: Uint8Array, { from, data, to }: Box): void {
  bytes.set(letters("free"), from + 4);
  bytes.fill(0, data, to);
}

function blankWithin(bytes: Uint8Array, outer: Box): boolean {
  const boxes = boxesIn(bytes, outer.data, outer.to);
  if (boxes === null) return false;
  for (const box of boxes) {
    if (hidden.has(box.type)) blank(bytes, box);
    else if (walked.has(box.type) && !blankWithin(bytes, box)) return false;
  }
  return true;
}

/** The items of EXIF and XMP get another type, and their bytes become zeros. False where it cannot be told where these lie. */
function blankItems(bytes: Uint8Array, meta: Box): boolean {
  const boxes = boxesIn(bytes, meta.data + 4, meta.to);
  if (boxes === null) return false;
  const only = (type: string): Box | undefined => boxes.find((box) => box.type === type);
  const [infos, places, inner] = [only("iinf"), only("iloc"), only("idat")];
  if (infos === undefined || places === undefined) return false;
  const entries = boxesIn(bytes, infos.data + (u8(bytes, infos.data) === 0 ? 6 : 8), infos.to);
  if (entries === null) return false;
  for (const box of boxes) if (box.type === "uuid" || box.type === "udta") blank(bytes, box);
  for (const { data, to } of entries) {
    const version = u8(bytes, data);
    if (version < 2) return false;
    const id = version === 2 ? u16(bytes, data + 4) : u32(bytes, data + 4);
    const typeAt = data + (version === 2 ? 8 : 10);
    const type = latin(bytes, typeAt, typeAt + 4);
    if (type !== "Exif" && type !== "mime" && type !== "uri ") continue;
    const extents = extentsOf(bytes, places, id, inner);
    if (extents === null) return false;
    for (const extent of extents) bytes.fill(0, extent.from, extent.to);
    bytes.set(letters("skip"), typeAt);
    bytes.fill(0, typeAt + 4, to);
  }
  return true;
}

/** Where the bytes of an item lie in the file, by the box `iloc`; null where that cannot be told. */
function extentsOf(bytes: Uint8Array, { data, to }: Box, wanted: number, inner: Box | undefined): Extent[] | null {
  const version = u8(bytes, data);
  if (version > 2) return null;
  const sizes = u16(bytes, data + 4);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexSize = version === 0 ? 0 : sizes & 15;
  const found: Extent[] = [];
  let at = data + 6;
  const take = (size: number): number => {
    let value = 0;
    for (let n = 0; n < size; n++) value = value * 256 + u8(bytes, at++);
    return value;
  };
  const count = take(version < 2 ? 2 : 4);
  for (let item = 0; item < count && at < to; item++) {
    const id = take(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : take(2) & 15;
    take(2);
    const base = take(baseSize);
    const extents = take(2);
    for (let n = 0; n < extents && at < to; n++) {
      take(indexSize);
      const from = base + take(offsetSize) + (method === 1 ? (inner?.data ?? Infinity) : 0);
      const length = take(lengthSize);
      if (id !== wanted) continue;
      const end = length === 0 ? bytes.length : from + length;
      if (method > 1 || end > bytes.length || from > end) return null;
      found.push({ from, to: end });
    }
  }
  return at <= to ? found : null;
}
