/** Deliveries that are told first and written soon: what is told, written and answered when, and what a crash in between leaves. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { versionsPerBlock } from "../../../../core/inbox/versions.ts";
import { commitPace } from "../../../../objects/user/inbox/commit-pace.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import { batches } from "../../../../schema/limits.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { crash, isUnanswered, outcomeOf } from "../../../rig/objects/inbox/crash.ts";
import {
  delivery,
  factsByHand,
  hibernate,
  type Member,
  member,
  newConversation,
  poll,
  syncOf,
  versionsOf,
} from "../../../rig/objects/inbox/inboxes.ts";
import type { Frame, TestSocket } from "../../../rig/objects/socket.ts";

/** Nothing that may wait is written by itself, until the clock is wound by so much. */
const never = 600_000;

beforeEach(() => void Object.assign(commitPace, { ms: 0, spreadMs: 0 }));

/** Somebody with a row at rev 1, awake, whose inbox writes nothing more by itself. */
async function waiting(name: string): Promise<{ ana: Member; id: ConversationId; socket: TestSocket }> {
  const ana = await member(name);
  const id = newConversation();
  await ana.calls.deliver(delivery(id, 1));
  await ana.calls.deliver(delivery(id, 2));
  commitPace.ms = never;
  return { ana, id, socket: await syncOf(ana) };
}

const seqOf = (frame: Frame): number => (frame["message"] as { seq: number } | undefined)?.seq ?? 0;
const inboxOf = (frame: Frame) => frame["inbox"] as { version: number; unread: number };

async function told(socket: TestSocket, seq: number): Promise<{ version: number; unread: number }> {
  return inboxOf(await socket.next((frame) => seqOf(frame) === seq));
}

async function rowsOf(by: Member): Promise<Summary[]> {
  const answer = await by.calls.summaries(undefined, 100);
  if (!answer.ok) throw new Error(answer.refusal.detail);
  return answer.value.conversations;
}

function stored(who: Member): Promise<{ rev: number; version: number }[]> {
  return runInDurableObject(env.USERS.getByName(who.id), (_, { storage }) =>
    storage.sql.exec<{ rev: number; version: number }>("SELECT rev, version FROM inbox ORDER BY version").toArray(),
  );
}

test("[I25] under load a delivery goes to the sockets at once and is answered when it is written; several share the write", async () => {
  const { ana, id, socket } = await waiting("ana");
  const calls = [3, 4, 5].map((n) => ana.calls.deliver(delivery(id, n)));
  const numbers = await told(socket, 5);
  expect(numbers.unread).toBe(5);
  expect(await isUnanswered(Promise.race(calls))).toBe(true);
  expect((await stored(ana))[0]?.rev).toBe(2);
  // Whoever reads sees memory.
  expect(await rowsOf(ana)).toMatchObject([{ unread: 5, head: { rev: 5 }, version: numbers.version }]);
  expect(await (await poll(ana, "?since=1&wait=0")).json()).toMatchObject({ version: numbers.version });
  const before = await runInDurableObject(env.USERS.getByName(ana.id), (_, state) => changesOf(state));
  windClock(never);
  calls.push(ana.calls.deliver(delivery(id, 6)));
  expect(await Promise.all(calls)).toEqual([{ rev: 3 }, { rev: 4 }, { rev: 5 }, { rev: 6 }]);
  expect((await stored(ana))[0]?.rev).toBe(6);
  const after = await runInDurableObject(env.USERS.getByName(ana.id), (_, state) => changesOf(state));
  expect(after - before).toBe(1);
});

function changesOf({ storage }: DurableObjectState): number {
  return storage.sql.exec<{ n: number }>("SELECT total_changes() AS n").one().n;
}

test("[I25] after a quiet while a delivery is sent to the sockets, written and answered in its turn: no timer keeps the object awake", async () => {
  const { ana, id, socket } = await waiting("ana");
  windClock(never);
  expect(await ana.calls.deliver(delivery(id, 3))).toEqual({ rev: 3 });
  await told(socket, 3);
  expect((await stored(ana))[0]?.rev).toBe(3);
  // It could not sleep while a timer is pending.
  await hibernate(ana);
});

