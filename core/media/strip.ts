/**
 * Owns the taking out of metadata: where, when and with what a picture was made, and what else was hidden in it. What is needed to show the picture stays bit by bit.
 * What is not known is taken out too, and so is everything behind the end of the picture.
 */
import type { RasterType } from "./sniff.ts";
import { stripAvif } from "./strip-avif.ts";
import { stripGif } from "./strip-gif.ts";
import { stripJpeg } from "./strip-jpeg.ts";
import { stripPng } from "./strip-png.ts";
import { stripWebp } from "./strip-webp.ts";

/** The picture without metadata, or null where it is damaged. It changes nothing of `bytes`. */
export function withoutMetadata(type: RasterType, bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  return strippers[type](bytes);
}

const strippers: Record<RasterType, (bytes: Uint8Array) => Uint8Array<ArrayBuffer> | null> = {
  "image/png": stripPng,
  "image/jpeg": stripJpeg,
  "image/gif": stripGif,
  "image/webp": stripWebp,
  "image/avif": stripAvif,
};
