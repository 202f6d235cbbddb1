/** Owns the app's own sound: two short notes, made by the browser's synthesizer, so that no file is loaded for it. */

/** The notes, by their frequency in hertz, and when each begins. */
const notes = [
  { hertz: 740, startS: 0 },
  { hertz: 988, startS: 0.09 },
] as const;
const noteS = 0.22;
/** At full volume; more would be loud beside other programs. */
const gainMax = 0.35;

let context: AudioContext | undefined;

/** Browsers let a page sound only after somebody has used it. Resolves then; to false where there is no synthesizer. */
export async function soundable(): Promise<boolean> {
  if (typeof AudioContext === "undefined") return false;
  context ??= new AudioContext();
  await context.resume().catch(() => undefined);
  return isRunning();
}

/** `volume`: 0 to 1. */
export function ring(volume: number): void {
  if (context === undefined || !isRunning()) return;
  const now = context.currentTime;
  for (const { hertz, startS } of notes) {
    const tone = new OscillatorNode(context, { type: "sine", frequency: hertz });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, now + startS);
    gain.gain.linearRampToValueAtTime(gainMax * volume, now + startS + 0.01);
    gain.gain.exponentialRampToValueAtTime(0.0001, now + startS + noteS);
    tone.connect(gain).connect(context.destination);
    tone.start(now + startS);
    tone.stop(now + startS + noteS);
  }
}

function isRunning(): boolean {
  return context?.state === "running";
}
