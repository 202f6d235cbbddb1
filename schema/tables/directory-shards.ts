/**
 * Decides in which database a key of the directory lies. A key belongs to one of many virtual shards, for ever; a map says which database has which of
 * them, so that a database can be added by moving some, and everything else stays where it is.
 */

/** Fine enough to fill a new database evenly from all others; how many there are must never change. */
export const virtualShards = 1_024;

export type ShardMap = {
  databases: number;
  /** Virtual shard → database. */
  homes: readonly number[];
  /** Virtual shards that are being moved: they are read, and not written. */
  frozen: ReadonlySet<number>;
};

/** FNV-1a, 32 bits: spreads keys over the virtual shards, and must never change. */
export function virtualShardOf(key: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) value = Math.imul(value ^ key.charCodeAt(i), 0x01000193);
  return (value >>> 0) % virtualShards;
}

/**
 * Reads the three variables. `map` is empty, or as `%2 0-340>2 700>3`: virtual shard v lies in database v modulo 2, but for 0 to 340, which lie in
 * database 2, and 700, which lies in 3; of several the last holds. Without a map they are spread evenly over all databases. `frozen`: as `0-340 700`.
 * @throws where they do not go together: no server may start with them.
 */
export function readShardMap(databasesText: string, map: string, frozen: string): ShardMap {
  const databases = whole(databasesText, "DIRECTORY_SHARDS", 1, 1_000);
  const [first = `%${databases}`, ...moves] = words(map);
  if (!first.startsWith("%")) throw new Error(`DIRECTORY_MAP must begin as in "%${databases}", not ${first}`);
  const evenly = whole(first.slice(1), "DIRECTORY_MAP", 1, databases);
  const homes = Array.from({ length: virtualShards }, (_, shard) => shard % evenly);
  for (const move of moves) {
    const [range = "", database = "", ...rest] = move.split(">");
    if (rest.length > 0) throw new Error(`DIRECTORY_MAP: ${move} is not as in 0-340>2`);
    homes.fill(whole(database, "DIRECTORY_MAP", 0, databases - 1), ...bounds(range, "DIRECTORY_MAP"));
  }
  return { databases, homes, frozen: new Set(readShards(frozen, "DIRECTORY_FROZEN")) };
}

/** Virtual shards as in `0-340 700`. */
export function readShards(text: string, name: string): number[] {
  return words(text).flatMap((range) => {
    const [from, end] = bounds(range, name);
    return Array.from({ length: end - from }, (_, index) => from + index);
  });
}

/** The first, and the one behind the last. */
function bounds(range: string, name: string): [number, number] {
  const [fromText = "", toText = fromText, ...rest] = range.split("-");
  const from = whole(fromText, name, 0, virtualShards - 1);
  const to = whole(toText, name, from, virtualShards - 1);
  if (rest.length > 0) throw new Error(`${name}: ${range} is not as in 0-340`);
  return [from, to + 1];
}

function whole(text: string, name: string, min: number, max: number): number {
  const number = /^[0-9]{1,6}$/.test(text) ? Number(text) : NaN;
  if (number >= min && number <= max) return number;
  throw new Error(`${name} must name whole numbers from ${min} to ${max}, not "${text}"`);
}

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}
