/** Rides: the delivery to a sender's own inbox comes in the answer to their commands. What it saves, and that nothing is lost or out of order where an answer is lost, late or overtaken. */
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packAnswers, packCommands, type Standing, unpackAnswers } from "../../../../objects/contract/command.ts";
import type { Delivery } from "../../../../objects/contract/delivery/delivery.ts";
import { packDelivery, packItems } from "../../../../objects/contract/delivery/packed-delivery.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { commitPace } from "../../../../objects/user/inbox/commit-pace.ts";
import type { Submitted } from "../../../../objects/user/sockets/pass-up.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { seeded } from "../../../rig/random.ts";
import { crash, isUnanswered } from "../../../rig/objects/inbox/crash.ts";
import {
  delivery,
  hibernate,
  type Member,
  member,
  newConversation,
  syncOf,
} from "../../../rig/objects/inbox/inboxes.ts";
import { FoldingDevice } from "../../../rig/objects/inbox/member-inbox.ts";
import { withSide } from "../../../rig/objects/inbox/side.ts";
import { foundDm, send, sendCommand, settleFanOut } from "../../../rig/objects/people.ts";
import type { Frame, TestSocket } from "../../../rig/objects/socket.ts";

const pace = { ...commitPace };
beforeEach(() => void Object.assign(commitPace, { ms: 0, spreadMs: 0 }));
afterEach(() => void Object.assign(commitPace, pace));

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
const messageOf = (frame: Frame): { seq: number; rev: number } | undefined => frame["message"] as never;
const isMessage = (seq: number) => (frame: Frame) => messageOf(frame)?.seq === seq;

async function rowOf(of: Member, id: ConversationId): Promise<Summary | undefined> {
  const listed = await of.calls.summaries(undefined, 50);
  return listed.ok ? listed.value.conversations.find((row) => row.conversationId === id) : undefined;
}

async function storedRev(of: Member, id: ConversationId): Promise<number | undefined> {
  return await runInDurableObject(env.USERS.getByName(of.id), (_, { storage }) =>
    Number(storage.sql.exec("SELECT rev FROM inbox WHERE conversation_id = ?", id).toArray()[0]?.["rev"]),
  );
}

/** A direct chat of which both objects know that the other takes packed calls. Each has sent one message. */
async function chat(): Promise<{ ana: Member; bo: Member; id: ConversationId; socket: TestSocket }> {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  const socket = await syncOf(ana);
  for (const seq of [1, 2]) {
    say(socket, id, `k${seq}`);
    await socket.next(isMessage(seq));
  }
  await send(id, bo, "three");
  await socket.next(isMessage(3));
  await settleFanOut(id);
  return { ana, bo, id, socket };
}

function say(socket: TestSocket, id: ConversationId, name: string): void {
  socket.say({ type: "send", ref: name, clientId: name, conversationId: id, text: name });
}

/** As the member's object sends, but the answer is dropped. Answers what rode in it. */
async function sendAndLose(by: Member, id: ConversationId, standing: Standing, name: string) {
  const commands = [sendCommand(name, name)];
  return unpackAnswers(await conversationStub(env, id).submitPacked(packCommands(by.actor, commands, standing))).rider;
}

test("[F11] an own message takes two calls; the ack and the message come in one frame, the user's other socket gets the message alone; the alarm asks once, and sets none", async () => {
  const { ana, bo, id, socket } = await chat();
  const other = await syncOf(ana);
  const before = {
    calls: cost.objectCalls,
    alarms: cost.alarmsSet,
    rows: cost.rowsWritten,
    texts: socket.texts.length,
  };
  say(socket, id, "four");
  await Promise.all([socket.next(isMessage(4)), other.next(isMessage(4))]);
  await expect.poll(async () => (await rowOf(bo, id))?.head.seq).toBe(4);
  expect(cost.objectCalls - before.calls).toBe(2);
  expect(cost.alarmsSet - before.alarms).toBe(1);
  const [both] = socket.texts.slice(before.texts).map((text) => JSON.parse(text) as Frame[]);
  expect(both?.map(({ type }) => type)).toEqual(["ok", "message"]);
  expect(other.frames.filter(({ type }) => type === "ok")).toEqual([]);
  expect(await storedRev(ana, id)).toBe(await rowOf(ana, id).then((row) => row?.head.rev));
  windClock(60_000);
  await runDurableObjectAlarm(objectOf(id));
  expect(cost.objectCalls - before.calls).toBe(3);
  expect(cost.alarmsSet - before.alarms).toBe(1);
  expect(await runInDurableObject(objectOf(id), async (_, { storage }) => await storage.getAlarm())).toBeNull();
});

