/** Owns which part of a picture lies under a square, and making a small picture of it. */
import { drawingOf } from "../media/canvas.ts";
import type { Area, Zoom } from "./zoom.ts";

/** The side of the picture that is made. It is shown at 96 pixels at most, on screens with up to four points a pixel. */
const sidePx = 512;

/** The size at which the picture covers a square of this side. */
export function covering(picture: Area, side: number): Area {
  const scale = side / Math.min(picture.width, picture.height);
  return { width: picture.width * scale, height: picture.height * scale };
}

export interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** The part of the picture, in its own pixels, that is under the square; `zoom` is that of the covering picture. */
export function cropOf(picture: Area, side: number, { scale, x, y }: Zoom): Square {
  const shown = (side / Math.min(picture.width, picture.height)) * scale;
  const cropped = side / shown;
  const middle = { x: picture.width / 2 - x / shown, y: picture.height / 2 - y / shown };
  return {
    x: Math.max(0, Math.min(picture.width - cropped, middle.x - cropped / 2)),
    y: Math.max(0, Math.min(picture.height - cropped, middle.y - cropped / 2)),
    side: cropped,
  };
}

/** Draws that part anew: whatever else the file says, such as the place where it was taken, stays behind. */
export async function croppedFile(source: CanvasImageSource, { x, y, side }: Square): Promise<Blob> {
  const to = Math.max(1, Math.min(sidePx, Math.round(side)));
  const context = drawingOf({ width: to, height: to });
  context.imageSmoothingQuality = "high";
  // What is transparent would be black in JPEG.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, to, to);
  context.drawImage(source, x, y, side, side, 0, 0, to, to);
  return await context.canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
}