test("[I25] what waits too much, or is asked for, is written at once", async () => {
  const { ana, id } = await waiting("ana");
  const calls = Array.from({ length: batches.unansweredDeliveriesMax }, (_, n) =>
    ana.calls.deliver(delivery(id, 3 + n)),
  );
  expect((await Promise.all(calls)).at(-1)).toEqual({ rev: 2 + batches.unansweredDeliveriesMax });
  const head = 2 + batches.unansweredDeliveriesMax;
  const next = ana.calls.deliver(delivery(id, head + 1));
  expect(await isUnanswered(next)).toBe(true);
  // A call of the window was lost: the conversation waits to hear from where to send.
  expect(await ana.calls.deliver(delivery(id, head + 3))).toEqual({ rev: head + 1 });
  expect(await next).toEqual({ rev: head + 1 });
});

test("[I25] a repeat of what waits is answered with it, and changes nothing", async () => {
  const { ana, id, socket } = await waiting("ana");
  const first = ana.calls.deliver(delivery(id, 3));
  const { version } = await told(socket, 3);
  const repeat = ana.calls.deliver(delivery(id, 3));
  expect(await isUnanswered(repeat)).toBe(true);
  expect(await rowsOf(ana)).toMatchObject([{ version }]);
  windClock(never);
  await ana.calls.deliver(delivery(id, 4));
  expect([await first, await repeat]).toEqual([{ rev: 3 }, { rev: 3 }]);
});

test("[I26] a version that was sent before a crash is given to nothing else; a device that received it resumes there, and both end alike", async () => {
  const { ana, id, socket } = await waiting("ana");
  const lost = outcomeOf(ana.calls.deliver(delivery(id, 3)));
  const heard = await told(socket, 3);
  const before = await (await poll(ana, "")).json<{ version: number; epoch: string }>();
  expect(before.version).toBe(heard.version);
  await crash(ana);
  expect(await lost).toBe("cut off");
  expect((await stored(ana))[0]?.rev).toBe(2);
  const hearer = await syncOf(ana, `?since=${heard.version}&epoch=${before.epoch}`);
  // What is stored is below that; a pong does not fall behind what the device was told.
  expect(await hearer.pong()).toBe(`pong:${heard.version}`);
  const other = await syncOf(ana, `?since=${heard.version - 1}&epoch=${before.epoch}`);
  for (const frame of [...hearer.frames, ...other.frames]) expect(frame["reset"] ?? false).toBe(false);
  for (const frame of hearer.frames) expect(frame["version"]).toBeGreaterThanOrEqual(heard.version);
  // Something else happens first.
  const elsewhere = newConversation();
  await ana.calls.deliver(delivery(elsewhere, 1));
  expect(await ana.calls.deliver(delivery(id, 3))).toEqual({ rev: 3 });
  for (const one of [hearer, other]) {
    const again = await told(one, 3);
    expect(again.unread).toBe(3);
    const versions = versionsOf(one.frames.slice(2));
    expect(Math.min(...versions)).toBeGreaterThan(heard.version);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  }
});

test("[I26] an object that dies twice before it writes anything gives no version twice", async () => {
  const { ana, id, socket } = await waiting("ana");
  const lost = outcomeOf(ana.calls.deliver(delivery(id, 3)));
  const heard = new Set([(await told(socket, 3)).version]);
  await crash(ana);
  await lost;
  for (let n = 0; n < 3; n++) {
    const again = await syncOf(ana);
    const rev = (await stored(ana))[0]?.rev ?? 0;
    // After waking the first is written before it is told, the second in its turn, and the third waits.
    expect(await ana.calls.deliver(delivery(id, rev + 1))).toEqual({ rev: rev + 1 });
    expect(await ana.calls.deliver(delivery(id, rev + 2))).toEqual({ rev: rev + 2 });
    const third = outcomeOf(ana.calls.deliver(delivery(id, rev + 3)));
    for (const seq of [rev + 1, rev + 2, rev + 3]) {
      const { version } = await told(again, seq);
      expect(heard).not.toContain(version);
      heard.add(version);
    }
    await crash(ana);
    expect(await third).toBe("cut off");
    // Awake for nothing, and gone again.
    await syncOf(ana);
    await crash(ana);
  }
});

