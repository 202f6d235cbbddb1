/** Owns whether and how loud this browser sounds when a message comes. All tabs follow at once. */
import type { Observable } from "parley-sdk";
import { browserStore } from "../browser/browser-store.ts";
import { State } from "../browser/state.ts";

export interface SoundSettings {
  readonly isOn: boolean;
  /** 0 to 1. */
  readonly volume: number;
}

const key = "parley.sounds";
const atFirst: SoundSettings = { isOn: true, volume: 0.6 };
const state = new State<SoundSettings>(read());

export const soundSettings: Observable<SoundSettings> = state;

export function changeSounds(change: Partial<SoundSettings>): void {
  state.set({ ...state.getSnapshot(), ...change });
  browserStore.set(key, JSON.stringify(state.getSnapshot()));
}

if (typeof window === "object")
  addEventListener("storage", (event) => {
    if (event.key === key) state.set(read());
  });

function read(): SoundSettings {
  try {
    const value: unknown = JSON.parse(browserStore.get(key) ?? "null");
    const { isOn, volume }: { isOn?: unknown; volume?: unknown } =
      typeof value === "object" && value !== null ? value : {};
    return {
      isOn: typeof isOn === "boolean" ? isOn : atFirst.isOn,
      volume: typeof volume === "number" && volume >= 0 && volume <= 1 ? volume : atFirst.volume,
    };
  } catch {
    return atFirst;
  }
}
