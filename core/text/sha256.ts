/**
 * Owns SHA-256 (FIPS 180-4) of short ASCII text, in plain JavaScript. A hash by `node:crypto` makes several objects of the runtime, which costs ten times as much as a
 * text of a few hundred characters takes here. Longer texts, and those that are not ASCII, are left to the platform.
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
  for (const word of hash)
    hex += `${hexOf[word >>> 24]}${hexOf[(word >>> 16) & 0xff]}${hexOf[(word >>> 8) & 0xff]}${hexOf[word & 0xff]}`;
  return hex;
}

function compress(from: number): void {
  for (let t = 0; t < blockWords; t++) schedule[t] = words[from + t] ?? 0;
  for (let t = blockWords; t < 64; t++) {
    const w15 = schedule[t - 15] ?? 0;
    const w2 = schedule[t - 2] ?? 0;
    const s0 = turned(w15, 7) ^ turned(w15, 18) ^ (w15 >>> 3);
    const s1 = turned(w2, 17) ^ turned(w2, 19) ^ (w2 >>> 10);
    schedule[t] = ((schedule[t - 16] ?? 0) + s0 + (schedule[t - 7] ?? 0) + s1) | 0;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
  for (let t = 0; t < 64; t++) {
    const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const chosen = (e & f) ^ (~e & g);
    const t1 = (h + s1 + chosen + (rounds[t] ?? 0) + (schedule[t] ?? 0)) | 0;
    const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + s0 + majority) | 0;
  }
  hash[0] = (hash[0] ?? 0) + a;
  hash[1] = (hash[1] ?? 0) + b;
  hash[2] = (hash[2] ?? 0) + c;
  hash[3] = (hash[3] ?? 0) + d;
  hash[4] = (hash[4] ?? 0) + e;
  hash[5] = (hash[5] ?? 0) + f;
  hash[6] = (hash[6] ?? 0) + g;
  hash[7] = (hash[7] ?? 0) + h;
}

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
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
