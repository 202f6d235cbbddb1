/** Owns a Bloom filter of fingerprints: most of those that were never added are known by it, without reading anything. 32 KiB, for some 16,000 entries. */

const bits = 2 ** 18;
const probes = 4;

export class FingerprintFilter {
  readonly #words = new Uint32Array(bits / 32);

  add(fingerprint: number): void {
    for (let probe = 0; probe < probes; probe++) {
      const bit = bitOf(fingerprint, probe);
      this.#words[bit >>> 5] = (this.#words[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  /** False only for what was never added. */
  mayHold(fingerprint: number): boolean {
    for (let probe = 0; probe < probes; probe++) {
      const bit = bitOf(fingerprint, probe);
      if (((this.#words[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

/** Of the 48 bits one half is the first place, the other the step to the next. */
function bitOf(fingerprint: number, probe: number): number {
  const low = fingerprint % 2 ** 24;
  const high = Math.floor(fingerprint / 2 ** 24) | 1;
  return (low + probe * high) % bits;
}
