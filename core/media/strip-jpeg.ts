/**
 * Takes out of a JPEG its application segments and comments, EXIF, XMP and IPTC among them, but for what says how colours are to be read; and what lies behind the end
 * of the picture, where phones put videos and further pictures.
 */
import { joined, latin, u16, u8 } from "./bytes.ts";

const startOfScan = 0xda;
const endOfImage = 0xd9;

export function stripJpeg(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const kept = [bytes.subarray(0, 2)];
  let at = 2;
  let hasScan = false;
  for (;;) {
    if (u8(bytes, at) !== 0xff) return null;
    // Any number of fill bytes may stand before a marker.
    while (u8(bytes, at) === 0xff && u8(bytes, at + 1) === 0xff) at++;
    const marker = u8(bytes, at + 1);
    if (marker === endOfImage) {
      if (!hasScan) return null;
      kept.push(bytes.subarray(at, at + 2));
      return joined(kept);
    }
    const isBare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    const length = u16(bytes, at + 2);
    if (isBare || marker < 0xc0 || length < 2 || at + 2 + length > bytes.length) return null;
    const end = at + 2 + length;
    if (isShown(bytes, marker, at + 4)) kept.push(bytes.subarray(at, end));
    at = end;
    if (marker !== startOfScan) continue;
    hasScan = true;
    const next = afterScan(bytes, at);
    kept.push(bytes.subarray(at, next));
    at = next;
    if (at < bytes.length) continue;
    // A picture that was cut off is shown as far as it goes.
    kept.push(new Uint8Array([0xff, endOfImage]));
    return joined(kept);
  }
}

/** JFIF, the colour profile, and how Adobe's programs wrote the colours. */
function isShown(bytes: Uint8Array, marker: number, at: number): boolean {
  if (marker === 0xfe) return false;
  if (marker < 0xe0 || marker > 0xef) return true;
  if (marker === 0xe0) return latin(bytes, at, at + 5) === "JFIF\0";
  if (marker === 0xe2) return latin(bytes, at, at + 12) === "ICC_PROFILE\0";
  return marker === 0xee && latin(bytes, at, at + 5) === "Adobe";
}

/** Where the data of a scan ends: at a marker that is neither a stuffed byte nor a restart. */
function afterScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at !== -1 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    const next = u8(bytes, at + 1);
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return bytes.length;
}
