/**
 * Owns whose turn it is to be served first. A frame takes tens of microseconds, so of a thousand sockets the last one is served tens of milliseconds after the first:
 * no socket is to be the last one each time.
 */

/** Successive multiples of it, modulo 1, lie evenly, however many there are (Weyl's sequence of the golden ratio). */
const step = (Math.sqrt(5) - 1) / 2;

export class Rotation<K, V> {
  readonly #all: () => Iterable<[K, V]>;
  #order: readonly [K, V][] | undefined;
  #from = 0;

  /** `all`: the entries in an order that stays the same until `forget` is called. */
  constructor(all: () => Iterable<[K, V]>) {
    this.#all = all;
  }

  /** To be called when an entry has come or gone. */
  forget(): void {
    this.#order = undefined;
  }

  /** All entries that there are now: those with a key in `first`, then the others, from another one on each time. */
  *next(first: ReadonlyMap<K, unknown> = none): Generator<[K, V]> {
    const order = (this.#order ??= [...this.#all()]);
    const start = Math.floor(this.#from * order.length);
    this.#from = (this.#from + step) % 1;
    if (first.size > 0) for (const entry of order) if (first.has(entry[0])) yield entry;
    for (let n = 0; n < order.length; n++) {
      const entry = order[(start + n) % order.length] as [K, V];
      if (!first.has(entry[0])) yield entry;
    }
  }
}

const none: ReadonlyMap<never, unknown> = new Map<never, unknown>();
