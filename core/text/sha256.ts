/**
 * Owns SHA-256 (FIPS 180-4) of short ASCII text, in plain JavaScript. A hash by `node:crypto` makes several objects of the runtime, which costs much more than a
 * text of a few hundred characters takes here. Longer texts, and those that are not ASCII, are left to the platform.
 *
 * Words are kept in arrays of words, and not in variables, of which the runtime may make an object for each number of 32 bits.
 */

/** The longest text that is hashed here. */
const charactersMax = 503;
const blockWords = 16;
const blocksMax = (charactersMax + 9) / 64;

/** The first 32 bits of the fractional parts of the square roots of the first eight primes, and of the cube roots of the first 64. */
const { initial, rounds } = constants();

const words = new Int32Array(blocksMax * blockWords);
const schedule = new Int32Array(64);
const hash = new Int32Array(8);
/** The working variables a to h of round t are the words -t to 7 - t, modulo 8. So none of them moves. */
const state = new Int32Array(8);
const hexOf: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** In lowercase hex; undefined where the text is too long or not ASCII. */
export function sha256OfShort(text: string): string | undefined {
  const { length } = text;
  if (length > charactersMax) return undefined;
  const blocks = Math.ceil((length + 9) / 64);
  words.fill(0, 0, blocks * blockWords);
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return undefined;
    words[at >> 2] = (words[at >> 2] ?? 0) | (code << (24 - ((at & 3) << 3)));
  }
  words[length >> 2] = (words[length >> 2] ?? 0) | (0x80 << (24 - ((length & 3) << 3)));
  words[blocks * blockWords - 1] = length * 8;
  hash.set(initial);
  for (let block = 0; block < blocks; block++) compress(block * blockWords);
  // What was hashed does not stay in memory.
  words.fill(0, 0, blocks * blockWords);
  schedule.fill(0);
  let hex = "";
  for (let byte = 0; byte < 32; byte++) hex += hexOf[((hash[byte >> 2] ?? 0) >> (24 - ((byte & 3) << 3))) & 0xff] ?? "";
  return hex;
}

function compress(from: number): void {
  for (let t = 0; t < blockWords; t++) schedule[t] = words[from + t] ?? 0;
  for (let t = blockWords; t < 64; t++) {
    const x = schedule[t - 15] ?? 0;
    const y = schedule[t - 2] ?? 0;
    schedule[t] =
      (schedule[t - 16] ?? 0) +
      (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)) +
      (schedule[t - 7] ?? 0) +
      (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10));
  }
  state.set(hash);
  for (let t = 0; t < 64; t++) {
    const a = state[-t & 7] ?? 0;
    const b = state[(1 - t) & 7] ?? 0;
    const c = state[(2 - t) & 7] ?? 0;
    const e = state[(4 - t) & 7] ?? 0;
    const f = state[(5 - t) & 7] ?? 0;
    const g = state[(6 - t) & 7] ?? 0;
    const h = (7 - t) & 7;
    const d = (3 - t) & 7;
    state[h] =
      (state[h] ?? 0) +
      (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))) +
      ((e & f) ^ (~e & g)) +
      (rounds[t] ?? 0) +
      (schedule[t] ?? 0);
    state[d] = (state[d] ?? 0) + (state[h] ?? 0);
    state[h] =
      (state[h] ?? 0) +
      (((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) +
      ((a & b) ^ (a & c) ^ (b & c));
  }
  for (let at = 0; at < 8; at++) hash[at] = (hash[at] ?? 0) + (state[at] ?? 0);
}

function constants(): { initial: Int32Array; rounds: Int32Array } {
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  const fraction = (root: number): number => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
  return {
    initial: Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
    rounds: Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
  };
}
