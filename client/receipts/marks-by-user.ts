/** Owns the watermarks of all members as an immutable value. After a change of one member the new value shares nearly everything with the one before. */

export type Marks = { readonly delivered: number; readonly read: number };

/** With this size a change costs about as much in a group of a thousand as in a group of ten. */
const bucketsCount = 64;

interface Bucket {
  readonly marks: ReadonlyMap<string, Marks>;
  readonly least: Marks;
  readonly most: Marks;
}

const nobody: Bucket = {
  marks: new Map(),
  least: { delivered: Infinity, read: Infinity },
  most: { delivered: 0, read: 0 },
};

export class MarksByUser implements ReadonlyMap<string, Marks> {
  readonly size: number;
  readonly #buckets: readonly Bucket[];

  private constructor(size: number, buckets: readonly Bucket[]) {
    this.size = size;
    this.#buckets = buckets;
  }

  static readonly none = new MarksByUser(
    0,
    Array.from({ length: bucketsCount }, () => nobody),
  );

  static of(all: Iterable<readonly [string, Marks]>): MarksByUser {
    const buckets = Array.from({ length: bucketsCount }, () => new Map<string, Marks>());
    for (const [userId, marks] of all) buckets[bucketOf(userId)]?.set(userId, marks);
    const size = buckets.reduce((sum, bucket) => sum + bucket.size, 0);
    return new MarksByUser(size, buckets.map(summedUp));
  }

  with(userId: string, marks: Marks): MarksByUser {
    const index = bucketOf(userId);
    const bucket = new Map(this.#buckets[index]?.marks).set(userId, marks);
    return new MarksByUser(this.size + (this.has(userId) ? 0 : 1), this.#buckets.with(index, summedUp(bucket)));
  }

  /** The lowest marks of all members; 0 where there are none. */
  least(of: keyof Marks): number {
    return this.size === 0 ? 0 : Math.min(...this.#buckets.map(({ least }) => least[of]));
  }

  /** The highest marks of any member. */
  most(of: keyof Marks): number {
    return Math.max(...this.#buckets.map(({ most }) => most[of]));
  }

  get(userId: string): Marks | undefined {
    return this.#buckets[bucketOf(userId)]?.marks.get(userId);
  }

  has(userId: string): boolean {
    return this.get(userId) !== undefined;
  }

  *entries(): MapIterator<[string, Marks]> {
    for (const { marks } of this.#buckets) yield* marks;
  }

  *keys(): MapIterator<string> {
    for (const { marks } of this.#buckets) yield* marks.keys();
  }

  *values(): MapIterator<Marks> {
    for (const { marks } of this.#buckets) yield* marks.values();
  }

  [Symbol.iterator](): MapIterator<[string, Marks]> {
    return this.entries();
  }

  forEach(each: (marks: Marks, userId: string, all: ReadonlyMap<string, Marks>) => void): void {
    for (const [userId, marks] of this) each(marks, userId, this);
  }
}

function bucketOf(userId: string): number {
  let sum = 0;
  for (let i = 0; i < userId.length; i++) sum = (sum * 31 + userId.charCodeAt(i)) % 1_000_003;
  return sum % bucketsCount;
}

function summedUp(marks: ReadonlyMap<string, Marks>): Bucket {
  let [least, most] = [nobody.least, nobody.most];
  for (const { delivered, read } of marks.values()) {
    least = { delivered: Math.min(least.delivered, delivered), read: Math.min(least.read, read) };
    most = { delivered: Math.max(most.delivered, delivered), read: Math.max(most.read, read) };
  }
  return { marks, least, most };
}
