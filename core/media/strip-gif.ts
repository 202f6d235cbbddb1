/** Takes out of a GIF its comments, texts and application blocks, XMP among them, but for the one that says how often an animation runs. */
import { joined, latin, u8 } from "./bytes.ts";

const headerBytes = 13;

export function stripGif(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  let at = headerBytes + tableBytes(u8(bytes, 10));
  if (at >= bytes.length) return null;
  const kept = [bytes.subarray(0, at)];
  let hasPicture = false;
  for (;;) {
    const block = u8(bytes, at);
    if (block === 0x3b || at >= bytes.length) {
      // A picture that was cut off is shown as far as it goes.
      kept.push(new Uint8Array([0x3b]));
      return hasPicture ? joined(kept) : null;
    }
    const isPicture = block === 0x2c;
    if (!isPicture && block !== 0x21) return null;
    const data = isPicture ? at + 11 + tableBytes(u8(bytes, at + 9)) : at + 2;
    const end = afterBlocks(bytes, data);
    if (end === null) return null;
    if (isPicture || isShown(bytes, at)) kept.push(bytes.subarray(at, end));
    hasPicture ||= isPicture;
    at = end;
  }
}

/** How a picture is shown, and how often the animation runs. */
function isShown(bytes: Uint8Array, at: number): boolean {
  const label = u8(bytes, at + 1);
  return label === 0xf9 || (label === 0xff && /^(?:NETSCAPE2\.0|ANIMEXTS1\.0)$/.test(latin(bytes, at + 3, at + 14)));
}

/** The bytes of a table of colours, by the flags that announce it. */
function tableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

/** Behind the blocks of data that begin here, each with its length; null where the file ends within one. */
function afterBlocks(bytes: Uint8Array, from: number): number | null {
  let at = from;
  while (at < bytes.length) {
    const length = u8(bytes, at);
    at += 1 + length;
    if (length === 0) return at;
  }
  return null;
}