test("[F11] what rode in an answer that was lost is brought by the alarm, with the next commands, or when a later delivery finds the gap", async () => {
  const { ana, bo, id, socket } = await chat();
  const standing = async (): Promise<Standing> => {
    const rev = (await rowOf(ana, id))?.head.rev ?? 0;
    return { applied: rev, stored: rev };
  };
  expect(await sendAndLose(ana, id, await standing(), "lost one")).toContain("lost one");
  expect((await rowOf(ana, id))?.head.seq).toBe(3);
  await settleFanOut(id);
  await socket.next(isMessage(4));
  // After the fault one call goes as ever; then deliveries ride again.
  say(socket, id, "five");
  await socket.next(isMessage(5));
  await expect.poll(() => storedRev(ana, id)).toBe((await standing()).applied);
  expect(await sendAndLose(ana, id, await standing(), "lost two")).toContain("lost two");
  say(socket, id, "seven");
  await socket.next(isMessage(7));
  await expect.poll(async () => (await rowOf(ana, id))?.head.seq).toBe(7);
  await settleFanOut(id);
  await send(id, bo, "eight");
  await socket.next(isMessage(8));
  expect(await sendAndLose(ana, id, await standing(), "lost three")).toContain("lost three");
  await send(id, bo, "ten");
  await socket.next(isMessage(10));
  const seqs = socket.frames.flatMap((frame) => messageOf(frame)?.seq ?? []);
  expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("[F11] nothing rides where the inbox is not in step, for a stranger, and in a group that is called in rounds; a repeat brings no second copy", async () => {
  const { ana, bo, id, socket } = await chat();
  const rev = (await rowOf(ana, id))?.head.rev ?? 0;
  expect(await sendAndLose(ana, id, { applied: rev - 1, stored: rev - 1 }, "behind")).toBeUndefined();
  await socket.next(isMessage(4));
  const cy = await member("cy");
  const packed = packCommands(cy.actor, [sendCommand("let me in", "k")], { applied: 4, stored: 4 });
  expect(await conversationStub(env, id).submitPacked(packed)).not.toContain("\n");
  say(socket, id, "five");
  await socket.next(isMessage(5));
  say(socket, id, "five");
  await expect.poll(() => socket.frames.filter((frame) => frame["ref"] === "five").length).toBe(2);
  // Frames come in order, so a second copy would be there before the next message, on both sides.
  say(socket, id, "six");
  await socket.next(isMessage(6));
  await settleFanOut(id);
  expect(socket.frames.flatMap((frame) => messageOf(frame)?.seq ?? [])).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await rowOf(bo, id)).toMatchObject({ head: { seq: 6 } });
});

test("[F11] a delivery that overtakes the answer waits for it; without an answer it is a gap", async () => {
  const id = newConversation();
  let end: (submitted: Submitted) => void = () => {};
  await withSide(
    async (side, client, server) => {
      const packed = (n: number): string => {
        const { items, ...rest } = delivery(id, n);
        return packDelivery({ ...rest, series: 7 }, packItems(items));
      };
      for (const n of [1, 2]) await side.deliver(delivery(id, n));
      const speak = async (): Promise<void> => {
        side.webSocketMessage(server, JSON.stringify({ type: "typing", ref: "r", conversationId: id }));
        await new Promise((resolve) => setTimeout(resolve, 20));
      };
      await speak();
      const early = side.deliverPacked(packed(4));
      expect(await isUnanswered(early)).toBe(true);
      const { series: _, ...own }: Delivery = { ...delivery(id, 3), series: 7 };
      const rider = packDelivery({ ...own }, packItems(own.items));
      end({ ok: true, value: [{ ok: true, did: "typing" }], rider });
      expect(await early).toMatchObject({ rev: 4 });
      await client.next(isMessage(4));
      expect(client.frames.flatMap((frame) => messageOf(frame)?.seq ?? [])).toEqual([1, 2, 3, 4]);
      await speak();
      const gap = side.deliverPacked(packed(9));
      expect(await isUnanswered(gap)).toBe(true);
      end({ ok: false, refusal: { code: "unavailable", detail: "away" } });
      expect(await gap).toEqual({ rev: 4 });
    },
    () => new Promise((resolve) => (end = resolve)),
  );
});

test("[F11] the next commands, sent before what rode and what was delivered in the same turn is applied, say that the inbox has it", async () => {
  const id = newConversation();
  const standings: (Standing | undefined)[] = [];
  const ends: ((submitted: Submitted) => void)[] = [];
  await withSide(
    async (side, client, server) => {
      const packed = (n: number): string => {
        const { items, ...rest } = delivery(id, n);
        return packDelivery(rest, packItems(items));
      };
      for (const n of [1, 2]) await side.deliver(delivery(id, n));
      const say = async (): Promise<void> => {
        side.webSocketMessage(server, JSON.stringify({ type: "typing", ref: "r", conversationId: id }));
        await new Promise((resolve) => setTimeout(resolve, 20));
      };
      await say();
      await say();
      expect(standings).toEqual([{ applied: 2, stored: 2 }]);
      const early = side.deliverPacked(packed(4));
      await new Promise((resolve) => setTimeout(resolve, 20));
      const gap = side.deliverPacked(packed(7));
      ends[0]?.({ ok: true, value: [{ ok: true, did: "typing" }], rider: packed(3) });
      await expect.poll(() => standings.length).toBe(2);
      // What is behind a gap is not there.
      expect(standings[1]).toEqual({ applied: 4, stored: 2 });
      await early;
      ends[1]?.({ ok: true, value: [{ ok: true, did: "typing" }] });
      expect(await gap).toEqual({ rev: 4 });
      await client.next(isMessage(4));
      expect(client.frames.flatMap((frame) => messageOf(frame)?.seq ?? [])).toEqual([1, 2, 3, 4]);
    },
    (_id, _actor, _commands, standing) => {
      standings.push(standing);
      return new Promise((resolve) => ends.push(resolve));
    },
  );
});

test("answers are the same text as before where nothing rides, so an older object reads them; a rider keeps its own lines", () => {
  const answers = [{ ok: true as const, did: "typing" as const }];
  expect(packAnswers(answers)).toBe(JSON.stringify(answers));
  expect(unpackAnswers(packAnswers(answers, 'a\n["b"]\nc'))).toEqual({ answers, rider: 'a\n["b"]\nc' });
});

type Device = { of: Member; device: FoldingDevice; socket: TestSocket | undefined; folded: number };

async function connect(one: Device): Promise<void> {
  const { version, epoch } = one.device;
  one.socket = await syncOf(one.of, epoch === "" ? "" : `?since=${version}&epoch=${epoch}`);
  one.folded = 0;
}

async function scenario(seed: number): Promise<void> {
  const random = seeded(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const people = [await member(`ana.${seed % 1_000_000}`), await member(`bo.${seed % 1_000_000}`)];
  const [ana, bo] = people as [Member, Member];
  const id = await foundDm(ana, bo);
  await settleFanOut(id);
  // Ana has two devices.
  const devices: Device[] = [ana, ana, bo].map((of) => ({
    of,
    device: new FoldingDevice(),
    socket: undefined,
    folded: 0,
  }));
  const seen = new Map(people.map((one) => [one.id, new Map<number, string>()]));
  const takeIn = (one: Device): void => {
    for (const frame of one.socket?.frames.slice(one.folded) ?? [])
      one.device.fold(frame, seen.get(one.of.id) ?? new Map());
    one.folded = one.socket?.frames.length ?? 0;
  };
  const drop = (of?: Member): void => {
    for (const one of devices) {
      if (of !== undefined && one.of !== of) continue;
      takeIn(one);
      one.socket = undefined;
    }
  };
  /** The server may have closed a socket, because its object died: then the device has none. */
  const tell = (one: Device, frame: (socket: TestSocket) => void): void => {
    if (one.socket === undefined) return;
    try {
      frame(one.socket);
    } catch (error) {
      if (!/after close/.test(String(error))) throw error;
      takeIn(one);
      one.socket = undefined;
    }
  };
  const quietly = async (work: Promise<unknown>): Promise<void> => void (await work.catch(() => undefined));
  for (let step = 0; step < 60; step++) {
    for (const one of devices) if (one.socket === undefined && random() < 0.5) await connect(one);
    const one = devices[below(3)] as Device;
    const luck = random();
    if (luck < 0.45) {
      for (let n = below(3); n >= 0; n--) tell(one, (socket) => say(socket, id, `${seed} ${step} ${n}`));
    } else if (luck < 0.5) await quietly(send(id, one.of, `http ${step}`));
    else if (luck < 0.58) {
      const read = 1 + below(step + 1);
      tell(one, (socket) => socket.say({ type: "receipt", conversationId: id, read }));
    } else if (luck < 0.64) {
      const rev = (await rowOf(one.of, id).catch(() => undefined))?.head.rev ?? 0;
      await quietly(sendAndLose(one.of, id, { applied: rev, stored: 0 }, `lost ${step}`));
    } else if (luck < 0.7) {
      const seq = 1 + below(step + 1);
      tell(one, (socket) => socket.say({ type: "unsend", ref: "u", conversationId: id, seq }));
    } else if (luck < 0.77) {
      await crash(one.of);
      drop(one.of);
    } else if (luck < 0.8) {
      await abortAllDurableObjects();
      drop();
    } else if (luck < 0.84) await quietly(evictDurableObject(objectOf(id)));
    else if (luck < 0.87) await quietly(hibernate(one.of));
    else if (luck < 0.93) Object.assign(commitPace, { ms: [0, 5, 300][below(3)], spreadMs: below(2) * 5 });
    else {
      windClock(below(8_000));
      await runDurableObjectAlarm(objectOf(id));
    }
    for (let turns = below(5); turns > 0; turns--) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  Object.assign(commitPace, { ms: 0, spreadMs: 0 });
  await abortAllDurableObjects();
  drop();
  await settleFanOut(id);
  for (const one of devices) await connect(one);
  await send(id, bo, "the last one");
  await settleFanOut(id);
  const why = `seed ${seed}`;
  const rows = await Promise.all(people.map((one) => rowOf(one, id)));
  for (const [index, of] of people.entries()) {
    const [row, view] = [rows[index], await conversationStub(env, id).view(of.userId)];
    if (row === undefined || !view.ok) throw new Error(`${why}: no row`);
    const stored = await runInDurableObject(objectOf(id), (_, { storage }) =>
      storage.sql
        .exec<{ seq: number; rev: number; sender_id: string; unsent_at: number | null }>(
          "SELECT seq, rev, sender_id, unsent_at FROM messages",
        )
        .toArray(),
    );
    const unread = stored.filter(
      (one) => one.sender_id !== of.id && one.seq > row.read && one.unsent_at === null,
    ).length;
    expect({ seq: row.head.seq, read: row.read, unread: row.unread }, why).toEqual({
      seq: stored.length,
      read: view.value.me.read,
      unread,
    });
    for (const device of devices.filter((one) => one.of === of)) {
      const folded = () => (takeIn(device), device.device.rows.get(id));
      await expect.poll(folded, { message: why }).toEqual({
        unread: row.unread,
        mentionsUnread: 0,
        rev: row.head.rev,
        version: row.version,
      });
    }
  }
}

/** Two that stay, and a new one in each run, which the title prints. */
const seeds = [5, 12, crypto.getRandomValues(new Uint32Array(1))[0] ?? 0];

test.each(seeds)(
  "[F11] [I26] senders' own inboxes and devices end as everybody's, whichever object dies at whichever moment (seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    await scenario(seed);
  },
);
