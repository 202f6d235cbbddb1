/** Owns the file of a voice message: its name, how long it is, and its waveform. */
import type { AttachmentFile } from "parley-sdk";
import { peaksOf, soundOf } from "../media/sound.ts";
import type { Recorded } from "./recorder.ts";

/** The sound itself says best how loud it is. Where the browser cannot read what it has recorded, what was measured meanwhile does. */
export async function voiceFileOf({ file, durationMs, levels }: Recorded): Promise<AttachmentFile> {
  const sound = await soundOf(file);
  return {
    file,
    name: fileName + (endings[file.type] ?? ""),
    durationMs: sound?.durationMs ?? durationMs,
    waveform: sound?.waveform ?? peaksOf(Float32Array.from(levels)),
  };
}

const fileName = "voice";
const endings: Readonly<Record<string, string>> = { "audio/mp4": ".m4a", "audio/webm": ".webm", "audio/ogg": ".ogg" };
