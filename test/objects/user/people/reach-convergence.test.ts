/**
 * People change whom they let reach them, whom they know and whom they block, and bring each other into conversations, while objects fall
 * asleep at any step: what each call answers, and what is a request, is what a model of a few lines says, in rows and for the others.
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { ConversationId } from "../../../../schema/ids.ts";
import type { Conversation, Member } from "../../../../schema/wire/conversation.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { evict } from "../../../rig/objects/accounts.ts";
import { seeded } from "../../../rig/random.ts";
import { ask, type Caller, caller, must } from "../../../rig/objects/door.ts";
import { sendCommand, submit } from "../../../rig/objects/people.ts";

type Reach = "everyone" | "requests" | "contacts";
const reaches: readonly Reach[] = ["everyone", "requests", "requests", "requests", "contacts"];
/** Who is in, each with the stranger who brought them as long as that is a request. */
type Chat = { id: ConversationId; kind: "dm" | "group"; members: Map<Caller, Caller | null>; isWritten: boolean };

class World {
  readonly people: Caller[];
  readonly chats: Chat[] = [];
  readonly log: string[] = [];
  requestsMade = 0;
  readonly #random: () => number;
  readonly #reach = new Map<Caller, Reach>();
  readonly #contacts = new Map<Caller, Set<Caller>>();
  readonly #blocks = new Map<Caller, Set<Caller>>();

  constructor(people: Caller[], random: () => number) {
    this.people = people;
    this.#random = random;
    for (const person of people) {
      this.#reach.set(person, "everyone");
      this.#contacts.set(person, new Set());
      this.#blocks.set(person, new Set());
    }
  }

  async step(): Promise<void> {
    const [a, b] = this.#two();
    const chat = this.#pick(this.chats);
    const acts: (() => Promise<void>)[] = [
      () => this.setReach(a, this.#pick(reaches) ?? "everyone"),
      () => this.#contact(a, b),
      () => this.#block(a, b),
      () => this.#open(a, b),
      () => this.#found(a),
      () => this.#found(a),
      () => this.#found(a),
      () => this.#sleep(a, chat),
    ];
    const inside = chat === undefined ? undefined : this.#pick([...chat.members.keys()]);
    if (chat !== undefined && inside !== undefined) {
      acts.push(
        () => this.#add(a, b, chat),
        () => this.#add(a, b, chat),
        () => this.#remove(a, b, chat),
        () => this.#remove(a, a, chat),
        () => this.#remove(a, a, chat),
        () => this.#remove(b, b, chat),
        () => this.#remove(b, b, chat),
        () => this.#join(a, b, chat),
        () => this.#takeUp(inside, chat),
        () => this.#write(inside, chat),
        () => this.#react(inside, chat),
        () => this.#react(inside, chat),
      );
    }
    await this.#pick(acts)?.();
  }

  /** At rest rows, and what others are told of watermarks, say what the model says. */
  async check(): Promise<void> {
    for (const person of this.people) {
      await this.#settled(person);
      for (const chat of this.chats) await this.#checkTold(person, chat);
    }
  }

  async #checkTold(person: Caller, chat: Chat): Promise<void> {
    const requestBy = chat.members.get(person);
    if (requestBy === undefined) return;
    const path = `/conversations/${chat.id}`;
    const { me, head } = await must<Conversation>(200, person, "GET", path);
    await submit(chat.id, person, { do: "receipt", delivered: head.seq, read: me.read });
    for (const viewer of chat.members.keys()) {
      if (viewer === person) continue;
      const { members } = await must<{ members: Member[] }>(200, viewer, "GET", `${path}/members`);
      const shown = members.find(({ user }) => user.id === person.id);
      const isHidden = requestBy !== null || this.#isBlocked(viewer, person);
      const expected = isHidden ? { delivered: 0, read: 0 } : { delivered: head.seq, read: me.read };
      expect(shown, this.#story(`${person.handle} as ${viewer.handle} sees them in ${chat.id}`)).toMatchObject(
        expected,
      );
    }
  }

