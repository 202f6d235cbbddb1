/** Owns what is found out about a video before it is sent: its size, how long it is, and a picture of it. */
import type { AttachmentFile } from "parley-sdk";
import { previewOf, thumbhashOf, within } from "./canvas.ts";
import { previewSideMax } from "./picture.ts";

/** A browser that cannot play a video may never say so. */
const waitMsMax = 10_000;

/** A video that this browser cannot play is sent without what it would say about it. */
export async function prepareVideo(file: File): Promise<AttachmentFile> {
  const url = URL.createObjectURL(file);
  const video = document.createElement("video");
  try {
    video.muted = true;
    video.playsInline = true;
    video.preload = "auto";
    video.src = url;
    await event(video, "loadeddata");
    const durationMs = await durationOf(video);
    const whole = { width: video.videoWidth, height: video.videoHeight };
    if (whole.width === 0 || whole.height === 0) return { file, durationMs };
    // The very first picture is often black.
    await seek(video, Math.min(1, (durationMs ?? 0) / 10_000));
    const preview = await previewOf(video, within(whole, previewSideMax));
    return { file, ...whole, durationMs, thumbhash: thumbhashOf(video, whole), preview };
  } catch {
    return { file };
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
  }
}

/** A recording of the browser does not say how long it is until it was read to its end. */
async function durationOf(video: HTMLVideoElement): Promise<number | null> {
  if (video.duration === Infinity) await seek(video, 1e9);
  return Number.isFinite(video.duration) ? Math.round(video.duration * 1_000) : null;
}

async function seek(video: HTMLVideoElement, seconds: number): Promise<void> {
  const sought = event(video, "seeked");
  video.currentTime = seconds;
  await sought;
}

async function event(video: HTMLVideoElement, name: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = () => reject(new Error("the video cannot be read"));
    const timer = setTimeout(fail, waitMsMax);
    video.addEventListener(
      name,
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
    video.addEventListener("error", fail, { once: true });
  });
}
