/**
 * Owns the bytes of a dictionary: sorted tokens, each with the slots (0 to 63) where it occurs.
 *
 * A byte of version; blocks of `blockEntries` entries; the offset of each block (4 bytes each); the number of blocks (4 bytes). An entry is the
 * length of what it shares with the token before it in its block, the length of the rest, the rest, and the slots: their number and one byte
 * each, or the byte `allBits` and eight bytes of bits. Lengths and UTF-16 units are numbers of seven bits a byte, the lowest first.
 */

export type Bytes = Uint8Array<ArrayBuffer>;
export type Entry = { readonly token: string; readonly slots: readonly number[] };

const version = 1;
const blockEntries = 16;
const allBits = 0xff;
/** More slots than this take fewer bytes as bits. */
const listedMax = 7;

export function bytesOf(entries: Iterable<Entry>): Bytes {
  const out = new Writer();
  const offsets: number[] = [];
  out.byte(version);
  let before = "";
  let count = 0;
  for (const { token, slots } of entries) {
    if (count % blockEntries === 0) {
      offsets.push(out.length);
      before = "";
    }
    const shared = sharedUnits(before, token);
    out.number(shared);
    out.number(token.length - shared);
    for (let at = shared; at < token.length; at++) out.number(token.charCodeAt(at));
    out.slots(slots);
    before = token;
    count++;
  }
  for (const offset of offsets) out.fixed(offset);
  out.fixed(offsets.length);
  return out.bytes();
}

export function entriesOf(bytes: Bytes): Entry[] {
  return [...entriesFrom(bytes, "")];
}

/** The entries from the first one that is not before `token`. */
export function* entriesFrom(bytes: Bytes, token: string): Generator<Entry> {
  const { blocks, end, offset } = layoutOf(bytes);
  let low = 0;
  // The last block that does not begin behind the token.
  for (let high = blocks; low < high;) {
    const middle = (low + high) >>> 1;
    if (new Cursor(bytes, offset(middle)).next("").token <= token) low = middle + 1;
    else high = middle;
  }
  for (let block = Math.max(0, low - 1); block < blocks; block++) {
    const cursor = new Cursor(bytes, offset(block));
    const blockEnd = block + 1 < blocks ? offset(block + 1) : end;
    let before = "";
    while (cursor.at < blockEnd) {
      const entry = cursor.next(before);
      before = entry.token;
      if (entry.token >= token) yield entry;
    }
  }
}

/** Reads the layout. Throws if the bytes are no dictionary. */
function layoutOf(bytes: Bytes): { blocks: number; end: number; offset: (block: number) => number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 5 || bytes[0] !== version) throw new Error("no dictionary of this version");
  const blocks = view.getUint32(bytes.length - 4);
  const end = bytes.length - 4 - 4 * blocks;
  if (end < 1) throw new Error("a dictionary is cut short");
  return { blocks, end, offset: (block) => view.getUint32(end + 4 * block) };
}

function sharedUnits(a: string, b: string): number {
  let shared = 0;
  while (shared < a.length && shared < b.length && a.charCodeAt(shared) === b.charCodeAt(shared)) shared++;
  return shared;
}

class Writer {
  #bytes = new Uint8Array(4_096);
  length = 0;

  byte(value: number): void {
    if (this.length === this.#bytes.length) {
      const longer = new Uint8Array(2 * this.#bytes.length);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#bytes[this.length++] = value;
  }

  number(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  fixed(value: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) this.byte((value >>> shift) & 0xff);
  }

  slots(slots: readonly number[]): void {
    if (slots.length <= listedMax) {
      this.byte(slots.length);
      for (const slot of slots) this.byte(slot);
      return;
    }
    const bits = new Uint8Array(8);
    for (const slot of slots) bits[slot >> 3] = (bits[slot >> 3] ?? 0) | (1 << (slot & 7));
    this.byte(allBits);
    for (const byte of bits) this.byte(byte);
  }

  bytes(): Bytes {
    return this.#bytes.slice(0, this.length);
  }
}

class Cursor {
  readonly #bytes: Bytes;
  at: number;

  constructor(bytes: Bytes, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** `before`: the token of the entry before it in the block. */
  next(before: string): Entry {
    const shared = this.#number();
    const units: number[] = [];
    for (let left = this.#number(); left > 0; left--) units.push(this.#number());
    return { token: before.slice(0, shared) + String.fromCharCode(...units), slots: this.#slots() };
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new Error("a dictionary is cut short");
    return byte;
  }

  #number(): number {
    let byte = this.#byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = this.#byte();
      value |= (byte & 0x7f) << shift;
    }
    return value;
  }

  #slots(): number[] {
    const count = this.#byte();
    const slots: number[] = [];
    if (count !== allBits) {
      for (let left = count; left > 0; left--) slots.push(this.#byte());
      return slots;
    }
    for (let place = 0; place < 8; place++) {
      const byte = this.#byte();
      for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1) slots.push(8 * place + bit);
    }
    return slots;
  }
}
