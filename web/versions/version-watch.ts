/** Owns when a page asks whether the server has a newer version of the app, and what it has learnt. */
import type { Observable } from "parley-sdk";

/** A page that becomes visible asks if it has not asked for this long. */
const visibleMsMin = 3_600_000;
/** A page whose connection is back asks if it has not asked for this long. A deploy closes all sockets, so this is when most pages learn of it. */
const connectedMsMin = 60_000;

interface Asking {
  /** When the page began. What watches may come later than the page. */
  readonly beganAt: number;
  readonly now: () => number;
  /** The script of the app as the server has it now; null if that cannot be learnt. */
  readonly latestScript: () => Promise<string | null>;
  /** The script that this page runs. */
  readonly ownScript: string;
}

/** The script of the newer version; null while none is known. */
export class VersionWatch implements Observable<string | null> {
  readonly #asking: Asking;
  #askedAt: number;
  #newer: string | null = null;
  #listeners: readonly (() => void)[] = [];

  constructor(asking: Asking) {
    this.#asking = asking;
    this.#askedAt = asking.beganAt;
  }

  readonly getSnapshot = (): string | null => this.#newer;

  readonly subscribe = (listener: () => void): (() => void) => {
    const entry = () => listener();
    this.#listeners = [...this.#listeners, entry];
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== entry);
    };
  };

  becameVisible(): void {
    this.#askAfter(visibleMsMin);
  }

  connected(): void {
    this.#askAfter(connectedMsMin);
  }

  /** A part of the app is gone from the server: asks at once. */
  missedFile(): void {
    this.#askAfter(0);
  }

  #askAfter(ms: number): void {
    const { now, latestScript, ownScript } = this.#asking;
    // Once a newer version is known, a still newer one changes nothing.
    if (this.#newer !== null || now() - this.#askedAt < ms) return;
    this.#askedAt = now();
    latestScript().then(
      (script) => {
        if (script === null || script === ownScript || this.#newer !== null) return;
        this.#newer = script;
        for (const listener of this.#listeners) listener();
      },
      // The page asks again at the next occasion.
      () => undefined,
    );
  }
}
