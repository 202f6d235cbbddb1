/** Owns what is found out about a sound: how long it is, and how loud it is over its time. */

/** The bars of a voice message. */
export const waveformPeaks = 64;

export interface Sound {
  readonly durationMs: number;
  /** Each 0 to 255; the loudest is 255. */
  readonly waveform: readonly number[];
}

/** Undefined where this browser cannot read it. */
export async function soundOf(file: Blob): Promise<Sound | undefined> {
  const context = new OfflineAudioContext(1, 1, 44_100);
  try {
    const buffer = await context.decodeAudioData(await file.arrayBuffer());
    return { durationMs: Math.round(buffer.duration * 1_000), waveform: peaksOf(buffer.getChannelData(0)) };
  } catch {
    return undefined;
  }
}

/** The loudest moment of each of as many stretches as there are bars, in relation to the loudest of all. */
export function peaksOf(samples: Float32Array, count = waveformPeaks): number[] {
  const peaks = Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * samples.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * samples.length) / count));
    let peak = 0;
    for (let n = from; n < to; n++) peak = Math.max(peak, Math.abs(samples[n] ?? 0));
    return peak;
  });
  const loudest = Math.max(...peaks);
  return peaks.map((peak) => (loudest === 0 ? 0 : Math.round((peak / loudest) * 255)));
}
