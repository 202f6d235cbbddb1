/**
 * Owns the voice message that is being played. There is one player for the whole app, so starting one ends another, and a message goes on while its row
 * is scrolled out of view or another chat is on screen.
 */
import { browserStore } from "../browser/browser-store.ts";
import { State } from "../browser/state.ts";

const speeds = [1, 1.5, 2] as const;
export type Speed = (typeof speeds)[number];

/** The speed is that of the user, and not of a message. */
const speedKey = "voice-speed";

/** Which voice message; two messages may carry the same forwarded sound. */
export interface VoiceMessage {
  /** Names it: the conversation, the message, the attachment. */
  readonly key: string;
  readonly title: string;
  readonly durationMs: number | null;
  /** The address of the sound, asked for when it is played. */
  readonly address: () => Promise<string>;
  /** Calls `end` when the message is unsent. Answers the function that ends the watch. */
  readonly watch: (end: () => void) => () => void;
}

export interface Playing {
  readonly key: string | null;
  readonly title: string;
  readonly status: "idle" | "loading" | "playing" | "paused" | "failed";
  readonly atMs: number;
  readonly durationMs: number | null;
  readonly speed: Speed;
}

const idle = { key: null, title: "", status: "idle", atMs: 0, durationMs: null } as const;

export class Player {
  readonly state: State<Playing>;
  #audio: HTMLAudioElement | undefined;
  #message: VoiceMessage | undefined;
  #endWatch: (() => void) | undefined;
  /** Whether the address was asked for anew, because the first did not load: it may have ended. */
  #isAgain = false;
  /** Counts what was asked, so that an address that comes late starts nothing. */
  #asked = 0;

  constructor() {
    this.state = new State<Playing>({ ...idle, speed: keptSpeed() });
  }

  /** Plays it from `fromMs`, or goes on where it was paused. Call it in the event of a click: browsers allow sounds only there. */
  async play(message: VoiceMessage, fromMs?: number): Promise<void> {
    const asked = ++this.#asked;
    const { key, atMs, status } = this.state.getSnapshot();
    const isHere = key === message.key;
    const isSame = isHere && status !== "failed";
    const from = fromMs ?? (isHere ? atMs : 0);
    const audio = this.#element();
    if (!isSame || audio.src === "") {
      audio.pause();
      // A pause before the address has come must not leave the sound of another message here.
      audio.removeAttribute("src");
      audio.load();
      if (!isHere) this.#isAgain = false;
      this.#message = message;
      this.#endWatch?.();
      this.#endWatch = message.watch(() => this.stop());
      const { title, durationMs } = message;
      this.#set({ key: message.key, title, durationMs, atMs: from, status: "loading" });
      try {
        const url = await message.address();
        if (asked !== this.#asked) return;
        audio.src = url;
      } catch {
        if (asked === this.#asked) this.#set({ status: "failed" });
        return;
      }
    }
    this.#set({ status: "loading" });
    audio.playbackRate = this.state.getSnapshot().speed;
    audio.preservesPitch = true;
    if (Math.abs(audio.currentTime * 1_000 - from) > 50) audio.currentTime = from / 1_000;
    try {
      await audio.play();
    } catch (error) {
      // A pause that comes before the sound has begun is no failure.
      if (asked === this.#asked && !(error instanceof DOMException && error.name === "AbortError"))
        this.#set({ status: "failed" });
    }
  }

  pause(): void {
    this.#asked++;
    this.#audio?.pause();
    if (this.state.getSnapshot().status === "loading") this.#set({ status: "paused" });
  }

  /** Goes on with the message that was played last. */
  resume(): void {
    if (this.#message !== undefined) void this.play(this.#message);
  }

  /** Moves within the message that is played or paused. */
  seek(atMs: number): void {
    const { key, durationMs } = this.state.getSnapshot();
    if (key === null || this.#audio === undefined) return;
    const to = Math.max(0, Math.min(atMs, durationMs ?? atMs));
    this.#audio.currentTime = to / 1_000;
    this.#set({ atMs: to });
  }

  /** Ends it, and the bar that shows it is gone. */
  stop(): void {
    this.#asked++;
    const audio = this.#audio;
    this.#message = undefined;
    this.#endWatch?.();
    this.#endWatch = undefined;
    if (audio !== undefined) {
      audio.pause();
      audio.removeAttribute("src");
      audio.load();
    }
    this.#set(idle);
  }

  /** Whoever signs out is not heard any more. */
  forget(userId: string): void {
    if (this.state.getSnapshot().key?.startsWith(`${userId} `) === true) this.stop();
  }

  nextSpeed(): void {
    const { speed } = this.state.getSnapshot();
    const next = speeds[(speeds.indexOf(speed) + 1) % speeds.length] ?? 1;
    browserStore.set(speedKey, String(next));
    if (this.#audio !== undefined) this.#audio.playbackRate = next;
    this.#set({ speed: next });
  }

  #element(): HTMLAudioElement {
    if (this.#audio !== undefined) return this.#audio;
    const audio = new Audio();
    audio.preload = "auto";
    audio.addEventListener("playing", () => {
      this.#isAgain = false;
      this.#set({ status: "playing" });
    });
    audio.addEventListener("pause", () => {
      if (!audio.ended && this.state.getSnapshot().status === "playing") this.#set({ status: "paused" });
    });
    audio.addEventListener("timeupdate", () => {
      if (this.#message !== undefined && audio.src !== "") this.#set({ atMs: audio.currentTime * 1_000 });
    });
    audio.addEventListener("durationchange", () => {
      // A recording that was cut into slices does not know how long it is.
      const durationMs = Number.isFinite(audio.duration) ? Math.round(audio.duration * 1_000) : undefined;
      if (durationMs !== undefined && this.#message !== undefined) this.#set({ durationMs });
    });
    audio.addEventListener("ended", () => this.stop());
    audio.addEventListener("error", () => {
      if (this.#message === undefined || audio.src === "") return;
      this.#set({ status: "failed" });
      if (this.#isAgain) return;
      this.#isAgain = true;
      void this.play(this.#message);
    });
    this.#audio = audio;
    return audio;
  }

  #set(change: Partial<Playing>): void {
    this.state.set({ ...this.state.getSnapshot(), ...change });
  }
}

function keptSpeed(): Speed {
  const text = browserStore.get(speedKey);
  return speeds.find((speed) => String(speed) === text) ?? 1;
}

export const player = new Player();
