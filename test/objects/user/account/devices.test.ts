/** What a user's object promises about signing devices out: all or nothing, and every socket is reached however long it is open. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { now } from "../../../../objects/shared/platform/clock.ts";
import { mintGroupId } from "../../../../objects/shared/identity/mint.ts";
import type { UserObject } from "../../../../objects/user/object.ts";
import type { ConversationId, DeviceId } from "../../../../schema/ids.ts";
import { batches, limits } from "../../../../schema/limits.ts";
import {
  codeOf,
  evict,
  hashOf,
  laptop,
  passwordHash,
  signIn,
  type TestAccount,
  tasksOf,
  valueOf,
  wind,
} from "../../../rig/objects/accounts.ts";
import { hibernate, member, type Member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { foundDm } from "../../../rig/objects/people.ts";
import { socketOf, type TestSocket } from "../../../rig/objects/socket.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function sql(account: TestAccount, statement: string): Promise<Record<string, unknown>[]> {
  return runInDurableObject(env.USERS.getByName(account.id), (_, state) => state.storage.sql.exec(statement).toArray());
}

/** Makes the deletion of one device fail, as a fault in the middle of a transaction would. */
function breakDeletion(of: TestAccount, device: DeviceId): Promise<unknown> {
  return sql(
    of,
    `CREATE TRIGGER broken BEFORE DELETE ON devices WHEN OLD.device_id = '${device}' BEGIN SELECT RAISE(ABORT, 'broken'); END`,
  );
}

describe("what was rolled back", () => {
  test("[A19] a change of password that fails in the middle has signed nobody out and closed nothing", async () => {
    const ana = await member("ana");
    const others = [valueOf(await signIn(ana)).device.id, valueOf(await signIn(ana)).device.id].sort();
    const sockets: TestSocket[] = [];
    for (const device of others) sockets.push(await syncOf(ana, "", device));
    await breakDeletion(ana, others[1] ?? ana.device);
    const attempt = { attemptId: "c1", hash: hashOf("correct horse"), next: passwordHash("new horse") };
    const fault = await runInDurableObject<UserObject, unknown>(env.USERS.getByName(ana.id), (object) =>
      object.changePassword(ana.device, attempt).catch((error: unknown) => String(error)),
    );
    expect(fault).toContain("broken");
    for (const [n, device] of others.entries()) {
      expect(await sockets[n]?.pong()).toMatch(/^pong/);
      expect(await ana.calls.admit(device)).toBe(true);
    }
    expect(valueOf(await ana.calls.devices(ana.device))).toHaveLength(3);
    await sql(ana, "DROP TRIGGER broken");
    await hibernate(ana);
    expect(codeOf(await ana.calls.changePassword(ana.device, attempt))).toBe("true");
    for (const socket of sockets) expect(await socket.closes()).toBe(4401);
  });

  test("[A19] a sign-in that should sign out the longest idle device, and fails, has signed out none", async () => {
    const ana = await member("ana");
    const socket = await syncOf(ana);
    wind(60_000);
    for (let n = 1; n < limits.devicesMax; n++) valueOf(await signIn(ana));
    await sql(ana, "CREATE TRIGGER broken BEFORE INSERT ON devices BEGIN SELECT RAISE(ABORT, 'broken'); END");
    await expect(signIn(ana)).rejects.toThrow("broken");
    expect(await socket.pong()).toMatch(/^pong/);
    expect(await ana.calls.admit(ana.device)).toBe(true);
    await sql(ana, "DROP TRIGGER broken");
    // The one that asks most is the last to go.
    wind(60_000);
    const next = valueOf(await signIn(ana));
    expect(await ana.calls.admit(next.device.id)).toBe(true);
    expect(valueOf(await ana.calls.devices(ana.device))).toHaveLength(limits.devicesMax);
  });
});

