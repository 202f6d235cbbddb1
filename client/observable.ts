/** Owns the two kinds of observable state: state that is set, and state that is derived when it is read. */
import type { Observable } from "./contract/observable.ts";
import { report } from "./report.ts";

class Listeners {
  #listeners: readonly (() => void)[] = [];

  readonly subscribe = (listener: () => void): (() => void) => {
    // A wrapper of its own, so that subscribing the same function twice is two subscriptions.
    const entry = () => listener();
    this.#listeners = [...this.#listeners, entry];
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== entry);
    };
  };

  get count(): number {
    return this.#listeners.length;
  }

  notify(): void {
    for (const listener of this.#listeners) guarded(listener);
  }
}

/** Listeners that are called when the outermost batch ends. */
let gathered: Set<() => void> | undefined;

/** Runs a task in which many things change, and calls each listener of derived state once, at its end. */
export function batched(task: () => void): void {
  if (gathered !== undefined) return task();
  const due = new Set<() => void>();
  gathered = due;
  try {
    task();
  } finally {
    gathered = undefined;
    for (const notify of due) notify();
  }
}

/** A program's listener that throws must not stop the others, nor what the SDK was doing: it is reported. */
export function guarded(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    report(error);
  }
}

/** Listeners of events. Events have no present state. */
export class Events<T> {
  readonly #listeners = new Set<(value: T) => void>();

  add(listener: (value: T) => void): () => void {
    const entry = (value: T) => listener(value);
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  emit(value: T): void {
    for (const listener of this.#listeners) guarded(() => listener(value));
  }
}

/** State that is set. Setting the value that it has already (`===`) calls no listener. */
export class State<T> implements Observable<T> {
  readonly #listeners = new Listeners();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  readonly subscribe = this.#listeners.subscribe;
  readonly getSnapshot = (): T => this.#value;

  set(value: T): void {
    if (value === this.#value) return;
    this.#value = value;
    this.#listeners.notify();
  }
}

/** State that is derived from other state: at most once between two changes, and only when it is read. */
export class Derived<T> implements Observable<T> {
  readonly #listeners = new Listeners();
  readonly #derive: (previous: T | undefined) => T;
  readonly #calledFor: "touches" | "changes";
  #value: T | undefined;
  #isDirty = true;
  /** With `changes`, the value when the listeners were last called. */
  #shown: T | undefined;

  /**
   * `derive` gets the previous value, so that it can answer the same one where nothing changed. With `touches` listeners are called at every touch. With
   * `changes` they are called only if the value is another one, so it is derived before they ask for it.
   */
  constructor(derive: (previous: T | undefined) => T, calledFor: "touches" | "changes" = "touches") {
    this.#derive = derive;
    this.#calledFor = calledFor;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.#calledFor === "changes" && !this.isWatched) this.#shown = this.getSnapshot();
    return this.#listeners.subscribe(listener);
  };

  readonly getSnapshot = (): T => {
    if (this.#isDirty || this.#value === undefined) {
      this.#value = this.#derive(this.#value);
      this.#isDirty = false;
    }
    return this.#value;
  };

  get isWatched(): boolean {
    return this.#listeners.count > 0;
  }

  /** The state that it is derived from has changed. */
  touch(): void {
    this.#isDirty = true;
    if (gathered === undefined) this.#notify();
    else gathered.add(this.#notify);
  }

  readonly #notify = (): void => {
    if (this.#calledFor === "changes" && this.isWatched) {
      const before = this.#shown;
      this.#shown = this.getSnapshot();
      if (this.#shown === before) return;
    }
    this.#listeners.notify();
  };
}

/** The sum of several counts. */
export function sumOf(counts: readonly Observable<number>[]): Derived<number> {
  const sum = new Derived(() => counts.reduce((all, each) => all + each.getSnapshot(), 0));
  for (const each of counts) each.subscribe(() => sum.touch());
  return sum;
}
