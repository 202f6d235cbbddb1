/** Takes out of a WebP the chunks of EXIF and XMP, and all that are unknown, also within the frames of an animation. */
import { joined, latin, letters, u32le } from "./bytes.ts";

const shown = new Set(["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"]);
const shownInFrames = new Set(["VP8 ", "VP8L", "ALPH"]);
const frameHeaderBytes = 16;
/** Of the flags of VP8X: that there is EXIF, and XMP. */
const metadataFlags = 0x0c;

export function stripWebp(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const end = 8 + u32le(bytes, 4);
  if (end > bytes.length || end < 20) return null;
  const kept = chunksOf(bytes.subarray(12, end), shown);
  if (kept === null || kept.length === 0) return null;
  const body = joined([letters("WEBP"), ...kept]);
  return joined([letters("RIFF"), size(body.length), body]);
}

function chunksOf(bytes: Uint8Array, wanted: ReadonlySet<string>): Uint8Array[] | null {
  const kept: Uint8Array[] = [];
  let at = 0;
  while (at + 8 <= bytes.length) {
    const length = u32le(bytes, at + 4);
    if (at + 8 + length > bytes.length) return null;
    const type = latin(bytes, at, at + 4);
    const data = bytes.subarray(at + 8, at + 8 + length);
    const chunk = wanted.has(type) ? chunkOf(type, data) : undefined;
    if (chunk === null) return null;
    if (chunk !== undefined) kept.push(chunk);
    at += 8 + length + (length % 2);
  }
  return kept;
}

function chunkOf(type: string, data: Uint8Array): Uint8Array | null {
  if (type === "ANMF") {
    const inside = data.length < frameHeaderBytes ? null : chunksOf(data.subarray(frameHeaderBytes), shownInFrames);
    return inside === null ? null : written(type, joined([data.subarray(0, frameHeaderBytes), ...inside]));
  }
  if (type !== "VP8X") return written(type, data);
  if (data.length < 10) return null;
  const flags = data.slice();
  flags[0] = (flags[0] ?? 0) & ~metadataFlags;
  return written(type, flags);
}

function written(type: string, data: Uint8Array): Uint8Array {
  return joined([letters(type), size(data.length), data, new Uint8Array(data.length % 2)]);
}

function size(length: number): Uint8Array {
  return new Uint8Array([length & 255, (length >>> 8) & 255, (length >>> 16) & 255, length >>> 24]);
}
