/** Owns the room that the attachments of a message take, which is known before they are loaded, so that nothing moves when they are. */
import type { AttachmentKind } from "parley-sdk";

/** The most that one picture takes, and the least: a very narrow one is shown in part. */
const widthPxMax = 320;
const heightPxMax = 360;
const sidePxMin = 96;
/** Of a picture whose size nobody said. */
const unknownSize = { width: 240, height: 240 };
/** The tiles of an album. */
export const tilePx = 150;
export const gapPx = 4;
const cardPx = 58;
/** A sound: its waveform, and the line below. */
const soundPx = 60;

interface Shown {
  readonly kind: AttachmentKind;
  readonly width: number | null;
  readonly height: number | null;
  /** The operator has taken it out of reach. */
  readonly withheld?: true | undefined;
}

/** Whether it is shown as a picture. A picture that nobody could decode has no size, and is shown as a file. */
export function isPicture({ kind, width, height, withheld }: Shown): boolean {
  return (
    withheld !== true &&
    (kind === "image" || kind === "video") &&
    width !== null &&
    height !== null &&
    width > 0 &&
    height > 0
  );
}

export function isSound({ kind, withheld }: Pick<Shown, "kind" | "withheld">): boolean {
  return withheld !== true && (kind === "voice" || kind === "audio");
}

/** The size of a single picture, in pixels of the page. */
export function pictureSize({ width, height }: Pick<Shown, "width" | "height">): { width: number; height: number } {
  if (width === null || height === null || width <= 0 || height <= 0) return unknownSize;
  const scale = Math.min(1, widthPxMax / width, heightPxMax / height);
  return {
    width: Math.round(Math.max(sidePxMin, width * scale)),
    height: Math.round(Math.max(sidePxMin, height * scale)),
  };
}

/** How high all attachments of a message are together, for the estimate of its row. */
export function attachmentsPx(attachments: readonly Shown[]): number {
  const pictures = attachments.filter(isPicture);
  const sounds = attachments.filter(isSound).length;
  const cards = attachments.length - pictures.length - sounds;
  const [first] = pictures;
  const rows = Math.ceil(pictures.length / 2);
  const album =
    first === undefined ? 0 : pictures.length === 1 ? pictureSize(first).height : rows * tilePx + (rows - 1) * gapPx;
  return album + sounds * soundPx + cards * cardPx;
}
