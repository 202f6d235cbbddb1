import fc from "fast-check";
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { type ArrivingPart, ArrivingHashes } from "../../../workers/media/uploads/arriving-hashes.ts";

const hashOf = (bytes: string): string => createHash("sha256").update(bytes).digest("hex");
const bytesOf = (key: string, n: number): string => `${key}-${n}`.repeat(3);
const grantOf = (key: string, n: number): string => `grant ${key} ${n}`;
const partsOfFile = 5;
const grantsOf = (key: string): string[] => Array.from({ length: partsOfFile }, (_, at) => grantOf(key, at + 1));

function first(key: string, parts: number): string {
  return Array.from({ length: parts }, (_, at) => bytesOf(key, at + 1)).join("");
}

/** One file's part, with what has become of it. */
class Sending {
  readonly key: string;
  readonly n: number;
  readonly part: ArrivingPart;
  #sent = 0;

  constructor(hashes: ArrivingHashes, key: string, n: number) {
    this.key = key;
    this.n = n;
    this.part = hashes.part(key, n, grantOf(key, n));
  }

  /** Some of the bytes, in a buffer that is used again. */
  add(count: number): void {
    const buffer = Buffer.from(bytesOf(this.key, this.n).slice(this.#sent, this.#sent + count));
    this.#sent += count;
    this.part.add(buffer);
    buffer.fill(0);
  }

  end(isStored: boolean): void {
    this.add(1_000);
    if (isStored) this.part.stored();
    else this.part.lost();
  }
}

test("[U4] parts of several files arrive in any order, and some never: what is known is the hash of the first parts", () => {
  const step = fc.record({
    key: fc.constantFrom("a", "b", "c"),
    n: fc.integer({ min: 1, max: partsOfFile }),
    does: fc.constantFrom("begin", "add", "add", "store", "store", "lose"),
  });
  const bounds = fc.record({
    filesMax: fc.integer({ min: 1, max: 3 }),
    heldBytesMax: fc.integer({ min: 0, max: 100 }),
  });
  fc.assert(
    fc.property(bounds, fc.array(step, { maxLength: 80 }), (within, steps) => {
      const hashes = new ArrivingHashes(within);
      const begun = new Map<string, Sending | "stored" | "over">();
      for (const { key, n, does } of steps) {
        const name = grantOf(key, n);
        const sending = begun.get(name);
        // An object gives a grant for the first put of a part alone.
        if (does === "begin" && sending === undefined) begun.set(name, new Sending(hashes, key, n));
        if (!(sending instanceof Sending) || does === "begin") continue;
        if (does === "add") sending.add(4);
        else {
          sending.end(does === "store");
          begun.set(name, does === "store" ? "stored" : "over");
        }
      }
      for (const key of ["a", "b", "c"]) {
        const known = hashes.begun(key, grantsOf(key));
        if (known === undefined) continue;
        expect(known.hash.digest("hex")).toBe(hashOf(first(key, known.parts)));
        for (let n = 1; n <= known.parts; n++) expect(begun.get(grantOf(key, n))).toBe("stored");
      }
    }),
  );
});

test("[U4] with room, all parts that arrive at once are hashed, whichever is whole first", () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: partsOfFile }),
      fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: partsOfFile }),
      (beginning, ending) => {
        const hashes = new ArrivingHashes({ filesMax: 1, heldBytesMax: 1_000 });
        const sendings = new Map(beginning.map((n) => [n, new Sending(hashes, "a", n)]));
        for (const n of ending) sendings.get(n)?.add(3);
        for (const n of ending) sendings.get(n)?.end(true);
        const known = hashes.begun("a", grantsOf("a"));
        expect(known?.parts).toBe(partsOfFile);
        expect(known?.hash.digest("hex")).toBe(hashOf(first("a", partsOfFile)));
        // Asked again, for completing may be repeated.
        expect(hashes.begun("a", grantsOf("a"))?.hash.digest("hex")).toBe(hashOf(first("a", partsOfFile)));
      },
    ),
  );
});

test("[U4] a part that may have been put twice makes nothing known", () => {
  const hashes = new ArrivingHashes({ filesMax: 1, heldBytesMax: 0 });
  for (const n of [1, 2]) new Sending(hashes, "a", n).end(true);
  const grants: (string | null)[] = grantsOf("a");
  expect(hashes.begun("a", grants)?.parts).toBe(2);
  expect(hashes.begun("a", grants.toSpliced(1, 1, null))).toBeUndefined();
  expect(hashes.begun("a", grants.toSpliced(0, 1, "another"))).toBeUndefined();
  expect(hashes.begun("a", [])).toBeUndefined();
  hashes.forget("a");
  expect(hashes.begun("a", grants)).toBeUndefined();
});

test("[U4] what waits gives way to what is younger, and its room comes back", () => {
  const room = bytesOf("a", 1).length;
  const hashes = new ArrivingHashes({ filesMax: 9, heldBytesMax: room });
  const waiting = new Sending(hashes, "a", 2);
  waiting.end(true);
  const younger = new Sending(hashes, "b", 2);
  younger.end(true);
  for (const key of ["a", "b"]) new Sending(hashes, key, 1).end(true);
  expect(hashes.begun("a", grantsOf("a"))?.parts).toBe(1);
  expect(hashes.begun("b", grantsOf("b"))?.parts).toBe(2);
  for (const n of [4, 3]) new Sending(hashes, "b", n).end(true);
  expect(hashes.begun("b", grantsOf("b"))?.parts).toBe(4);
});
