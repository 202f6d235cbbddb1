/** Owns HalfSipHash-2-4 (Aumasson, Bernstein): a short keyed hash of ASCII text. Without the key nobody can make two texts that have the same hash. */

const bits48 = 2 ** 48;

/** The first 48 bits of HalfSipHash-2-4-64. `key`: two words of 32 bits. */
export function fingerprintOf(key: readonly [number, number], text: string): number {
  const [low, high] = halfSipHash(key, text);
  return (high % 0x10000) * 0x100000000 + low;
}

/** How many fingerprints there can be. */
export const fingerprints = bits48;

/** The state while a text is hashed. An array of words, because a variable that several functions share would be made anew in memory with each write. */
const state = new Int32Array(4);

/** The 64 bits of HalfSipHash-2-4-64 as two words, the lower first. `text` is ASCII. */
export function halfSipHash([k0, k1]: readonly [number, number], text: string): [number, number] {
  state[0] = k0;
  state[1] = k1 ^ 0xee;
  state[2] = 0x6c796765 ^ k0;
  state[3] = 0x74656462 ^ k1;
  const whole = text.length & ~3;
  for (let at = 0; at < whole; at += 4) take(wordAt(text, at, 4));
  take(wordAt(text, whole, text.length - whole) | ((text.length & 0xff) << 24));
  mix(2, 0xee);
  rounds(4);
  const low = end();
  mix(1, 0xdd);
  rounds(4);
  return [low, end()];
}

function take(word: number): void {
  mix(3, word);
  rounds(2);
  mix(0, word);
}

function mix(place: number, word: number): void {
  state[place] = (state[place] ?? 0) ^ word;
}

function end(): number {
  return ((state[1] ?? 0) ^ (state[3] ?? 0)) >>> 0;
}

function rounds(count: number): void {
  let v0 = state[0] ?? 0;
  let v1 = state[1] ?? 0;
  let v2 = state[2] ?? 0;
  let v3 = state[3] ?? 0;
  for (let i = 0; i < count; i++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  state[0] = v0;
  state[1] = v1;
  state[2] = v2;
  state[3] = v3;
}

function wordAt(text: string, at: number, bytes: number): number {
  let word = 0;
  for (let i = 0; i < bytes; i++) word |= (text.charCodeAt(at + i) & 0xff) << (8 * i);
  return word;
}
