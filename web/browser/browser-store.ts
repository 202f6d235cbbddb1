/**
 * Owns what the app keeps in the browser beside the SDK's database: small texts, stored when the call returns. Where the browser forbids
 * that or has no room, memory takes its place for the life of the page, and the user is warned once.
 */
import type { Observable } from "parley-sdk";
import { State } from "./state.ts";

type Area = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

const trouble = new State(false);

/** Whether the browser has refused to store something in the life of this page. */
export const storageTrouble: Observable<boolean> = trouble;

export function noteStorageTrouble(): void {
  trouble.set(true);
}

export class BrowserStore {
  readonly #area: () => Area;
  /** Texts that the browser did not store. null stands for a text that it did not remove. */
  readonly #memory = new Map<string, string | null>();

  constructor(area: () => Area) {
    this.#area = area;
  }

  get(key: string): string | null {
    const here = this.#memory.get(key);
    if (here !== undefined) return here;
    return this.#tried((area) => area.getItem(key), null);
  }

  set(key: string, value: string): void {
    const isTaken = this.#tried((area) => {
      area.setItem(key, value);
      return true;
    }, false);
    if (isTaken) this.#memory.delete(key);
    else this.#memory.set(key, value);
  }

  remove(key: string): void {
    const isGone = this.#tried((area) => {
      area.removeItem(key);
      return true;
    }, false);
    if (isGone) this.#memory.delete(key);
    else this.#memory.set(key, null);
  }

  /** The keys that begin with `prefix`. */
  keys(prefix: string): readonly string[] {
    const there = this.#tried(
      (area) => Array.from({ length: area.length }, (_each, index) => area.key(index) ?? ""),
      [],
    );
    return [...new Set([...there, ...this.#memory.keys()])].filter(
      (key) => key.startsWith(prefix) && this.get(key) !== null,
    );
  }

  #tried<T>(task: (area: Area) => T, otherwise: T): T {
    try {
      return task(this.#area());
    } catch {
      noteStorageTrouble();
      return otherwise;
    }
  }
}

/** Shared by all tabs; outlives restarts. */
export const browserStore = new BrowserStore(() => localStorage);
/** For this tab alone; outlives reloads. */
export const tabStore = new BrowserStore(() => sessionStorage);
