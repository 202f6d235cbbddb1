/** The directory while a part of it is moved to another database: reads work as before, writes are refused, and nobody is found twice. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Directory } from "../../../objects/shared/identity/directory.ts";
import { virtualShardOf } from "../../../schema/tables/directory-shards.ts";
import { codeOf, directory, newHandle, signUp, valueOf } from "../../rig/objects/accounts.ts";
import { somebody } from "../../rig/objects/people.ts";

const withMap = (map: string, frozen = ""): Directory =>
  new Directory({ ...env, DIRECTORY_MAP: map, DIRECTORY_FROZEN: frozen });

test("[T6] what is moved is read and not written; the rest is as ever", async () => {
  const ana = await signUp("ana");
  const [handleShard, idShard] = [virtualShardOf(ana.handle), virtualShardOf(ana.id)];
  const moving = withMap("%2", `${handleShard} ${idShard}`);
  expect(valueOf(await moving.userByHandle(ana.handle)).id).toBe(ana.id);
  expect(valueOf(await moving.search(ana.handle, undefined, 5)).users).toHaveLength(1);
  expect(codeOf(await moving.claimHandle(ana.handle, ana.id, 1))).toBe("unavailable");
  const claim = { userId: ana.id, claimedAt: 1 };
  expect(codeOf(await moving.swapClaim(ana.handle, claim, claim))).toBe("unavailable");
  expect(codeOf(await moving.releaseHandle(ana.handle, ana.id))).toBe("unavailable");
  expect(codeOf(await moving.putProfile({ ...ana.user, name: "Newer" }, Date.now() + 1e6))).toBe("unavailable");
  expect(valueOf(await directory.profile(ana.id)).name).toBe(ana.user.name);
  const other = newHandle("elsewhere");
  expect(virtualShardOf(other)).not.toBe(handleShard);
  expect(codeOf(await moving.claimHandle(other, ana.id, 1))).toBe("true");
});

test("[T6] a row that is in two databases is found once, as it stands in the one that the map names", async () => {
  const word = `moved${Date.now().toString(36)}`;
  const users = Array.from({ length: 12 }, () => ({
    ...somebody("m").person.user,
    handle: newHandle("m"),
    name: word,
  }));
  for (const user of users) valueOf(await directory.putProfile(user, 1));
  // The copies of the move, all in the first database, and older than what comes later to where they are at home.
  const first = withMap("%2 0-1023>0");
  for (const user of users) valueOf(await first.putProfile({ ...user, bio: "moved" }, 2));
  const all = async (from: Directory) => {
    const found = [];
    let cursor: string | null | undefined;
    do {
      const page = valueOf(await from.search(word, cursor ?? undefined, 5));
      found.push(...page.users);
      cursor = page.cursor;
    } while (cursor !== null);
    return found;
  };
  const before = await all(directory);
  expect(before.map(({ id }) => id).toSorted()).toEqual(users.map(({ id }) => id).toSorted());
  for (const { id, bio } of before) expect(bio).toBe(virtualShardOf(id) % 2 === 0 ? "moved" : "");
  const after = await all(first);
  expect(after.map(({ id }) => id).toSorted()).toEqual(users.map(({ id }) => id).toSorted());
  expect(after.every(({ bio }) => bio === "moved")).toBe(true);
});

test("[T6] a map that names what is not bound is refused when it is read", () => {
  expect(() => withMap("%3")).toThrow(/DIRECTORY_MAP/);
  expect(() => withMap("%2 0-10>2")).toThrow(/DIRECTORY_MAP/);
  expect(() => new Directory({ ...env, DIRECTORY_SHARDS: "3", DIRECTORY_MAP: "%2" })).toThrow(/DIRECTORY_2/);
});
