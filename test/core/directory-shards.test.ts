/** In which database a key of the directory lies: always the same one, unless a map moves its virtual shard. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readShardMap, readShards, virtualShardOf, virtualShards } from "../../schema/tables/directory-shards.ts";

const homeOf = (map: ReturnType<typeof readShardMap>, key: string): number | undefined =>
  map.homes[virtualShardOf(key)];

test("[T6] where keys lie is pinned: these must never change", () => {
  const shards = ["ana", "bo.2", "u_AAAAAAAAAAAAAAAAAAAAAA12345678", ""].map(virtualShardOf);
  expect(shards).toEqual([645, 550, 547, 453]);
  // With two databases a key lies where its hash modulo two says, as it did before there was a map.
  const map = readShardMap("2", "", "");
  for (const shard of shards) expect(map.homes[shard]).toBe(shard % 2);
});

test("[T6] adding a third database without moving anything moves nothing; moving some moves those and no others", () => {
  const two = readShardMap("2", "", "");
  const three = readShardMap("3", "%2", "");
  expect(three.homes).toEqual(two.homes);
  fc.assert(
    fc.property(fc.string(), fc.nat(virtualShards - 1), fc.nat(virtualShards - 1), (key, one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const moved = readShardMap("3", `%2 ${from}-${to}>2`, "");
      const shard = virtualShardOf(key);
      expect(homeOf(moved, key)).toBe(shard >= from && shard <= to ? 2 : homeOf(two, key));
    }),
  );
});

test("[T6] a map that names what is not there is refused, with its name", () => {
  const bad: [string, string, string][] = [
    ["0", "", ""],
    ["two", "", ""],
    ["", "", ""],
    ["1001", "", ""],
    ["2", "%3", ""],
    ["2", "2", ""],
    ["2", "%0", ""],
    ["2", "%2 0-10>2", ""],
    ["2", "%2 10-0>1", ""],
    ["2", "%2 0-1024>1", ""],
    ["2", "%2 0-1-2>1", ""],
    ["2", "%2 0>1>0", ""],
    ["2", "%2 0>", ""],
    ["2", "%2 -1>1", ""],
    ["2", "%2 1e1>1", ""],
    ["2", "", "1024"],
    ["2", "", "x"],
  ];
  for (const [databases, map, frozen] of bad) {
    expect(() => readShardMap(databases, map, frozen), `${databases} | ${map} | ${frozen}`).toThrow(
      /^DIRECTORY_(SHARDS|MAP|FROZEN)/,
    );
  }
  expect(readShardMap("4", "%2 0-3>2 2>3", " 1  5-6 ")).toMatchObject({ databases: 4, frozen: new Set([1, 5, 6]) });
  expect(readShardMap("4", "%2 0-3>2 2>3", "").homes.slice(0, 6)).toEqual([2, 2, 3, 2, 0, 1]);
  expect(readShards("7 9-10", "x")).toEqual([7, 9, 10]);
});