  /** Rows follow what is done in a conversation within moments. */
  async #settled(person: Caller): Promise<void> {
    const expected = this.chats.flatMap((chat) => {
      const requestBy = chat.members.get(person);
      return requestBy === undefined ? [] : [`${chat.id} ${requestBy !== null}`];
    });
    for (let n = 0; ; n++) {
      const { conversations } = await must<{ conversations: Summary[] }>(
        200,
        person,
        "GET",
        "/conversations?limit=100",
      );
      const rows = conversations.filter((row) => !row.left).map((row) => `${row.conversationId} ${row.request}`);
      if (n < 100 && rows.toSorted().join() !== expected.toSorted().join()) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      expect(rows.toSorted(), this.#story(`the rows of ${person.handle}`)).toEqual(expected.toSorted());
      return;
    }
  }

  /** What becomes of `by` bringing `others`: the status, and who takes it as a request. */
  #judge(by: Caller, others: readonly Caller[]): 201 | 403 {
    if (others.some((other) => this.#isBlocked(by, other))) return 403;
    const isClosed = (other: Caller) => this.#reach.get(other) === "contacts" && !this.#knows(other, by);
    return others.some(isClosed) ? 403 : 201;
  }

  #requestOf(by: Caller, other: Caller): Caller | null {
    if (this.#reach.get(other) !== "requests" || this.#knows(other, by)) return null;
    this.requestsMade++;
    return by;
  }

  #knows(other: Caller, by: Caller): boolean {
    const inBoth = ({ members }: Chat) => members.get(other) === null && members.get(by) === null;
    return this.#contacts.get(other)?.has(by) === true || this.chats.some(inBoth);
  }