test("[I26] before anything of a block is written, a delivery that cannot be written goes to no socket", async () => {
  const { ana, id } = await waiting("ana");
  await crash(ana);
  const socket = await syncOf(ana);
  const exec = (sql: string) =>
    runInDurableObject(env.USERS.getByName(ana.id), (_, { storage }) => void storage.sql.exec(sql));
  await exec("CREATE TRIGGER fault BEFORE UPDATE ON inbox BEGIN SELECT RAISE(ABORT, 'on purpose'); END");
  expect(await ana.calls.deliver(delivery(id, 3))).toEqual({ rev: 2, isFailed: true });
  // Frames come in order: with this answer everything before it has come.
  socket.say({ type: "attend", on: true, ref: "here" });
  await socket.next((frame) => frame["ref"] === "here");
  expect(socket.frames.filter((frame) => seqOf(frame) === 3)).toEqual([]);
  await exec("DROP TRIGGER fault");
  commitPace.ms = 0;
  expect(await ana.calls.deliver(delivery(id, 3))).toEqual({ rev: 3 });
  await told(socket, 3);
  await ana.calls.deliver(delivery(id, 4));
  await told(socket, 4);
  expect(socket.frames.filter((frame) => seqOf(frame) === 3)).toHaveLength(1);
});

test("[I26] a version of a new block is written before it is sent", async () => {
  const { ana, id, socket } = await waiting("ana");
  await runInDurableObject(env.USERS.getByName(ana.id), (_, { storage }) => {
    storage.sql.exec("UPDATE inbox SET version = ?", versionsPerBlock - 3);
  });
  await crash(ana);
  const again = await syncOf(ana);
  expect(await ana.calls.deliver(delivery(id, 3))).toEqual({ rev: 3 });
  expect((await told(again, 3)).version).toBe(versionsPerBlock + 1);
  void socket;
});

test("[I27] what the user changes is written with what waits of the same row, before devices receive it", async () => {
  const { ana, id, socket } = await waiting("ana");
  const other = newConversation();
  await ana.calls.deliver(delivery(other, 1));
  const calls = [ana.calls.deliver(delivery(id, 3)), ana.calls.deliver(delivery(other, 2))].map(outcomeOf);
  await told(socket, 3);
  expect(await ana.calls.patchSummary(id, { pinned: true })).toMatchObject({ ok: true, value: { unread: 3 } });
  await crash(ana);
  expect(await Promise.all(calls)).toEqual(["cut off", "cut off"]);
  const rows = await rowsOf(ana);
  expect(rows.find((row) => row.conversationId === id)).toMatchObject({ pinned: true, unread: 3, head: { rev: 3 } });
  expect(rows.find((row) => row.conversationId === other)).toMatchObject({ unread: 1 });
  expect(await ana.calls.deliver(delivery(other, 2))).toEqual({ rev: 2 });
});

test("[I27] a removal is written before it is sent, with everything that waits", async () => {
  const { ana, id, socket } = await waiting("ana");
  const other = newConversation();
  await ana.calls.deliver(delivery(other, 1));
  const first = ana.calls.deliver(delivery(other, 2));
  await socket.next((frame) => seqOf(frame) === 2);
  const end = delivery(id, 3, { facts: { ...factsByHand, hasLeft: true } });
  expect(await ana.calls.deliver({ ...end, items: [] })).toEqual({ rev: 3 });
  expect(await first).toEqual({ rev: 2 });
  await crash(ana);
  const rows = await rowsOf(ana);
  expect(rows.find((row) => row.conversationId === id)).toMatchObject({ left: true, unread: 0 });
  expect(rows.find((row) => row.conversationId === other)).toMatchObject({ unread: 2 });
});

