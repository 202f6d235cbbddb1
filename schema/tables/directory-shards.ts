/**
 * Decides in which database a key of the directory lies. A key belongs for ever to one of many virtual shards. A map says which database holds
 * which virtual shards. So a database is added by moving some virtual shards, and all others stay where they are.
 */

/** Enough to fill a new database evenly from all others. The number must never change. */
export const virtualShards = 1_024;

export type ShardMap = {
  databases: number;
  /** Virtual shard → database. */
  homes: readonly number[];
  /** Virtual shards that are being moved: they are read and not written. */
  frozen: ReadonlySet<number>;
};

/** FNV-1a, 32 bits: spreads keys over the virtual shards, and must never change. */
export function virtualShardOf(key: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) value = Math.imul(value ^ key.charCodeAt(i), 0x01000193);
  return (value >>> 0) % virtualShards;
}

/**
 * Reads the three variables. `map` has the form `%2 0-340>2 700>3`: virtual shard v lies in database v modulo 2, except that 0 to 340 lie in
 * database 2 and 700 lies in database 3. Where two moves name one shard, the last one holds. An empty map spreads the virtual shards evenly over
 * all databases. `frozen` has the form `0-340 700`.
 * @throws where the three contradict each other: no server may start with them.
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

/** Reads virtual shards in the form `0-340 700`. */
export function readShards(text: string, name: string): number[] {
  return words(text).flatMap((range) => {
    const [from, end] = bounds(range, name);
    return Array.from({ length: end - from }, (_, index) => from + index);
  });
}

/** The first shard of a range, and the one after its last. */
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
