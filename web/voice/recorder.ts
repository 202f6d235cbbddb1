/**
 * Owns recording a voice message: the microphone, the sound's format, how loud it is while it is recorded, and the file at the end.
 * The microphone is let go at the end, however it ends.
 */
import { release } from "../media/stream.ts";
import { State } from "../browser/state.ts";

/** A recording that is shorter was a mistake. */
const shortestMs = 700;
/** A recording ends by itself after this. */
const longestMs = 15 * 60_000;
/** How often loudness is measured. A page in the background is given fewer moments, so bars of that time are wider. */
const measureEveryMs = 60;
const bitsPerSecond = 32_000;

/** What Safari records, the others can play; what Chromium and Firefox record, Safari 18.4 and later can. */
const formats = ["audio/mp4;codecs=mp4a.40.2", "audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

/** Why there is no recording. `denied`: the user or the browser's settings refuse the microphone. */
export type RecordingFault = "denied" | "no-microphone" | "unsupported";

export class RecordingError extends Error {
  readonly fault: RecordingFault;

  constructor(fault: RecordingFault) {
    super(fault);
    this.fault = fault;
  }
}

export interface Recorded {
  readonly file: Blob;
  readonly durationMs: number;
  /** How loud it was at each measurement, 0 to 1. */
  readonly levels: readonly number[];
}

export interface RecordingState {
  readonly elapsedMs: number;
  /** The latest measurements, the newest last. */
  readonly levels: readonly number[];
  /** It has ended by itself: it is as long as it may be, or the microphone is gone. */
  readonly hasEnded: boolean;
}

/** As many as a screen has room for. */
const shownLevels = 64;

export class Recording {
  readonly state = new State<RecordingState>({ elapsedMs: 0, levels: [], hasEnded: false });
  readonly #stream: MediaStream;
  readonly #recorder: MediaRecorder;
  readonly #context: AudioContext;
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;
  readonly #chunks: Blob[] = [];
  readonly #levels: number[] = [];
  readonly #began = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #ended: Promise<void>;
  #endedAt: number | undefined;
  #isKept = false;

  /** Asks for the microphone. Errors: `RecordingError`. */
  static async begin(): Promise<Recording> {
    if (typeof MediaRecorder !== "function" || !("mediaDevices" in navigator)) throw new RecordingError("unsupported");
    const type = formats.find((format) => MediaRecorder.isTypeSupported(format));
    if (type === undefined) throw new RecordingError("unsupported");
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
      });
    } catch (error) {
      const isMissing = error instanceof DOMException && error.name === "NotFoundError";
      throw new RecordingError(isMissing ? "no-microphone" : "denied");
    }
    try {
      return new Recording(stream, type);
    } catch (error) {
      release(stream);
      throw error;
    }
  }

  private constructor(stream: MediaStream, type: string) {
    this.#stream = stream;
    this.#recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: bitsPerSecond });
    this.#recorder.addEventListener("dataavailable", ({ data }) => {
      if (data.size > 0) this.#chunks.push(data);
    });
    this.#ended = new Promise((resolve) => this.#recorder.addEventListener("stop", () => resolve(), { once: true }));
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 1_024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    for (const track of stream.getTracks()) track.addEventListener("ended", () => this.#end());
    // A recorder that fails ends by itself.
    this.#recorder.addEventListener("stop", () => this.#end(), { once: true });
    // In slices, so that a recorder that fails late has still given what came before.
    this.#recorder.start(1_000);
    this.#timer = setInterval(() => this.#measure(), measureEveryMs);
  }

  /** Ends it. Undefined where it was too short to be meant. */
  async stop(): Promise<Recorded | undefined> {
    this.#isKept = true;
    this.#end();
    await this.#ended;
    const durationMs = Math.round((this.#endedAt ?? this.#began) - this.#began);
    const file = new Blob(this.#chunks, { type: this.#recorder.mimeType.split(";")[0] ?? "" });
    return durationMs < shortestMs || file.size === 0 ? undefined : { file, durationMs, levels: this.#levels };
  }

  /** Ends it, and nothing is kept. */
  cancel(): void {
    this.#end();
    // What is being sent is not taken back: the chat may be left in this moment.
    if (!this.#isKept) this.#chunks.length = 0;
  }

  #measure(): void {
    const elapsedMs = performance.now() - this.#began;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    this.#levels.push(loudness(this.#samples));
    const hasEnded = elapsedMs >= longestMs;
    if (hasEnded) this.#end();
    else this.state.set({ elapsedMs, levels: this.#levels.slice(-shownLevels), hasEnded });
  }

  #end(): void {
    if (this.#endedAt !== undefined) return;
    this.#endedAt = performance.now();
    clearInterval(this.#timer);
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    release(this.#stream);
    void this.#context.close();
    this.state.set({ ...this.state.getSnapshot(), elapsedMs: this.#endedAt - this.#began, hasEnded: true });
  }
}

/** 0 to 1. Speech is mostly below a third of what a microphone can give, so quiet sounds are raised. */
function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.min(1, Math.sqrt(Math.sqrt(sum / samples.length)));
}
