/** Takes out of a PNG every chunk that is not needed to show it: texts, EXIF, XMP, times, and all that is unknown. */
import { joined, latin, u32 } from "./bytes.ts";

const signatureBytes = 8;
/** Chunks that say how the picture looks, those of animations among them. */
const shown = new Set(
  "IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs acTL fcTL fdAT".split(" "),
);

export function stripPng(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const kept = [bytes.subarray(0, signatureBytes)];
  let at = signatureBytes;
  let hasData = false;
  while (at + 12 <= bytes.length) {
    const end = at + 12 + u32(bytes, at);
    const type = latin(bytes, at + 4, at + 8);
    if (end > bytes.length || (at === signatureBytes) !== (type === "IHDR")) return null;
    if (shown.has(type)) kept.push(bytes.subarray(at, end));
    hasData ||= type === "IDAT";
    if (type === "IEND") return hasData ? joined(kept) : null;
    at = end;
  }
  return null;
}
