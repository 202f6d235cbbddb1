/** Owns state of the app that components watch (`useObservable`), as they watch the SDK's. */
import type { Observable } from "parley-sdk";

export class State<T> implements Observable<T> {
  #value: T;
  #listeners: readonly (() => void)[] = [];

  constructor(value: T) {
    this.#value = value;
  }

  readonly getSnapshot = (): T => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    // A wrapper of its own, so that subscribing the same function twice is two subscriptions.
    const entry = () => listener();
    this.#listeners = [...this.#listeners, entry];
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== entry);
    };
  };

  /** Setting the value that it has already calls no listener. */
  set(value: T): void {
    if (value === this.#value) return;
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }
}
