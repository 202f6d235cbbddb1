/**
 * Owns the bytes of a dictionary as it is stored: pages, each a dictionary of its own and packed apart, and the first token of each page. Whoever looks for a
 * token unpacks the page that has it and no other, so a large dictionary takes little memory and little time.
 *
 * The byte `version`; the packed pages; the directory, a dictionary of the first tokens; where each page ends (4 bytes each); the number of pages and
 * the length of the directory (4 bytes each). The functions that pack and unpack are the caller's.
 */
import { type Bytes, bytesOf, type Entry, entriesFrom, entriesOf } from "./dictionary.ts";

export type Pack = (bytes: Bytes) => Uint8Array;
export type Unpack = (bytes: Uint8Array) => Bytes;

/** No deflated stream begins with it. Dictionaries that were written before there were pages are one such stream. */
const version = 0xfe;
const pageEntries = 1_024;

/** `unpackedBytes`: of all pages together. */
export function packedBytesOf(entries: Iterable<Entry>, pack: Pack): { bytes: Bytes; unpackedBytes: number } {
  const pages: Uint8Array[] = [];
  const firsts: Entry[] = [];
  const ends: number[] = [];
  let end = 1;
  let unpackedBytes = 0;
  for (const page of inPages(entries)) {
    const unpacked = bytesOf(page);
    const packed = pack(unpacked);
    unpackedBytes += unpacked.length;
    pages.push(packed);
    firsts.push({ token: page[0]?.token ?? "", slots: [] });
    ends.push((end += packed.length));
  }
  const directory = bytesOf(firsts);
  const bytes = new Uint8Array(end + directory.length + 4 * ends.length + 8);
  bytes[0] = version;
  let at = 1;
  for (const part of [...pages, directory]) {
    bytes.set(part, at);
    at += part.length;
  }
  const view = new DataView(bytes.buffer);
  for (const number of [...ends, ends.length, directory.length]) {
    view.setUint32(at, number);
    at += 4;
  }
  return { bytes, unpackedBytes };
}

function* inPages(entries: Iterable<Entry>): Generator<Entry[]> {
  let page: Entry[] = [];
  for (const entry of entries) {
    page.push(entry);
    if (page.length < pageEntries) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** A stored dictionary. Throws if the bytes are none. */
export class PackedDictionary {
  readonly #bytes: Bytes;
  readonly #unpack: Unpack;
  readonly #firsts: readonly string[];
  readonly #ends: readonly number[];

  constructor(bytes: Bytes, unpack: Unpack) {
    this.#unpack = unpack;
    this.#bytes = bytes[0] === version ? bytes : unpack(bytes);
    if (bytes[0] !== version) {
      this.#firsts = [""];
      this.#ends = [];
      return;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const fixed = (fromEnd: number): number => {
      if (fromEnd >= bytes.length) throw new Error("a dictionary is cut short");
      return view.getUint32(bytes.length - fromEnd);
    };
    const pages = fixed(8);
    const directoryEnd = bytes.length - 8 - 4 * pages;
    const directory = bytes.subarray(directoryEnd - fixed(4), directoryEnd);
    this.#firsts = entriesOf(directory).map(({ token }) => token);
    this.#ends = Array.from({ length: pages }, (_, page) => fixed(8 + 4 * (pages - page)));
    if (this.#firsts.length !== pages) throw new Error("a dictionary has another number of pages");
  }

  /** About how much memory it takes. */
  get length(): number {
    return this.#bytes.length;
  }

  /** The entries from the first one that is not before `token`. A page is unpacked when the first of its entries is wanted. */
  *entriesFrom(token: string): Generator<Entry> {
    for (let page = this.#pageOf(token); page < this.#firsts.length; page++)
      yield* entriesFrom(this.#page(page), token);
  }

  *entries(): Generator<Entry> {
    for (let page = 0; page < this.#firsts.length; page++) yield* entriesOf(this.#page(page));
  }

  /** The last page that does not begin behind the token; the first one if there is none. */
  #pageOf(token: string): number {
    let low = 0;
    for (let high = this.#firsts.length; low < high;) {
      const middle = (low + high) >>> 1;
      if ((this.#firsts[middle] ?? "") <= token) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #page(page: number): Bytes {
    if (this.#bytes[0] !== version) return this.#bytes;
    return this.#unpack(this.#bytes.subarray(this.#ends[page - 1] ?? 1, this.#ends[page]));
  }
}
