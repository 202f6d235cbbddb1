/** Owns how wide and high a picture says that it is, read from its first bytes and not by decoding it. */
import { latin, u16, u16le, u24le, u32, u32le, u8 } from "./bytes.ts";
import type { RasterType } from "./sniff.ts";

export type Size = { width: number; height: number };

/** Null where it does not say so, or says nothing that can be. */
export function pictureSize(type: RasterType, bytes: Uint8Array): Size | null {
  const size = readers[type](bytes);
  return size === null || size.width < 1 || size.height < 1 ? null : size;
}

const readers: Record<RasterType, (bytes: Uint8Array) => Size | null> = {
  "image/png": (bytes) => ({ width: u32(bytes, 16), height: u32(bytes, 20) }),
  "image/gif": (bytes) => ({ width: u16le(bytes, 6), height: u16le(bytes, 8) }),
  "image/jpeg": jpegSize,
  "image/webp": webpSize,
  "image/avif": avifSize,
};

/** In the header of its frame, which comes before the first scan. */
function jpegSize(bytes: Uint8Array): Size | null {
  let at = 2;
  while (at + 9 < bytes.length && u8(bytes, at) === 0xff) {
    const marker = u8(bytes, at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: u16(bytes, at + 5), width: u16(bytes, at + 7) };
    if (marker === 0xda) return null;
    at += 2 + Math.max(2, u16(bytes, at + 2));
  }
  return null;
}

function webpSize(bytes: Uint8Array): Size | null {
  const chunk = latin(bytes, 12, 16);
  if (chunk === "VP8X") return { width: u24le(bytes, 24) + 1, height: u24le(bytes, 27) + 1 };
  if (chunk === "VP8 ") return { width: u16le(bytes, 26) & 0x3fff, height: u16le(bytes, 28) & 0x3fff };
  if (chunk !== "VP8L" || u8(bytes, 20) !== 0x2f) return null;
  const bits = u32le(bytes, 21);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

/** The largest of its pictures: `ispe` boxes, wherever they stand. A sequence has one for its still picture too. */
function avifSize(bytes: Uint8Array): Size | null {
  let found: Size | null = null;
  for (let at = bytes.indexOf(0x69); at !== -1 && at + 16 <= bytes.length; at = bytes.indexOf(0x69, at + 1)) {
    if (latin(bytes, at, at + 4) !== "ispe" || u32(bytes, at - 4) !== 20) continue;
    const size = { width: u32(bytes, at + 8), height: u32(bytes, at + 12) };
    if (found === null || size.width * size.height > found.width * found.height) found = size;
  }
  return found;
}