describe("where a device may have live sockets", () => {
  const rowsOf = (ana: TestAccount) => sql(ana, "SELECT conversation_id FROM live_devices ORDER BY conversation_id");
  const newConversation = (): ConversationId => mintGroupId(env.ID_SECRET, "u_nobody" as Member["id"], undefined);

  /** Opens one as the gateway does. */
  async function liveOf(by: Member, id: ConversationId): Promise<TestSocket> {
    expect(await by.calls.admit(by.device, id)).toBe(true);
    return socketOf(conversationStub(env, id), "/live", by.actor);
  }

  /** Waits until the conversations were asked. */
  async function reviewed(ana: TestAccount): Promise<void> {
    await expect.poll(() => tasksOf(ana), { timeout: 5_000 }).toBe(0);
  }

  test("[A18] is forgotten where it is over, and a revocation reaches the one that was open all the time", async () => {
    const [ana, bo] = [await member("ana"), await member("bo")];
    const open = await foundDm(ana, bo);
    const live = await liveOf(ana, open);
    const over = Array.from({ length: batches.liveRowsUnasked }, newConversation);
    for (const id of over) expect(await ana.calls.admit(ana.device, id)).toBe(true);
    expect(await rowsOf(ana)).toHaveLength(over.length + 1);
    wind(2 * hourMs);
    await live.pong();
    const last = newConversation();
    expect(await ana.calls.admit(ana.device, last)).toBe(true);
    await reviewed(ana);
    expect((await rowsOf(ana)).map((row) => row["conversation_id"])).toEqual([open, last].sort());
    await hibernate(ana);
    await ana.calls.signOut(ana.device);
    expect(await live.closes()).toBe(4401);
    expect(await rowsOf(ana)).toEqual([]);
  });

  test("[A18] is asked about no earlier than an upgrade that is under way has come to its end", async () => {
    const ana = await member("ana");
    const ids = Array.from({ length: batches.liveRowsUnasked + 5 }, newConversation);
    for (const id of ids) expect(await ana.calls.admit(ana.device, id)).toBe(true);
    wind(hourMs + 60_000);
    expect(await ana.calls.admit(ana.device, newConversation())).toBe(true);
    await reviewed(ana);
    expect(await rowsOf(ana)).toHaveLength(ids.length + 1);
  });

  test("[A18] is asked about after a week, however few there are, at the next refresh", async () => {
    const [ana, bo] = [await member("ana"), await member("bo")];
    const open = await foundDm(ana, bo);
    const live = await liveOf(ana, open);
    expect(await ana.calls.admit(ana.device, newConversation())).toBe(true);
    wind(8 * dayMs);
    await live.pong();
    valueOf(await ana.calls.refresh(ana.session.refreshToken));
    await reviewed(ana);
    expect((await rowsOf(ana)).map((row) => row["conversation_id"])).toEqual([open]);
    await ana.calls.signOut(ana.device);
    expect(await live.closes()).toBe(4401);
  });

  test("[A18] is bounded for each device: beyond it none opens until it is known that others have ended", async () => {
    const ana = await member("ana");
    const other = valueOf(await signIn(ana)).device.id;
    const first = newConversation();
    expect(await ana.calls.admit(ana.device, first)).toBe(true);
    await runInDurableObject(env.USERS.getByName(ana.id), (_, state) => {
      for (let n = 1; n < limits.liveConversationsPerDeviceMax; n++) {
        state.storage.sql.exec("INSERT INTO live_devices VALUES (?, ?, ?)", ana.device, newConversation(), now());
      }
    });
    const next = newConversation();
    expect(await ana.calls.admit(ana.device, next)).toBe("full");
    expect(await ana.calls.admit(ana.device, first)).toBe(true);
    expect(await ana.calls.admit(ana.device)).toBe(true);
    expect(await ana.calls.admit(other, next)).toBe(true);
    await evict(ana.id);
    wind(2 * hourMs);
    expect(await ana.calls.admit(ana.device, next)).toBe("full");
    await reviewed(ana);
    // With one of the other device.
    expect(await rowsOf(ana)).toHaveLength(limits.liveConversationsPerDeviceMax - batches.liveRowsAskedMax + 1);
    expect(await ana.calls.admit(ana.device, next)).toBe(true);
  });
});

test("[A4] a device that is signed out changes no password", async () => {
  const ana = await member("ana");
  const phone = valueOf(await signIn(ana));
  await ana.calls.signOut(phone.device.id);
  const attempt = { attemptId: "late", hash: hashOf("correct horse"), next: passwordHash("new horse") };
  expect(codeOf(await ana.calls.changePassword(phone.device.id, attempt))).toBe("unauthenticated");
  expect(codeOf(await signIn(ana))).toBe("true");
  expect(laptop.name).toBe(valueOf(await ana.calls.devices(ana.device))[0]?.name);
});
