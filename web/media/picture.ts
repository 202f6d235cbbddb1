/**
 * Owns what becomes of a picture before it is sent. It is drawn anew, so that data such as the place where it was taken does not go with it, and it gets a
 * preview and a thumbhash.
 */
import type { AttachmentFile } from "parley-sdk";
import { drawn, previewOf, type Size, thumbhashOf, within } from "./canvas.ts";

/** The longest side of a picture that is sent as a picture. Browsers draw no larger ones everywhere. */
export const pictureSideMax = 4_096;
export const previewSideMax = 1_280;
const quality = 0.9;

/** Kinds that the browser can also write. Others are sent as they are. */
const redrawn = new Set(["image/jpeg", "image/png", "image/webp"]);

/** Why a picture is sent as it is. `heic`: this browser cannot show it, and others may not either. */
export type PictureTrouble = "heic" | "unreadable";

export interface PreparedPicture {
  readonly source: AttachmentFile;
  readonly trouble: PictureTrouble | null;
}

/** `asFile`: the bytes go as they are, with all data in them. */
export async function preparePicture(file: File, asFile: boolean): Promise<PreparedPicture> {
  let bitmap: ImageBitmap;
  try {
    // Turned as the camera was held.
    bitmap = await createImageBitmap(file);
  } catch {
    return { source: { file }, trouble: isHeic(file) ? "heic" : "unreadable" };
  }
  try {
    const isRedrawn = !asFile && redrawn.has(file.type) && !(await isAnimated(file));
    const size = isRedrawn ? within(bitmap, pictureSideMax) : sizeOf(bitmap);
    const sent = isRedrawn ? await redraw(file, bitmap, size) : file;
    const previewSize = within(bitmap, previewSideMax);
    const isSmall = previewSize.width === size.width && sent.size <= 200_000;
    // Without these it is still sent drawn anew.
    const preview = isSmall ? undefined : await previewOf(bitmap, previewSize).catch(() => undefined);
    const thumbhash = thumbhashOf(bitmap, bitmap);
    return { source: { file: sent, name: nameOf(file, sent), ...size, thumbhash, preview }, trouble: null };
  } finally {
    bitmap.close();
  }
}

async function redraw(file: File, bitmap: ImageBitmap, size: Size): Promise<Blob> {
  const anew = await drawn(bitmap, size, file.type, quality);
  if (anew.type === file.type) return anew;
  // This browser reads the type and does not write it.
  return await drawn(bitmap, size, "image/jpeg", quality);
}

function sizeOf({ width, height }: Size): Size {
  return { width, height };
}

/** The ending is that of the type in which it was drawn. */
function nameOf(file: File, sent: Blob): string {
  if (sent.type === file.type) return file.name;
  return `${file.name.replace(/\.[^.]*$/, "")}.${sent.type.replace("image/", "").replace("jpeg", "jpg")}`;
}

export function isHeic({ type, name }: Pick<File, "type" | "name">): boolean {
  return /^image\/hei[cf]/.test(type) || /\.hei[cf]$/i.test(name);
}

/** Bytes at the beginning in which a moving WebP or PNG says so. */
const headBytes = 4_096;

/** Drawn anew, a moving picture would stand still. */
async function isAnimated(file: File): Promise<boolean> {
  if (file.type === "image/jpeg") return false;
  const head = new TextDecoder("latin1").decode(await file.slice(0, headBytes).arrayBuffer());
  return file.type === "image/webp" ? head.includes("ANIM") : head.includes("acTL");
}
