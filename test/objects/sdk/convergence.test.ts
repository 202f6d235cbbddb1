/**
 * Several SDK clients and both kinds of objects under a bad network and evictions: when it is over, everybody shows what a
 * fresh fetch shows, everything acked is there once and in order, and the unread numbers are the same on every device.
 */
import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Account, type ConversationHandle, createParley, type Parley } from "../../../client/index.ts";
import { commitPace } from "../../../objects/user/inbox/commit-pace.ts";
import type { MessagesPage } from "../../../schema/http/conversation/messages.ts";
import type { Message } from "../../../schema/wire/message.ts";
import { BadNetwork, FastClock } from "../../rig/objects/bad-network.ts";
import { seeded } from "../../rig/random.ts";

const clockTimes = 40;
const baseUrl = "http://parley.test";
const password = "correct horse battery";
const open: Parley[] = [];
let run = 0;

// Inboxes tell first and write a moment later, as under load.
beforeEach(() => void Object.assign(commitPace, { ms: 20, spreadMs: 40 }));

afterEach(() => {
  for (const parley of open.splice(0)) parley.close();
});

type Device = { name: string; account: Account; network: BadNetwork; clock: FastClock };

async function device(name: string, handle: string, random: () => number, isNew: boolean): Promise<Device> {
  const network = new BadNetwork(random);
  const clock = new FastClock();
  const parley = createParley({
    baseUrl,
    fetch: network.fetch,
    WebSocket: network.WebSocket,
    clock,
    random,
  });
  open.push(parley);
  const account = isNew ? await parley.signUp({ handle, password, name }) : await parley.signIn({ handle, password });
  return { name, account, network, clock };
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const shown = (handle: ConversationHandle): Message[] =>
  handle.timeline.getSnapshot().entries.flatMap((entry) => (entry.kind === "message" ? [entry.message] : []));

/** Loads what the timeline says is missing, as an app does when a hole comes into view. */
async function fillHoles(handle: ConversationHandle): Promise<void> {
  for (const entry of handle.timeline.getSnapshot().entries) if (entry.kind === "hole") await handle.fill(entry.hole);
}

/** What a client that knows nothing is told. */
async function fetchedBy(account: Account, id: string): Promise<MessagesPage> {
  const session = await exports.default.fetch(`${baseUrl}/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ handle: account.user.getSnapshot().handle, password }),
  });
  const { accessToken } = await session.json<{ accessToken: string }>();
  const page = await exports.default.fetch(`${baseUrl}/v1/conversations/${id}/messages?limit=100`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  return await page.json<MessagesPage>();
}

async function scenario(seed: number, steps: number): Promise<void> {
  run++;
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const names = ["ana", "bo", "cy"].map((name) => `${name}.${seed}.${run}`);
  const devices = await Promise.all(names.map((handle) => device(handle, handle, random, true)));
  devices.push(
    await device("ana again", names[0] ?? "", random, false),
    await device("bo again", names[1] ?? "", random, false),
  );
  const [ana, bo, cy] = devices.map((one) => one.account);
  if (ana === undefined || bo === undefined || cy === undefined) throw new Error("nobody");
  const dm = (await ana.openDm(bo.userId)).id;
  const group = (await ana.createGroup({ title: "all", memberIds: [bo.userId, cy.userId] })).id;
  const members = (id: string): Device[] =>
    id === dm ? devices.filter((one) => one.account.userId !== cy.userId) : devices;
  const everybodysHandles = [dm, group].flatMap((id) =>
    members(id).map((one) => ({ id, one, handle: one.account.conversation(id) })),
  );
  const closings = everybodysHandles.filter(() => random() < 0.6).map(({ handle }) => handle.open());

  const acked: { id: string; text: string; seq: number; account: Account }[] = [];
  const sends: Promise<unknown>[] = [];
  for (const { network, clock } of devices) {
    network.badness = 0.04;
    clock.speedUp(clockTimes);
  }
  for (let step = 0; step < steps; step++) {
    const { id, one, handle } = pick(everybodysHandles);
    const luck = random();
    const head = handle.timeline.getSnapshot().headSeq;
    if (luck < 0.6) {
      const text = `${one.name} ${step}`;
      sends.push(handle.send(text).then((ack) => acked.push({ id, text, seq: ack.seq, account: one.account })));
    } else if (luck < 0.68 && head > 0)
      void handle.react(1 + Math.floor(random() * head), "👍", random() < 0.7).catch(() => undefined);
    else if (luck < 0.76) {
      const own = shown(handle).filter(
        (message) => message.senderId === one.account.userId && message.unsentAt === null,
      );
      if (own.length > 0) {
        const { seq } = pick(own);
        void (random() < 0.5 ? handle.edit(seq, `edited ${step}`) : handle.unsend(seq)).catch(() => undefined);
      }
    } else if (luck < 0.86) handle.markRead(head);
    else if (luck < 0.9) one.network.cutAll();
    else if (luck < 0.95) {
      await evictDurableObject(env.CONVERSATIONS.getByName(id), {
        webSockets: random() < 0.5 ? "hibernate" : "close",
      }).catch(() => undefined);
    } else if (luck < 0.99) {
      await evictDurableObject(env.USERS.getByName(one.account.userId), {
        webSockets: random() < 0.5 ? "hibernate" : "close",
      }).catch(() => undefined);
    } else await abortAllDurableObjects();
    if (random() < 0.7) await new Promise((resolve) => setTimeout(resolve, random() * 12));
  }

  for (const { network } of devices) network.badness = 0;
  await Promise.all(sends);
  for (const { handle } of everybodysHandles) {
    closings.push(handle.open());
    await until("loaded", () => handle.timeline.getSnapshot().isLoaded);
    while (await handle.loadBefore());
    await fillHoles(handle);
  }
  await until("everybody online", () =>
    devices.every((one) => one.account.connection.getSnapshot().status === "online"),
  );

  for (const { id, one, handle } of everybodysHandles) {
    let fetched = await fetchedBy(one.account, id);
    await until(`${one.name} shows all of ${id === dm ? "the direct chat" : "the group"}`, async () => {
      if (JSON.stringify(shown(handle)) === JSON.stringify(fetched.messages)) return true;
      fetched = await fetchedBy(one.account, id);
      await fillHoles(handle);
      return false;
    }).catch((error: unknown) => {
      expect(shown(handle)).toEqual(fetched.messages);
      throw error;
    });
    const { entries } = handle.timeline.getSnapshot();
    expect(entries.filter((entry) => entry.kind === "hole" || entry.kind === "pending")).toEqual([]);
    expect(fetched.messages.map((message) => message.seq)).toEqual(fetched.messages.map((_, index) => index + 1));
  }

  for (const { id, text, seq, account } of acked) {
    const there = shown(account.conversation(id)).filter((message) => message.seq === seq);
    expect(there.length).toBe(1);
    expect(there[0]?.senderId).toBe(account.userId);
    if (there[0]?.editedAt === null && there[0].unsentAt === null) expect(there[0].text).toBe(text);
  }
  expect(new Set(acked.map(({ id, seq }) => `${id} ${seq}`)).size).toBe(acked.length);

  for (const { id, one, handle } of everybodysHandles) {
    await until(`${one.name} has the exact unread number`, () => {
      const row = one.account.inbox.row(id);
      const unread = shown(handle).filter(
        (message) =>
          message.seq > (row?.read ?? 0) && message.senderId !== one.account.userId && message.unsentAt === null,
      ).length;
      const isSame = members(id).every(
        (other) => other.account.userId !== one.account.userId || other.account.inbox.row(id)?.unread === row?.unread,
      );
      return row?.unread === unread && isSame;
    });
  }
  for (const close of closings) close();
}

for (const seed of [1, 7]) {
  test(`[F6] everybody converges on what a fresh fetch shows (seed ${seed})`, { timeout: 120_000 }, async () => {
    await scenario(seed, 80);
  });
}

test("[F6] everybody converges on what a fresh fetch shows (a new seed each run)", { timeout: 120_000 }, async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  await scenario(seed, 80).catch((error: unknown) => {
    throw new Error(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  });
});
