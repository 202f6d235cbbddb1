/**
 * Owns the hashes of files whose parts are arriving. R2 lets nobody read a part before all are one, so without them a file would be read back once when it is complete.
 * They are in the memory of one isolate: what another isolate received, what came out of order beyond a bound, and what was sent twice is read back.
 */
import { createHash, type Hash } from "node:crypto";
import { uploadBounds } from "../../../schema/bounds/uploads.ts";

interface Bounds {
  /** Files whose hashes are known; the one that was not touched for longest goes. */
  readonly filesMax: number;
  /** Bytes of all parts that wait for an earlier part of their file. */
  readonly heldBytesMax: number;
}

/** A part that arrives. Either `stored` or `lost` ends it. */
export interface ArrivingPart {
  /** Bytes of the part, in order. They may change after the call. */
  add(bytes: Uint8Array): void;
  /** R2 has the part. */
  stored(): void;
  /** R2 may not have it. */
  lost(): void;
}

/** A part that waits for an earlier one. */
interface Held {
  readonly grant: string;
  readonly chunks: Uint8Array[];
  isStored: boolean;
}

interface File {
  /** Of the first parts, as many as `grants` has. */
  hash: Hash;
  readonly grants: string[];
  readonly held: Map<number, Held>;
}

/** The hash of the first `parts` parts of a file. */
export interface Begun {
  readonly hash: Hash;
  readonly parts: number;
}

export class ArrivingHashes {
  readonly #bounds: Bounds;
  /** By key, the one that was touched last at the end. */
  readonly #files = new Map<string, File>();
  #heldBytes = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** `grant`: what the object gave for the first put of this part. `n` counts from 1. */
  part(key: string, n: number, grant: string): ArrivingPart {
    const file = this.#files.get(key) ?? { hash: createHash("sha256"), grants: [], held: new Map() };
    this.#touch(key, file);
    return file.grants.length === n - 1 ? this.#next(file, n, grant) : this.#later(key, file, n, grant);
  }

  /** What is known of a file. `grants`: those of its parts that were put once, in order; null for each other. Undefined where nothing is known. */
  begun(key: string, grants: readonly (string | null)[]): Begun | undefined {
    const file = this.#files.get(key);
    if (file === undefined || file.grants.length === 0) return undefined;
    if (!file.grants.every((grant, index) => grant === grants[index])) return undefined;
    return { hash: file.hash.copy(), parts: file.grants.length };
  }

  forget(key: string): void {
    const file = this.#files.get(key);
    if (file === undefined) return;
    this.#files.delete(key);
    for (const [n, held] of file.held) this.#release(file, n, held);
  }

  /** All earlier parts are hashed, so its bytes are as they come. */
  #next(file: File, n: number, grant: string): ArrivingPart {
    const hash = file.hash.copy();
    return {
      add: (bytes) => void hash.update(bytes),
      stored: () => {
        if (file.grants.length !== n - 1) return;
        file.hash = hash;
        file.grants.push(grant);
        this.#hashHeld(file);
      },
      lost: () => undefined,
    };
  }

  /** Some earlier part is not hashed, so its bytes wait in memory, as far as there is room. */
  #later(key: string, file: File, n: number, grant: string): ArrivingPart {
    const held: Held = { grant, chunks: [], isStored: false };
    let isHeld = n > file.grants.length && !file.held.has(n);
    if (isHeld) file.held.set(n, held);
    const drop = () => {
      if (isHeld) this.#release(file, n, held);
      isHeld = false;
    };
    return {
      add: (bytes) => {
        isHeld &&= file.held.get(n) === held;
        if (!isHeld) return;
        if (!this.#makeRoom(key, bytes.byteLength)) return drop();
        held.chunks.push(new Uint8Array(bytes));
        this.#heldBytes += bytes.byteLength;
      },
      stored: () => {
        held.isStored = true;
        this.#hashHeld(file);
      },
      lost: drop,
    };
  }

  #hashHeld(file: File): void {
    for (;;) {
      const n = file.grants.length + 1;
      const held = file.held.get(n);
      if (held?.isStored !== true) return;
      for (const chunk of held.chunks) file.hash.update(chunk);
      file.grants.push(held.grant);
      this.#release(file, n, held);
    }
  }

  #touch(key: string, file: File): void {
    this.#files.delete(key);
    this.#files.set(key, file);
    for (const [oldest] of this.#files) {
      if (this.#files.size <= this.#bounds.filesMax) return;
      this.forget(oldest);
    }
  }

  /** Takes room from files that were not touched for longer. */
  #makeRoom(key: string, bytes: number): boolean {
    for (const [oldest, file] of this.#files) {
      if (this.#heldBytes + bytes <= this.#bounds.heldBytesMax) return true;
      if (oldest === key) break;
      for (const [n, held] of file.held) this.#release(file, n, held);
    }
    return this.#heldBytes + bytes <= this.#bounds.heldBytesMax;
  }

  #release(file: File, n: number, held: Held): void {
    if (file.held.get(n) !== held) return;
    file.held.delete(n);
    for (const chunk of held.chunks) this.#heldBytes -= chunk.byteLength;
  }
}

/** Of this isolate. */
export const arrivingHashes = new ArrivingHashes({
  filesMax: uploadBounds.arrivingFilesMax,
  heldBytesMax: uploadBounds.arrivingHeldBytesMax,
});
