/** Owns a Bloom filter of fingerprints: most of those that were never added are known by it, without reading anything. */

const probes = 4;

export class FingerprintFilter {
  readonly #words: Uint32Array<ArrayBuffer>;

  /** Either empty, of so many bits, a power of two; or as `bytes` gave it. */
  constructor(from: number | ArrayBuffer) {
    this.#words = new Uint32Array(typeof from === "number" ? new ArrayBuffer(from / 8) : from);
  }

  get bytes(): ArrayBuffer {
    return this.#words.buffer;
  }

  add(fingerprint: number): void {
    for (let probe = 0; probe < probes; probe++) {
      const bit = this.#bitOf(fingerprint, probe);
      this.#words[bit >>> 5] = (this.#words[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  /** False only for what was never added. */
  mayHold(fingerprint: number): boolean {
    for (let probe = 0; probe < probes; probe++) {
      const bit = this.#bitOf(fingerprint, probe);
      if (((this.#words[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }

  /** Of the 48 bits one half is the first place, the other the step to the next. */
  #bitOf(fingerprint: number, probe: number): number {
    const low = fingerprint % 2 ** 24;
    const high = Math.floor(fingerprint / 2 ** 24) | 1;
    return (low + probe * high) % (32 * this.#words.length);
  }
}