test("[I23] a row that cannot be written is again what is stored, and only its own deliveries fail", async () => {
  const { ana, id, socket } = await waiting("ana");
  const other = newConversation();
  await ana.calls.deliver(delivery(other, 1));
  const heard = await runInDurableObject(env.USERS.getByName(ana.id), async (object, { storage }) => {
    storage.sql.exec(
      `CREATE TRIGGER fault BEFORE UPDATE ON inbox WHEN NEW.conversation_id = '${id}' BEGIN SELECT RAISE(ABORT, 'on purpose'); END`,
    );
    const answers = [object.deliver(delivery(id, 3)), object.deliver(delivery(other, 2))];
    await new Promise((resolve) => setTimeout(resolve, 5));
    windClock(never);
    answers.push(object.deliver(delivery(other, 3)));
    const all = await Promise.all(answers);
    storage.sql.exec("DROP TRIGGER fault");
    return all;
  });
  expect(heard).toEqual([{ rev: 2, isFailed: true }, { rev: 2 }, { rev: 3 }]);
  const { version } = await told(socket, 3);
  const rows = await rowsOf(ana);
  expect(rows.find((row) => row.conversationId === id)).toMatchObject({ unread: 2, head: { rev: 2 } });
  windClock(never);
  expect(await ana.calls.deliver(delivery(id, 3))).toEqual({ rev: 3 });
  // The message is on the socket already. Its numbers come with the row, and what is new comes as it is.
  const again = await socket.next(({ type, ...frame }) => type === "inbox" && Number(frame["version"]) > version);
  expect(again["conversations"]).toMatchObject([{ conversationId: id, unread: 3, lastMessage: { seq: 3 } }]);
  const fourth = ana.calls.deliver(delivery(id, 4));
  expect((await told(socket, 4)).unread).toBe(4);
  windClock(never);
  await ana.calls.deliver(delivery(id, 5));
  expect(await fourth).toEqual({ rev: 4 });
  const own = socket.frames.filter((frame) => (frame["message"] as Summary | undefined)?.conversationId === id);
  expect(own.map(seqOf)).toEqual([3, 4, 5]);
});

test("[I23] what waits is no part of a change that is rolled back", async () => {
  const { ana, id, socket } = await waiting("ana");
  const call = ana.calls.deliver(delivery(id, 3));
  await told(socket, 3);
  await runInDurableObject(env.USERS.getByName(ana.id), async (object, { storage }) => {
    storage.sql.exec("CREATE TRIGGER fault BEFORE UPDATE ON account BEGIN SELECT RAISE(ABORT, 'on purpose'); END");
    await expect(object.patchMe({ name: "Another" })).rejects.toThrow();
    storage.sql.exec("DROP TRIGGER fault");
  });
  expect(await rowsOf(ana)).toMatchObject([{ unread: 3 }]);
  windClock(never);
  await ana.calls.deliver(delivery(id, 4));
  expect(await call).toEqual({ rev: 3 });
  await crash(ana);
  expect(await rowsOf(ana)).toMatchObject([{ unread: 4 }]);
});

test("[I6] marks that wait are counted as those that are written", async () => {
  const { ana, id } = await waiting("ana");
  const item = (rev: number, seq: number, isUnsent: boolean) => {
    const [base] = delivery(id, seq).items;
    if (base?.message == null) throw new Error("no message");
    const message = { ...base.message, isUnsent, mentions: isUnsent ? [] : [ana.id] };
    const isChange = rev !== seq;
    const json = isChange ? `"conversationId":"${id}","rev":${rev}` : base.json;
    return { rev, kind: isChange ? ("change" as const) : ("message" as const), json, message };
  };
  const calls: Promise<unknown>[] = [];
  const tell = async (rev: number, seq: number, isUnsent: boolean, read: number, headSeq: number) => {
    const items = [item(rev, seq, isUnsent)];
    calls.push(outcomeOf(ana.calls.deliver(delivery(id, rev, { items, headSeq, read, sinceRev: rev - 1 }))));
    await isUnanswered(Promise.all(calls), 10);
    return (await rowsOf(ana)).map(({ unread, mentionsUnread }) => [unread, mentionsUnread])[0];
  };
  expect(await tell(3, 3, false, 0, 3)).toEqual([3, 1]);
  expect(await tell(4, 4, false, 0, 4)).toEqual([4, 2]);
  expect(await tell(5, 3, true, 0, 4)).toEqual([3, 1]);
  expect(await tell(6, 4, false, 3, 4)).toEqual([1, 1]);
  windClock(never);
  expect(await tell(7, 4, true, 3, 4)).toEqual([0, 0]);
  await Promise.all(calls);
  await crash(ana);
  expect((await rowsOf(ana)).map(({ unread, mentionsUnread }) => [unread, mentionsUnread])).toEqual([[0, 0]]);
});
