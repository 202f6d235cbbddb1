/** Owns drawing a picture smaller, and what is made of the drawing: a file, and a thumbhash. */
import { rgbaToThumbHash } from "thumbhash";
import { toBase64 } from "./base64.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A thumbhash is made of a picture of at most so many pixels a side. */
const thumbhashSidePx = 100;

/** The size, scaled down so that no side is longer than `sideMax`. */
export function within({ width, height }: Size, sideMax: number): Size {
  const scale = Math.min(1, sideMax / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

export type Drawable = ImageBitmap | HTMLVideoElement;

/** Something to draw on. */
export function drawingOf({ width, height }: Size): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (context === null) throw new Error("this browser does not draw");
  return context;
}

function draw(source: Drawable, { width, height }: Size): OffscreenCanvasRenderingContext2D {
  const context = drawingOf({ width, height });
  context.drawImage(source, 0, 0, width, height);
  return context;
}

/** The picture as a file of this type; of another one where the browser cannot write it, which the file says. */
export async function drawn(source: Drawable, size: Size, type: string, quality: number): Promise<Blob> {
  return await draw(source, size).canvas.convertToBlob({ type, quality });
}

/** The smaller picture in place of the whole one: WebP, or JPEG where the browser cannot write that. */
export async function previewOf(source: Drawable, size: Size): Promise<Blob> {
  const webp = await drawn(source, size, "image/webp", 0.8);
  return webp.type === "image/webp" ? webp : await drawn(source, size, "image/jpeg", 0.8);
}

export function thumbhashOf(source: Drawable, whole: Size): string {
  const { width, height } = within(whole, thumbhashSidePx);
  const { data } = draw(source, { width, height }).getImageData(0, 0, width, height);
  return toBase64(rgbaToThumbHash(width, height, data));
}
