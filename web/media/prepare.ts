/** Owns what becomes of a chosen file before it is sent, by what it is. */
import type { AttachmentFile } from "parley-sdk";
import { isHeic, preparePicture, type PictureTrouble } from "./picture.ts";
import { soundOf } from "./sound.ts";
import { prepareVideo } from "./video.ts";

export type FileFamily = "picture" | "video" | "sound" | "other";

export interface Prepared {
  readonly source: AttachmentFile;
  /** What the user is to be told before it is sent. */
  readonly trouble: PictureTrouble | null;
}

/** By what the browser says of it. SVG is no picture here, because it can hold programs. */
export function familyOf(file: Pick<File, "type" | "name">): FileFamily {
  if (file.type === "image/svg+xml") return "other";
  if (file.type.startsWith("image/") || isHeic(file)) return "picture";
  if (file.type.startsWith("video/")) return "video";
  return file.type.startsWith("audio/") ? "sound" : "other";
}

/** Sounds that are longer are not decoded, because that would fill the memory. */
const decodedBytesMax = 20_000_000;

/** It never fails: what cannot be found out is not said. */
export async function prepare(file: File, asFile: boolean): Promise<Prepared> {
  try {
    switch (familyOf(file)) {
      case "picture":
        return await preparePicture(file, asFile);
      case "video":
        return { source: await prepareVideo(file), trouble: null };
      case "sound": {
        const sound = file.size <= decodedBytesMax ? await soundOf(file) : undefined;
        return { source: { file, durationMs: sound?.durationMs }, trouble: null };
      }
      case "other":
        return { source: { file }, trouble: null };
    }
  } catch {
    // A picture that could not be drawn anew goes with all its data, which the user is told.
    return { source: { file }, trouble: familyOf(file) === "picture" && !asFile ? "unreadable" : null };
  }
}