  #isBlocked(a: Caller, b: Caller): boolean {
    return this.#blocks.get(a)?.has(b) === true || this.#blocks.get(b)?.has(a) === true;
  }

  async setReach(a: Caller, reach: Reach): Promise<void> {
    this.log.push(`${a.handle} is reached by ${reach}`);
    await must(200, a, "PATCH", "/me", { settings: { reach } });
    this.#reach.set(a, reach);
  }

  async #contact(a: Caller, b: Caller): Promise<void> {
    const has = this.#contacts.get(a);
    if (has?.delete(b) === true) {
      this.log.push(`${a.handle} takes ${b.handle} out`);
      await must(204, a, "DELETE", `/contacts/${b.id}`);
      return;
    }
    this.log.push(`${a.handle} puts ${b.handle}`);
    await must(200, a, "PUT", `/contacts/${b.id}`);
    has?.add(b);
    for (const { members } of this.chats) if (members.get(a) === b) members.set(a, null);
  }

  async #block(a: Caller, b: Caller): Promise<void> {
    const blocks = this.#blocks.get(a);
    const isOver = blocks?.delete(b) === true;
    this.log.push(`${a.handle} ${isOver ? "unblocks" : "blocks"} ${b.handle}`);
    await must(isOver ? 204 : 200, a, isOver ? "DELETE" : "PUT", `/blocks/${b.id}`);
    if (!isOver && this.#random() < 0.4) blocks?.add(b);
    else if (!isOver) await must(204, a, "DELETE", `/blocks/${b.id}`);
  }

  async #open(a: Caller, b: Caller): Promise<void> {
    const there = this.chats.find(({ kind, members }) => kind === "dm" && members.has(a) && members.has(b));
    const isOpen = there !== undefined && !this.#isBlocked(a, b);
    await this.#bring(`${a.handle} opens a chat with ${b.handle}`, a, [b], isOpen ? 200 : this.#judge(a, [b]), "dm");
  }

  async #found(a: Caller): Promise<void> {
    const others = this.people.filter((other) => other !== a && this.#random() < 0.25);
    const names = others.map(({ handle }) => handle).join(", ");
    await this.#bring(`${a.handle} founds a group with ${names}`, a, others, this.#judge(a, others), "group");
  }

  async #bring(what: string, by: Caller, others: Caller[], expected: number, kind: Chat["kind"]): Promise<void> {
    this.log.push(what);
    const answer =
      kind === "dm"
        ? await ask<Conversation>(by, "PUT", `/dms/${others[0]?.id}`)
        : await ask<Conversation>(by, "POST", "/conversations", { title: "G", memberIds: others.map(({ id }) => id) });
    expect(answer.status, this.#story(what)).toBe(expected);
    if (answer.status !== 201) return;
    const members = new Map(others.map((other) => [other, this.#requestOf(by, other)]));
    this.chats.push({ id: answer.body.id, kind, members: members.set(by, null), isWritten: false });
  }

  async #add(a: Caller, b: Caller, chat: Chat): Promise<void> {
    this.log.push(`${a.handle} adds ${b.handle} to ${chat.id}`);
    const expected = chat.members.has(b) || this.#judge(a, [b]) === 201 ? 200 : 403;
    const { status } = await ask(a, "PUT", `/conversations/${chat.id}/members/${b.id}`, {});
    const right = !chat.members.has(a) ? 404 : chat.kind === "dm" ? 403 : expected;
    expect(status, this.#story("the adding")).toBe(right);
    if (status === 200 && !chat.members.has(b)) chat.members.set(b, this.#requestOf(a, b));
  }

  /** Who may remove whom is no matter of this test. */
  async #remove(a: Caller, b: Caller, chat: Chat): Promise<void> {
    const { status } = await ask(a, "DELETE", `/conversations/${chat.id}/members/${b.id}`);
    this.log.push(`${a.handle} removes ${b.handle} from ${chat.id}: ${status}`);
    if (status === 204) chat.members.delete(b);
  }

  async #join(a: Caller, b: Caller, chat: Chat): Promise<void> {
    const invite = await ask<{ code: string }>(b, "POST", `/conversations/${chat.id}/invites`, {});
    if (invite.status !== 201) return;
    const { status } = await ask(a, "POST", `/invites/${invite.body.code}/accept`);
    this.log.push(`${a.handle} comes into ${chat.id} by an invite: ${status}`);
    if (status === 200 && !chat.members.has(a)) chat.members.set(a, null);
  }

  async #takeUp(a: Caller, chat: Chat): Promise<void> {
    if (!chat.members.has(a)) return;
    this.log.push(`${a.handle} takes up ${chat.id}`);
    await must(200, a, "PATCH", `/conversations/${chat.id}/me`, { request: false });
    chat.members.set(a, null);
  }

  async #write(a: Caller, chat: Chat): Promise<void> {
    const { ok } = await submit(chat.id, a, sendCommand("hello", crypto.randomUUID()));
    this.log.push(`${a.handle} writes in ${chat.id}: ${ok}`);
    if (!ok) return;
    chat.isWritten = true;
    chat.members.set(a, null);
    await this.#settled(a);
  }

  async #react(a: Caller, chat: Chat): Promise<void> {
    if (!chat.isWritten) return;
    const emoji = this.#pick(["👍", "🎉", "😀"]) ?? "👍";
    const head = chat.members.has(a)
      ? (await must<Conversation>(200, a, "GET", `/conversations/${chat.id}`)).head.rev
      : 0;
    const answer = await submit(chat.id, a, { do: "react", seq: 1, emoji, isOn: true });
    this.log.push(`${a.handle} reacts in ${chat.id}: ${JSON.stringify(answer)}`);
    // One that is there already changes nothing.
    if (!answer.ok || answer.did !== "change" || answer.rev <= head) return;
    chat.members.set(a, null);
    await this.#settled(a);
  }

  async #sleep(a: Caller, chat: Chat | undefined): Promise<void> {
    this.log.push(`${a.handle} and ${chat?.id ?? "nothing"} fall asleep`);
    // Who sleeps already cannot be put to sleep.
    await evict(a.id).catch(() => undefined);
    if (chat !== undefined) await evictDurableObject(env.CONVERSATIONS.getByName(chat.id)).catch(() => undefined);
  }

  #two(): [Caller, Caller] {
    const a = this.#pick(this.people) as Caller;
    return [a, this.#pick(this.people.filter((other) => other !== a)) as Caller];
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)];
  }

  #story(what: string): string {
    return `${what}, after\n${this.log.join("\n")}`;
  }
}

test.each([2, 3, 6, 9, 10])(
  "[M11] [M12] whom each user reaches, and which rows are requests, follows from everybody's settings: seed %i",
  async (seed) => {
    const random = seeded(seed);
    const people: Caller[] = [];
    for (const name of ["ana", "bo", "cy", "di", "ed", "flo"]) people.push(await caller(name));
    const world = new World(people, random);
    for (const person of people) await world.setReach(person, "requests");
    for (let n = 1; n <= 120; n++) {
      await world.step();
      if (n % 30 === 0) await world.check();
    }
    // A run in which nobody got a request would have shown nothing.
    expect(world.requestsMade).toBeGreaterThan(10);
  },
  60_000,
);
