/**
 * A group that grows in the middle of it, with its members' own objects: people write, read, mention each other, come and go, look and look away, while the
 * group is evicted and inboxes crash at any step. When it is over, every inbox has the numbers that the messages give, devices that folded frames have what is
 * fetched, and no socket received a message twice, out of order, or without being concerned.
 */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import { commitPace } from "../../../../objects/user/inbox/commit-pace.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import type { ChangesPage } from "../../../../schema/http/conversation/messages.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import type { Message } from "../../../../schema/wire/message.ts";
import { readChanges } from "../../../../workers/archive/reads.ts";
import { consumeFanOut } from "../../../../workers/queues/fanout.ts";
import { valueOf } from "../../../rig/objects/accounts.ts";
import { crash } from "../../../rig/objects/inbox/crash.ts";
import { type Member, member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { FoldingDevice } from "../../../rig/objects/inbox/member-inbox.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";
import { foundGroup, sendCommand, settleFanOut, submit } from "../../../rig/objects/people.ts";
import type { TestSocket } from "../../../rig/objects/socket.ts";
import { seeded } from "../../../rig/random.ts";

openLargeGroups();

const pace = { ...commitPace };
beforeEach(() => void Object.assign(commitPace, { ms: 20, spreadMs: 10 }));
afterEach(() => void Object.assign(commitPace, pace));

/** One member, with what they have read and a device that comes and goes. */
class Someone {
  readonly who: Member;
  isIn: boolean;
  read = 0;
  readonly device = new FoldingDevice();
  readonly #seen = new Map<number, string>();
  #socket: TestSocket | undefined;
  #folded = 0;
  #rev = 0;

  constructor(who: Member, isIn: boolean) {
    this.who = who;
    this.isIn = isIn;
  }

  get isLooking(): boolean {
    return this.#socket !== undefined;
  }

  async look(): Promise<void> {
    if (this.#socket !== undefined) return;
    const { version, epoch } = this.device;
    this.#socket = await syncOf(this.who, epoch === "" ? "" : `?since=${version}&epoch=${epoch}`);
    this.#folded = 0;
    this.#rev = 0;
  }

  lookAway(isCut: boolean): void {
    this.fold(0);
    if (!isCut) this.#socket?.close();
    this.#socket = undefined;
  }

  /** Folds what came. `largeFrom`: the rev from which on sockets receive only what concerns their user; 0 while the group is small. */
  fold(largeFrom: number): void {
    for (const frame of this.#socket?.frames.slice(this.#folded) ?? []) {
      this.device.fold(frame, this.#seen);
      if (frame.type !== "message" && frame.type !== "change") continue;
      const { rev } = (frame["message"] ?? frame) as { rev: number };
      expect(rev, "what comes one by one comes in order, each once").toBeGreaterThan(this.#rev);
      this.#rev = rev;
      const message = frame["message"] as Message | undefined;
      if (message === undefined || largeFrom === 0 || rev < largeFrom || message.replyTo !== null) continue;
      const isConcerned = message.senderId === this.who.id || message.mentions.includes(this.who.id);
      expect(isConcerned, "a message concerns whoever receives it by itself").toBe(true);
    }
    this.#folded = this.#socket?.frames.length ?? 0;
  }

  async row(id: ConversationId): Promise<Summary | undefined> {
    const { conversations } = valueOf(await this.who.calls.summaries(undefined, 10));
    return conversations.find((row) => row.conversationId === id);
  }

  async reaches(version: number): Promise<void> {
    if (this.device.version < version)
      await this.#socket?.next((frame) => {
        const told = (frame["version"] ?? (frame["inbox"] as { version?: number } | undefined)?.version) as number;
        return told >= version;
      }, `version ${version}`);
    this.fold(0);
  }
}

async function scenario(seed: number, steps: number): Promise<void> {
  const random = seeded(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const mark = seed % 1_000_000;
  const people: Someone[] = [];
  for (const name of ["owner", "ana", "bo", "cy", "di", "eve"])
    people.push(new Someone(await member(`${name}.${mark}`), people.length < 3));
  const [owner] = people as [Someone];
  const id = await foundGroup(
    owner.who,
    people.slice(1, 3).map(({ who }) => who),
  );
  await settleFanOut(id);
  const object = env.CONVERSATIONS.getByName(id);
  const stub = () => conversationStub(env, id);
  let head = 0;
  let largeFrom = 0;
  const present = (): Someone[] => people.filter(({ isIn }) => isIn);
  const anyOf = (some: readonly Someone[]): Someone => some[below(some.length)] ?? owner;

  const send = async (by: Someone): Promise<void> => {
    const mentions = people.filter(() => random() < 0.2).map(({ who }) => who.id);
    const replyTo = head > 0 && random() < 0.2 ? 1 + below(head) : null;
    const answer = await submit(
      id,
      by.who,
      sendCommand(`text ${head + 1}`, crypto.randomUUID(), { mentions, replyTo }),
    );
    if (!answer.ok || answer.did !== "send") throw new Error(JSON.stringify(answer));
    by.read = head = answer.ack.seq;
  };
  const turn = async (one: Someone): Promise<void> => {
    if (one.isIn) {
      const by = random() < 0.5 ? owner : one;
      valueOf(await stub().removeMember(by.who.id, one.who.id));
      one.isIn = false;
      return;
    }
    const by = anyOf(present());
    valueOf(await stub().addMembers(by.who.id, [one.who.person], []));
    one.isIn = true;
    one.read = head;
    const view = valueOf(await stub().view(owner.who.id));
    if (largeFrom === 0 && view.mode === "large") largeFrom = view.head.rev;
  };

  for (let step = 0; step < steps; step++) {
    const luck = random();
    const one = anyOf(people);
    // However the luck was, the group has grown by now.
    if (step === steps / 3) for (const each of people) if (!each.isIn) await turn(each);
    if (luck < 0.3) await send(anyOf(present()));
    else if (luck < 0.36 && head > 0) await submit(id, owner.who, { do: "unsend", seq: 1 + below(head) });
    else if (luck < 0.42 && head > 0) {
      const mentions = people.filter(() => random() < 0.3).map(({ who }) => who.id);
      await submit(id, anyOf(present()).who, { do: "edit", seq: 1 + below(head), text: `edited at ${step}`, mentions });
    } else if (luck < 0.46 && head > 0)
      await submit(id, anyOf(present()).who, { do: "react", seq: 1 + below(head), emoji: "👍", isOn: random() < 0.6 });
    else if (luck < 0.54 && one.isIn) {
      const read = below(head + 1);
      await submit(id, one.who, { do: "receipt", delivered: null, read });
      one.read = Math.max(one.read, read);
    } else if (luck < 0.64 && one !== owner) await turn(one);
    else if (luck < 0.7) await consumeFanOut({ conversationId: id }, env);
    else if (luck < 0.76) {
      windClock(1_000 + below(20_000));
      await runDurableObjectAlarm(object);
    } else if (luck < 0.81) await evictDurableObject(object).catch(() => undefined);
    else if (luck < 0.85) {
      await crash(one.who);
      one.lookAway(true);
    } else if (luck < 0.9) await one.row(id);
    else if (one.isLooking) one.lookAway(random() < 0.3);
    else await one.look();
    for (const each of people) each.fold(largeFrom);
  }

  expect(largeFrom).toBeGreaterThan(0);
  // What is left over comes to rest.
  for (const each of people) if (!each.isLooking) await each.look();
  for (let n = 0; ; n++) {
    await consumeFanOut({ conversationId: id }, env);
    await settleFanOut(id);
    if ((await stub().fanOutPage(null, [])).due.length === 0) break;
    if (n > 20) throw new Error("something stays due");
  }
  const all = await readChanges(env, id, owner.who.id, { rev: 0, limit: 500 });
  const { messages } = JSON.parse(valueOf(all)) as ChangesPage;
  for (const each of people) {
    const row = await each.row(id);
    const unread = messages.filter(
      ({ seq, senderId, unsentAt }) => seq > each.read && senderId !== each.who.id && unsentAt === null,
    );
    const mentionsUnread = unread.filter(({ mentions }) => mentions.includes(each.who.id)).length;
    if (!each.isIn) expect(row === undefined || (row.left && row.unread === 0)).toBe(true);
    else
      expect(row).toMatchObject({
        left: false,
        read: each.read,
        unread: unread.length,
        mentionsUnread,
        head: { seq: head },
      });
    if (row === undefined) continue;
    await each.reaches(row.version);
    expect(each.device.rows.get(id)).toMatchObject({ unread: row.unread, mentionsUnread: row.mentionsUnread });
    each.lookAway(false);
  }
}

/** Two that stay, and a new one in each run, which the title prints. */
const seeds = [3, 42, crypto.getRandomValues(new Uint32Array(1))[0] ?? 0];

test.each(seeds)(
  "[M21] [M24] [M25] [M29] inboxes and messages agree, whatever was evicted or crashed (seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    await scenario(seed, 90);
  },
);
