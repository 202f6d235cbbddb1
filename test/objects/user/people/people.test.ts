/** What a user's object promises about contacts, blocks, and the end of a device wherever it has sockets. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import type { Contact } from "../../../../schema/http/users.ts";
import {
  codeOf,
  evict,
  personOf,
  retryTasks,
  signIn,
  signUp,
  tasksOf,
  type TestAccount,
  valueOf,
  wind,
} from "../../../rig/objects/accounts.ts";
import { heldUpSince } from "../../../rig/held-up.ts";
import { foundDm, foundGroup, sendCommand, somebody } from "../../../rig/objects/people.ts";
import { openSocket, socketOf } from "../../../rig/objects/socket.ts";

async function contactsOf(account: TestAccount): Promise<[UserId, string][]> {
  return valueOf(await account.calls.contacts(undefined, 100)).contacts.map(({ user, state }) => [user.id, state]);
}

describe("contacts", () => {
  test("[A8] are outgoing for the one, incoming for the other, and mutual when both have put each other", async () => {
    const [ana, bo] = [await signUp("ana"), await signUp("bo")];
    expect(valueOf(await ana.calls.putContact(bo.user))).toMatchObject({ user: bo.user, state: "outgoing" });
    await evict(ana.id);
    await evict(bo.id);
    expect(await contactsOf(ana)).toEqual([[bo.id, "outgoing"]]);
    expect(await contactsOf(bo)).toEqual([[ana.id, "incoming"]]);
    expect(valueOf(await bo.calls.putContact(ana.user)).state).toBe("mutual");
    expect(await contactsOf(ana)).toEqual([[bo.id, "mutual"]]);
    valueOf(await ana.calls.deleteContact(bo.id));
    expect(await contactsOf(ana)).toEqual([[bo.id, "incoming"]]);
    expect(await contactsOf(bo)).toEqual([[ana.id, "outgoing"]]);
    valueOf(await bo.calls.deleteContact(ana.id));
    expect(await contactsOf(ana)).toEqual([]);
    expect(await contactsOf(bo)).toEqual([]);
    expect(await tasksOf(ana)).toBe(0);
  });

  test("[A8] put by both at the same moment are mutual for both", async () => {
    const [ana, bo] = [await signUp("ana"), await signUp("bo")];
    await Promise.all([ana.calls.putContact(bo.user), bo.calls.putContact(ana.user)]);
    expect(await contactsOf(ana)).toEqual([[bo.id, "mutual"]]);
    expect(await contactsOf(bo)).toEqual([[ana.id, "mutual"]]);
  });

  test("put again stay as they were; deleted twice is done; oneself is none", async () => {
    const [ana, bo] = [await signUp("ana"), await signUp("bo")];
    const first = valueOf(await ana.calls.putContact(bo.user));
    wind(1_000);
    expect(valueOf(await ana.calls.putContact(bo.user))).toEqual(first);
    expect(codeOf(await ana.calls.deleteContact(bo.id))).toBe("true");
    expect(codeOf(await ana.calls.deleteContact(bo.id))).toBe("true");
    expect(codeOf(await ana.calls.putContact(ana.user))).toBe("conflict");
  });

  test("a report that comes late undoes nothing newer", async () => {
    const [ana, bo] = [await signUp("ana"), await signUp("bo")];
    await bo.calls.contactedBy(ana.user, true, 100);
    await bo.calls.contactedBy(ana.user, true, 300);
    await bo.calls.contactedBy(ana.user, false, 200);
    expect(await contactsOf(bo)).toEqual([[ana.id, "incoming"]]);
    await bo.calls.contactedBy(ana.user, false, 400);
    await bo.calls.contactedBy(ana.user, true, 300);
    expect(await contactsOf(bo)).toEqual([]);
  });

  test("a request of somebody who is blocked is not shown, and is there when the block ends", async () => {
    const [ana, eve] = [await signUp("ana"), await signUp("eve")];
    valueOf(await ana.calls.putBlock(eve.user));
    expect(valueOf(await eve.calls.putContact(ana.user)).state).toBe("outgoing");
    expect(await contactsOf(ana)).toEqual([]);
    valueOf(await ana.calls.deleteBlock(eve.id));
    expect(await contactsOf(ana)).toEqual([[eve.id, "incoming"]]);
  });

  test("are listed page by page, newest first, each once though rows change meanwhile, with their present names", async () => {
    const ana = await signUp("ana");
    const others = Array.from({ length: 7 }, () => somebody("other").person.user);
    for (const user of others) {
      wind(10);
      valueOf(await ana.calls.putContact(user));
    }
    const bo = await signUp("bo");
    wind(10);
    await bo.calls.putContact(ana.user);
    valueOf(await bo.calls.patchMe({ name: "Bo the Second" }));
    const seen: string[] = [];
    let cursor: string | null = null;
    for (;;) {
      const page: { contacts: Contact[]; cursor: string | null } = valueOf(
        await ana.calls.contacts(cursor ?? undefined, 3),
      );
      seen.push(...page.contacts.map(({ user }) => user.name));
      if (seen.length === 3) await ana.calls.contactedBy(others[0] ?? bo.user, true, Date.now() + 1e9);
      cursor = page.cursor;
      if (cursor === null) break;
      await evict(ana.id);
    }
    expect(seen).toEqual(["Bo the Second", ...others.map((user) => user.name)]);
    expect(codeOf(await ana.calls.contacts("nonsense", 3))).toBe("bad_request");
  });
});

describe("blocks", () => {
  test("are listed, shown to those who ask how one stands, and end", async () => {
    const [ana, eve] = [await signUp("ana"), await signUp("eve")];
    const block = valueOf(await ana.calls.putBlock(eve.user));
    expect(block).toMatchObject({ user: eve.user });
    await evict(ana.id);
    expect(valueOf(await ana.calls.putBlock(eve.user))).toEqual(block);
    expect(valueOf(await ana.calls.blocks(undefined, 10))).toEqual({ blocks: [block], cursor: null });
    expect(valueOf(await ana.calls.relation(eve.id))).toMatchObject({ isBlocked: true, person: { blocks: [eve.id] } });
    expect(valueOf(await eve.calls.relation(ana.id))).toMatchObject({ isBlocked: false, person: { blocks: [] } });
    valueOf(await ana.calls.deleteBlock(eve.id));
    expect(valueOf(await ana.calls.relation(eve.id)).isBlocked).toBe(false);
    expect(codeOf(await ana.calls.putBlock(ana.user))).toBe("conflict");
  });

  test("[A9] close the direct chat both ways when they answer, and open it again", async () => {
    const [ana, eve] = [await signUp("ana"), await signUp("eve")];
    const [a, e] = [await personOf(ana), await personOf(eve)];
    const dm = await foundDm(a, e);
    const sendBy = async (by: typeof a, clientId: string) => {
      const [answer] = await conversationStub(env, dm).submit(by.actor, [sendCommand("hi", clientId)]);
      return answer === undefined ? "nothing" : codeOf(answer);
    };
    expect(await sendBy(e, "c1")).toBe("true");
    valueOf(await ana.calls.putBlock(eve.user));
    expect([await sendBy(e, "c2"), await sendBy(a, "c3")]).toEqual(["forbidden", "forbidden"]);
    valueOf(await ana.calls.deleteBlock(eve.id));
    expect([await sendBy(e, "c2"), await sendBy(a, "c3")]).toEqual(["true", "true"]);
  });

  test("[A9] made while somebody is added to a group are reported to that group", async () => {
    const [ana, bo, eve] = [await signUp("ana"), await signUp("bo"), await signUp("eve")];
    const [a, b] = [await personOf(ana), await personOf(bo)];
    const group = await foundGroup(b, [a]);
    // The conversation has a copy of Ana from before the block, as after a task that is still to be tried.
    valueOf(await ana.calls.putBlock(eve.user));
    await runInDurableObject(env.CONVERSATIONS.getByName(group), (_, state) => {
      state.storage.sql.exec("UPDATE members SET person = ? WHERE user_id = ?", JSON.stringify(a.person), ana.id);
    });
    await evictDurableObject(env.CONVERSATIONS.getByName(group));
    await conversationStub(env, group).putMember(bo.id, eve.id, "member", (await personOf(eve)).person);
    const blocksKept = () =>
      runInDurableObject(env.CONVERSATIONS.getByName(group), (_, state) => {
        const row = state.storage.sql
          .exec<{ person: string }>("SELECT person FROM members WHERE user_id = ?", ana.id)
          .one();
        return (JSON.parse(row.person) as { blocks: string[] }).blocks;
      });
    await expect.poll(blocksKept).toEqual([eve.id]);
  });
});

describe("a device that is signed out", () => {
  const live = async (account: TestAccount, id: ConversationId) => {
    const person = await personOf(account);
    expect(await account.calls.admit(account.device, id)).toBe(true);
    return socketOf(conversationStub(env, id), "/live", person.actor);
  };

  test("[A7] loses its sync and live sockets with 4401 within two seconds, other devices keep theirs", async () => {
    const [ana, bo] = [await signUp("ana"), await signUp("bo")];
    const [a, b] = [await personOf(ana), await personOf(bo)];
    const [dm, group] = [await foundDm(a, b), await foundGroup(b, [a])];
    const other = valueOf(await signIn(ana));
    const closing = [await live(ana, dm), await live(ana, group), await socketOf(ana.calls, "/sync", a.actor)];
    await ana.calls.admit(other.device.id, dm);
    const staying = await socketOf(conversationStub(env, dm), "/live", { userId: ana.id, deviceId: other.device.id });
    await evict(ana.id);
    const heldUpMs = heldUpSince();
    const began = Date.now();
    expect(codeOf(await ana.calls.signOut(ana.device))).toBe("true");
    expect(await Promise.all(closing.map((socket) => socket.closes()))).toEqual([4401, 4401, 4401]);
    expect(Date.now() - began - heldUpMs()).toBeLessThan(2_000);
    expect(await staying.pong()).toMatch(/^pong:/);
    expect(staying.closed).toBeUndefined();
    const late = await openSocket(conversationStub(env, dm), "/live", a.actor);
    expect(late instanceof Response ? late.status : 101).toBe(401);
  });

  test("by a stolen refresh token loses them, too", async () => {
    const [ana, bo] = [await signUp("ana"), await signUp("bo")];
    const dm = await foundDm(await personOf(ana), await personOf(bo));
    const socket = await live(ana, dm);
    const second = valueOf(await ana.calls.refresh(ana.session.refreshToken));
    valueOf(await ana.calls.refresh(second.refreshToken));
    expect(codeOf(await ana.calls.refresh(ana.session.refreshToken))).toBe("unauthenticated");
    expect(await socket.closes()).toBe(4401);
  });

  test("[A7] reaches its conversations in the end, though the first try was cut off", async () => {
    const [ana, bo] = [await signUp("ana"), await signUp("bo")];
    const dm = await foundDm(await personOf(ana), await personOf(bo));
    const socket = await live(ana, dm);
    // As after a crash between the sign-out and its first try.
    await runInDurableObject(env.USERS.getByName(ana.id), (_, state) => {
      state.storage.sql.exec("DELETE FROM devices WHERE device_id = ?", ana.device);
      state.storage.sql.exec("INSERT INTO tasks VALUES ('deviceRevoked', ?, 0, 1, 0, 1)", `${ana.device} ${dm}`);
      state.storage.sql.exec("INSERT OR REPLACE INTO alarms (name, due_at) VALUES ('tasks', 1)");
    });
    await evict(ana.id);
    await runInDurableObject(env.USERS.getByName(ana.id), (_, state) => state.storage.setAlarm(Date.now()));
    await retryTasks(ana);
    expect(await socket.closes()).toBe(4401);
    expect(await tasksOf(ana)).toBe(0);
  });
});
