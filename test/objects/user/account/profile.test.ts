/** What a user's object promises about the profile: its handle is one person's, and what is told to others is told in the end. */
import { env } from "cloudflare:workers";
import { describe, expect, onTestFinished, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { claimHandle } from "../../../../objects/shared/identity/handles.ts";
import { mintUserId } from "../../../../objects/shared/identity/mint.ts";
import type { UserId } from "../../../../schema/ids.ts";
import type { User } from "../../../../schema/wire/user.ts";
import {
  codeOf,
  directory,
  evict,
  newHandle,
  personOf,
  retryTasks,
  signUp,
  tasksOf,
  trySignUp,
  valueOf,
  wind,
} from "../../../rig/objects/accounts.ts";
import { foundDm, foundGroup, somebody } from "../../../rig/objects/people.ts";

const claimMs = 10 * 60_000;

/** The directory is away until the answer is called, or the test ends. */
async function breakDirectory(): Promise<() => Promise<void>> {
  const rename = async (from: string, to: string) => {
    for (let shard = 0; shard < Number(env.DIRECTORY_SHARDS); shard++) {
      await env[`DIRECTORY_${shard}`]?.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
    }
  };
  await rename("profiles", "profiles_away");
  await rename("handles", "handles_away");
  let isAway = true;
  const mend = async () => {
    if (!isAway) return;
    isAway = false;
    await rename("profiles_away", "profiles");
    await rename("handles_away", "handles");
  };
  onTestFinished(mend);
  return mend;
}

async function found(query: string): Promise<User[]> {
  return valueOf(await directory.search(query, undefined, 50)).users;
}

describe("a patch", () => {
  test("changes what it names and nothing else, across eviction", async () => {
    const ana = await signUp("ana");
    const before = valueOf(await ana.calls.me());
    const quietHours = { from: "22:00", to: "07:00", timeZone: "Europe/Rome" };
    valueOf(await ana.calls.patchMe({ bio: "hello", settings: { notifications: { quietHours } } }));
    await evict(ana.id);
    const after = valueOf(await ana.calls.patchMe({ settings: { notifications: { quietHours: { to: "08:00" } } } }));
    expect(after).toEqual({
      ...before,
      bio: "hello",
      settings: {
        ...before.settings,
        notifications: { enabled: true, preview: true, quietHours: { ...quietHours, to: "08:00" } },
      },
    });
    expect(valueOf(await ana.calls.me())).toEqual(after);
  });

  test("is refused as a whole", async () => {
    const ana = await signUp("ana");
    const before = valueOf(await ana.calls.me());
    const handle = newHandle("wanted");
    const settings = { notifications: { quietHours: { from: "22:00" } } };
    expect(codeOf(await ana.calls.patchMe({ name: "New", handle, settings }))).toBe("bad_request");
    expect(valueOf(await ana.calls.me())).toEqual(before);
    expect(codeOf(await directory.ownerOf(handle))).toBe("not_found");
  });

  test("is found by search when it answers, by the new words and not by the old", async () => {
    const ana = await signUp("ana");
    expect((await found(ana.handle)).map((user) => user.id)).toEqual([ana.id]);
    valueOf(await ana.calls.patchMe({ name: "Wilhelmina Quux" }));
    expect((await found("quu")).map((user) => user.name)).toEqual(["Wilhelmina Quux"]);
    valueOf(await ana.calls.patchMe({ name: "Wilhelmina Corge" }));
    expect(await found("quu")).toEqual([]);
    expect((await found("corge wilh")).map((user) => user.id)).toEqual([ana.id]);
    expect(valueOf(await directory.profile(ana.id)).name).toBe("Wilhelmina Corge");
  });

  test("[A11] reaches every conversation: a direct chat's peer and the members of a group see the new profile", async () => {
    const [ana, bo] = [await signUp("ana"), await signUp("bo")];
    const [a, b] = [await personOf(ana), await personOf(bo)];
    const [dm, group] = [await foundDm(a, b), await foundGroup(b, [a])];
    await evict(ana.id);
    valueOf(await ana.calls.patchMe({ name: "Anastasia" }));
    expect(valueOf(await conversationStub(env, dm).view(bo.id)).peer?.name).toBe("Anastasia");
    const { members } = valueOf(await conversationStub(env, group).members(bo.id, undefined, 10));
    expect(members.find((member) => member.user.id === ana.id)?.user.name).toBe("Anastasia");
    expect(await tasksOf(ana)).toBe(0);
  });

  test("[A11] of read receipts is in force when it answers", async () => {
    const [ana, bo] = [await signUp("ana"), await signUp("bo")];
    const [a, b] = [await personOf(ana), await personOf(bo)];
    const dm = await foundDm(a, b);
    const stub = conversationStub(env, dm);
    await stub.submit(b.actor, [{ do: "send", clientId: "c1" as never, text: "hi", replyTo: null, mentions: [] }]);
    await stub.submit(a.actor, [{ do: "receipt", delivered: null, read: 1 }]);
    const readOfAna = async () =>
      valueOf(await stub.members(bo.id, undefined, 10)).members.find((member) => member.user.id === ana.id)?.read;
    expect(await readOfAna()).toBe(1);
    valueOf(await ana.calls.patchMe({ settings: { readReceipts: false } }));
    expect(await readOfAna()).toBe(0);
  });

  test("made while the conversation was being founded reaches it with the first delivery", async () => {
    const [ana, bo] = [await signUp("ana"), await signUp("bo")];
    const [a, b] = [await personOf(ana), await personOf(bo)];
    valueOf(await ana.calls.patchMe({ name: "Later" }));
    const dm = await foundDm(a, b);
    await expect.poll(async () => valueOf(await conversationStub(env, dm).view(bo.id)).peer?.name).toBe("Later");
  });
});

describe("a handle", () => {
  test("[A10] moves with its user: the new one is theirs, the old one anybody's", async () => {
    const ana = await signUp("ana");
    const next = newHandle("next");
    expect(valueOf(await ana.calls.patchMe({ handle: next })).handle).toBe(next);
    expect(valueOf(await directory.userByHandle(next)).id).toBe(ana.id);
    expect(codeOf(await directory.userByHandle(ana.handle))).toBe("not_found");
    expect(await ana.calls.holdsHandle(ana.handle)).toBe("free");
    const other = await trySignUp(ana.handle);
    expect(other.answer.ok).toBe(true);
    expect(other.id).not.toBe(ana.id);
    expect(codeOf(await ana.calls.patchMe({ handle: ana.handle }))).toBe("handle_taken");
  });

  test("is taken as long as its account has it, however old the claim", async () => {
    const [ana, bo] = [await signUp("ana"), await signUp("bo")];
    expect(codeOf(await bo.calls.patchMe({ handle: ana.handle }))).toBe("handle_taken");
    wind(claimMs + 1);
    expect(codeOf(await bo.calls.patchMe({ handle: ana.handle }))).toBe("handle_taken");
    expect((await trySignUp(ana.handle)).answer.ok).toBe("exists");
    expect(valueOf(await directory.userByHandle(ana.handle)).id).toBe(ana.id);
  });

  test("[A10] that many want at once goes to one, and the others keep theirs", async () => {
    const people = [await signUp("one"), await signUp("two"), await signUp("three")];
    const wanted = newHandle("wanted");
    const answers = await Promise.all([
      ...people.map((person) => person.calls.patchMe({ handle: wanted })),
      trySignUp(wanted),
    ]);
    const isHolder = await Promise.all(
      people.map(async (person) => (await person.calls.holdsHandle(wanted)) === "held"),
    );
    const signedUp = answers.filter((answer) => "id" in answer && answer.answer.ok === true).length;
    expect(isHolder.filter(Boolean).length + signedUp).toBe(1);
    for (const [i, person] of people.entries()) {
      expect(valueOf(await person.calls.me()).handle).toBe(isHolder[i] === true ? wanted : person.handle);
      if (isHolder[i] !== true) expect(valueOf(await directory.userByHandle(person.handle)).id).toBe(person.id);
    }
  });

  test("changed to and fro ends where the last change said, and nothing is left behind", async () => {
    const ana = await signUp("ana");
    const other = newHandle("other");
    await Promise.all([other, ana.handle, other, ana.handle, other].map((handle) => ana.calls.patchMe({ handle })));
    const { handle } = valueOf(await ana.calls.me());
    await expect.poll(() => tasksOf(ana)).toBe(0);
    for (const one of [other, ana.handle]) {
      expect(codeOf(await directory.userByHandle(one))).toBe(one === handle ? "true" : "not_found");
      expect(codeOf(await directory.ownerOf(one))).toBe(one === handle ? "true" : "not_found");
    }
  });

  test("[A10] claimed by a rename that was cut off is free for others after a while, not before", async () => {
    const [ana, bo] = [await signUp("ana"), await signUp("bo")];
    const wanted = newHandle("wanted");
    valueOf(await claimHandle(env, directory, wanted, ana.id, "rename"));
    expect(codeOf(await bo.calls.patchMe({ handle: wanted }))).toBe("handle_taken");
    expect((await trySignUp(wanted)).answer.ok).toBe("exists");
    wind(claimMs + 1);
    const rivals = await Promise.all([bo.calls.patchMe({ handle: wanted }), trySignUp(wanted)]);
    const boHasIt = codeOf(rivals[0]) === "true";
    expect(rivals[1].answer.ok).toBe(boHasIt ? "exists" : true);
    expect(valueOf(await directory.ownerOf(wanted))).toBe(boHasIt ? bo.id : rivals[1].id);
  });

  test("claimed by a sign-up that was cut off can be had by a rename after a while", async () => {
    const bo = await signUp("bo");
    const wanted = newHandle("wanted");
    valueOf(await claimHandle(env, directory, wanted, mintUserId(env.ID_SECRET), "signUp"));
    expect(codeOf(await bo.calls.patchMe({ handle: wanted }))).toBe("handle_taken");
    wind(claimMs + 1);
    expect(codeOf(await bo.calls.patchMe({ handle: wanted }))).toBe("true");
  });
});

describe("without the directory", () => {
  test("[A11] a profile still changes, and is brought there when it is back, across eviction", async () => {
    const ana = await signUp("ana");
    const mend = await breakDirectory();
    expect(valueOf(await ana.calls.patchMe({ name: "Meanwhile" })).name).toBe("Meanwhile");
    expect(await tasksOf(ana)).toBe(1);
    await evict(ana.id);
    await retryTasks(ana);
    expect(await tasksOf(ana)).toBe(1);
    await mend();
    expect(valueOf(await directory.profile(ana.id)).name).toBe(ana.user.name);
    await evict(ana.id);
    await retryTasks(ana);
    expect(await tasksOf(ana)).toBe(0);
    expect(valueOf(await directory.profile(ana.id)).name).toBe("Meanwhile");
  });

  test("a handle cannot change, and a claim whose answer was lost is given back", async () => {
    const ana = await signUp("ana");
    const wanted = newHandle("wanted");
    const mend = await breakDirectory();
    expect(codeOf(await ana.calls.patchMe({ handle: wanted }))).toBe("unavailable");
    expect(valueOf(await ana.calls.me()).handle).toBe(ana.handle);
    await mend();
    valueOf(await directory.claimHandle(wanted, ana.id, Date.now()));
    await retryTasks(ana);
    expect(await tasksOf(ana)).toBe(0);
    expect(codeOf(await directory.ownerOf(wanted))).toBe("not_found");
    expect(codeOf(await ana.calls.patchMe({ handle: wanted }))).toBe("true");
  });
});

describe("search", () => {
  test("[A12] pages through all who match, each once, over all shards", async () => {
    const word = `zz${Date.now().toString(36)}`;
    const people = Array.from({ length: 23 }, (_, i): User => {
      const { userId } = somebody("searched");
      return { id: userId, handle: newHandle("s"), name: `${word}${i} ${word}`, bio: "", avatarUrl: null };
    });
    for (const user of people) valueOf(await directory.putProfile(user, 1));
    const seen: UserId[] = [];
    let cursor: string | null | undefined;
    do {
      const page = valueOf(await directory.search(word.toUpperCase(), cursor ?? undefined, 5));
      expect(page.users.length).toBeLessThanOrEqual(5);
      seen.push(...page.users.map((user) => user.id));
      cursor = page.cursor;
      if (cursor !== null) expect(cursor.length).toBeLessThanOrEqual(200);
    } while (cursor !== null);
    expect(seen.sort()).toEqual(people.map((user) => user.id).sort());
    expect(codeOf(await directory.search(word, "not a cursor", 5))).toBe("bad_request");
  });

  test("[A21] the user with exactly this handle comes first, and on no later page again", async () => {
    const word = `yy${Date.now().toString(36)}`;
    const namesakes = Array.from({ length: 8 }, (): User => {
      const { userId } = somebody("namesake");
      return { id: userId, handle: newHandle("n"), name: word, bio: "", avatarUrl: null };
    });
    const own: User = { id: somebody("own").userId, handle: word, name: "Zoe", bio: "", avatarUrl: null };
    for (const user of [...namesakes, own]) valueOf(await directory.putProfile(user, 1));
    valueOf(await directory.claimHandle(word, own.id, Date.now()));
    for (const query of [word, ` @${word.toUpperCase()}`]) {
      const seen: UserId[] = [];
      let cursor: string | null | undefined;
      do {
        const page = valueOf(await directory.search(query, cursor ?? undefined, 4));
        expect(page.users.length).toBeLessThanOrEqual(4);
        seen.push(...page.users.map((user) => user.id));
        cursor = page.cursor;
      } while (cursor !== null);
      expect(seen[0]).toBe(own.id);
      expect(seen.slice(1).sort()).toEqual(namesakes.map((user) => user.id).sort());
    }
    expect(valueOf(await directory.search(word, undefined, 1)).users).toHaveLength(1);
  });

  test.each([
    ["Nguyễn", "nguyen", "NGUYỄN".normalize("NFD")],
    ["İlker Straße", "ilker strasse", "İLKER STRASSE"],
    ["प्रिया", "प्रि", "प्रिया"],
    ["王小明Bob", "小明", "bob"],
    ["김민수", "민수", "김"],
  ])("[A20] %s is found by %s and by %s", async (name, ...queries) => {
    const { userId: id } = somebody("folded");
    valueOf(await directory.putProfile({ id, handle: newHandle("f"), name, bio: "", avatarUrl: null }, 1));
    for (const query of queries) expect((await found(query)).map((user) => user.id)).toContain(id);
  });

  test("an old copy does not replace a newer one, nor its words", async () => {
    const { userId: id } = somebody("copied");
    const user = { id, handle: newHandle("copied"), name: "Younger", bio: "", avatarUrl: null };
    valueOf(await directory.putProfile(user, 20));
    valueOf(await directory.putProfile({ ...user, name: "Elderly" }, 10));
    expect(valueOf(await directory.profile(id)).name).toBe("Younger");
    expect((await found("elderly")).map((one) => one.id)).not.toContain(id);
  });
});
