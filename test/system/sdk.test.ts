/** The SDK against a whole server: several people and devices, faults in between, and everybody sees the same in the end. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  createParley,
  memoryStorage,
  type Account,
  type ConversationHandle,
  type Parley,
  type ParleyOptions,
} from "../../client/index.ts";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";

const password = "a long enough secret";
let server: Server;
let made = 0;
const open: Parley[] = [];

beforeAll(async () => {
  server = await spawnTestServer();
}, 120_000);
afterEach(() => {
  for (const parley of open.splice(0)) parley.close();
});
afterAll(async () => await server.stop());

function parleyOf(options: Partial<ParleyOptions> = {}): Parley {
  const parley = createParley({ baseUrl: server.url, ...options });
  open.push(parley);
  return parley;
}

async function person(name: string, options?: Partial<ParleyOptions>): Promise<Account> {
  made++;
  return await parleyOf(options).signUp({ handle: `${name}.${process.pid}.${made}`, password, name });
}

/** Another device of the same person. */
async function deviceOf(account: Account, options?: Partial<ParleyOptions>): Promise<Account> {
  return await parleyOf(options).signIn({ handle: account.user.getSnapshot().handle ?? "", password });
}

async function until(what: string, isSo: () => boolean, ms = 30_000): Promise<void> {
  const giveUpAt = Date.now() + ms;
  while (!isSo()) {
    if (Date.now() > giveUpAt) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const online = (account: Account) => until("online", () => account.connection.getSnapshot().status === "online");

/** What a device shows, as words: messages by seq, holes, what is pending. */
function shown(conversation: ConversationHandle): string[] {
  return conversation.timeline.getSnapshot().entries.flatMap((entry) => {
    if (entry.kind === "message") return [`${entry.message.seq} ${entry.message.text}`];
    if (entry.kind === "hole") return [`hole ${entry.hole.after}-${entry.hole.before}`];
    return entry.kind === "pending" ? [`pending ${entry.pending.text}`] : [];
  });
}

function texts(conversation: ConversationHandle): string[] {
  return conversation.timeline
    .getSnapshot()
    .entries.flatMap((entry) => (entry.kind === "message" ? [entry.message.text] : []));
}

describe("the SDK and a server", () => {
  it("[P10] [P11] [P12] two people on three devices see the same messages, changes, receipts and numbers", async () => {
    const [ana, bo] = [await person("ana"), await person("bo")];
    const phone = await deviceOf(bo);
    await Promise.all([ana, bo, phone].map(online));
    const conversation = await ana.openDm(bo.userId);
    const atBo = bo.conversation(conversation.id);
    const atPhone = phone.conversation(conversation.id);
    conversation.open();
    atBo.open();
    await until("live", () => conversation.live.getSnapshot() === "live" && atBo.live.getSnapshot() === "live");

    const acks = await Promise.all(["one", "two", "three", "four"].map((text) => conversation.send(text)));
    expect(acks.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    await until("delivered", () => conversation.receipts.getSnapshot().deliveredToAll === 4);
    await until(
      "unread everywhere",
      () => bo.inbox.getSnapshot().unread === 4 && phone.inbox.getSnapshot().unread === 4,
    );
    expect(conversation.receipts.getSnapshot().readByAll).toBe(0);

    atBo.notifyTyping();
    await until("typing", () => conversation.typingUsers.getSnapshot().includes(bo.userId));
    await atBo.react(2, "👍", true);
    await conversation.edit(1, "ONE");
    await conversation.unsend(3);
    atBo.markRead(4);
    await until("read", () => conversation.receipts.getSnapshot().readByAll === 4);
    await until("read on the phone, too", () => phone.inbox.getSnapshot().unread === 0);

    await atPhone.load();
    for (const each of [conversation, atBo, atPhone]) {
      await until("the same", () => shown(each).join("|") === "1 ONE|2 two|3 |4 four");
      const [, second] = each.timeline
        .getSnapshot()
        .entries.flatMap((entry) => (entry.kind === "message" ? [entry.message] : []));
      expect(second?.reactions).toEqual([{ emoji: "👍", count: 1, userIds: [bo.userId] }]);
    }
    expect(bo.inbox.getSnapshot()).toEqual(phone.inbox.getSnapshot());
  });

  it("a group: founding, titles, invites, leaving, and a notice of each", async () => {
    const [ana, bo, cy] = [await person("ana"), await person("bo"), await person("cy")];
    await Promise.all([ana, bo, cy].map(online));
    const group = await ana.createGroup({ title: "Trip", memberIds: [bo.userId] });
    group.open();
    const atBo = bo.conversation(group.id);
    await until("in the inbox", () => bo.inbox.row(group.id)?.title === "Trip");
    await atBo.patch({ title: "The trip" });
    const invite = await atBo.createInvite({ usesMax: 1 });
    expect(await cy.previewInvite(invite.code)).toMatchObject({ title: "The trip", memberCount: 2 });
    const atCy = await cy.acceptInvite(invite.code);
    await atCy.send("here I am");
    await until("heard", () => texts(group).includes("here I am"));
    const spare = await atBo.createInvite();
    expect((await group.invites()).items.map(({ id, createdBy }) => [id, createdBy])).toEqual([[spare.id, bo.userId]]);
    await group.deleteInvite(spare.id);
    expect((await atBo.invites()).items).toEqual([]);
    await expect(group.deleteInvite(spare.id)).rejects.toMatchObject({ code: "not_found" });
    await until("three of them", () => group.details.getSnapshot()?.memberCount === 3);
    await atBo.leave();
    await until("gone", () => bo.inbox.row(group.id)?.left === true && atBo.live.getSnapshot() === "gone");
    const notices = () =>
      group.timeline.getSnapshot().entries.flatMap((entry) => (entry.kind === "notice" ? [entry.notice.kind] : []));
    await until("notices", () => notices().includes("member_left"));
    expect(notices()).toEqual(["conversation_created", "title_changed", "member_added", "member_left"]);
    await expect(atBo.send("still there?")).rejects.toMatchObject({ code: "not_found" });
    expect(atBo.timeline.getSnapshot().entries.at(-1)).toMatchObject({
      kind: "pending",
      pending: { status: "failed" },
    });
  });

  it("[P1] [P2] [P4] [P9] everything arrives once and in order while workerd is killed again and again", async () => {
    const [ana, bo] = [await person("ana"), await person("bo")];
    await Promise.all([ana, bo].map(online));
    const group = await ana.createGroup({ title: "Storm", memberIds: [bo.userId] });
    const atBo = bo.conversation(group.id);
    const heard: string[] = [];
    bo.onMessage(({ message, conversation }) => {
      if (conversation.id === group.id) heard.push(message.text);
    });
    group.open();
    atBo.open();
    await until("live", () => group.live.getSnapshot() === "live" && atBo.live.getSnapshot() === "live");
    const sent: Promise<unknown>[] = [];
    for (let i = 0; i < 120; i++) {
      sent.push(group.send(`a${i}`), atBo.send(`b${i}`));
      if (i === 20 || i === 70) await server.killRuntime();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await Promise.all(sent);
    for (const each of [group, atBo])
      await until("all there", () => texts(each).length === 240 && !each.timeline.getSnapshot().isStale, 40_000);
    expect(shown(group)).toEqual(shown(atBo));
    for (const letter of ["a", "b"]) {
      expect(texts(group).filter((text) => text.startsWith(letter))).toEqual(
        Array.from({ length: 120 }, (_, i) => `${letter}${i}`),
      );
    }
    expect(heard).toEqual(texts(atBo));
    // P18: what was folded is what the server says anew.
    const fresh = (await deviceOf(bo)).conversation(group.id);
    await fresh.load();
    while (fresh.timeline.getSnapshot().hasBefore) await fresh.loadBefore();
    const states = (conversation: ConversationHandle) =>
      conversation.timeline
        .getSnapshot()
        .entries.flatMap((entry): object[] =>
          entry.kind === "message" ? [entry.message] : entry.kind === "notice" ? [entry.notice] : [],
        );
    expect(states(fresh)).toEqual(states(atBo));
  }, 120_000);

  it("what was written without network, before a restart of the program, is sent once after it", async () => {
    const storage = memoryStorage();
    const bo = await person("bo");
    let isDown = false;
    const network: Partial<ParleyOptions> = {
      storage,
      fetch: async (url, init) => {
        if (isDown) throw new TypeError("no network");
        return await fetch(url, init);
      },
      WebSocket: class extends WebSocket {
        constructor(url: string, protocols: string[]) {
          super(isDown ? "ws://127.0.0.1:1" : url, protocols);
          sockets.add(this);
        }
      },
    };
    const sockets = new Set<WebSocket>();
    const first = await person("ana", network);
    await online(first);
    const conversation = await first.openDm(bo.userId);
    await conversation.send("before");
    isDown = true;
    for (const socket of sockets) socket.close();
    await until("noticed", () => first.connection.getSnapshot().isStale);
    for (const text of ["w1", "w2", "w3"]) conversation.send(text).catch(() => undefined);
    expect(shown(conversation)).toEqual(["1 before", "pending w1", "pending w2", "pending w3"]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    open.splice(0).forEach((parley) => parley.close());

    isDown = false;
    const again = parleyOf(network);
    await again.ready;
    const [second] = again.accounts.getSnapshot();
    expect(second?.userId).toBe(first.userId);
    const resumed = second?.conversation(conversation.id);
    if (second === undefined || resumed === undefined) throw new Error("the account was not restored");
    resumed.open();
    await until("sent", () => shown(resumed).join("|") === "1 before|2 w1|3 w2|4 w3");
    expect(second.unsent.getSnapshot()).toBe(0);
  });

  it("everything works, a little later, where sockets are blocked", async () => {
    class Blocked extends WebSocket {
      constructor(_url: string, protocols: string[]) {
        super("ws://127.0.0.1:1", protocols);
      }
    }
    const [ana, bo] = [await person("ana", { WebSocket: Blocked }), await person("bo", { WebSocket: Blocked })];
    for (const each of [ana, bo]) await until("polling", () => each.connection.getSnapshot().status === "polling");
    const heard: string[] = [];
    bo.onMessage(({ message }) => heard.push(message.text));
    const conversation = await ana.openDm(bo.userId);
    conversation.open();
    const atBo = bo.conversation(conversation.id);
    for (let i = 0; i < 5; i++) await conversation.send(`p${i}`);
    await until("heard", () => heard.length === 5);
    expect(heard).toEqual(["p0", "p1", "p2", "p3", "p4"]);
    await until("unread", () => bo.inbox.getSnapshot().unread === 5);
    atBo.markRead(5);
    await atBo.send("got it");
    await until("answered", () => texts(conversation).includes("got it"));
    expect(conversation.timeline.getSnapshot().isStale).toBe(false);
    await until("read", () => bo.inbox.getSnapshot().unread === 0);
    expect(ana.connection.getSnapshot().status).toBe("polling");
  });

  it("a device that is signed out from elsewhere says so, keeps what it has, and goes on after signing in", async () => {
    const ana = await person("ana");
    const laptop = await deviceOf(ana);
    await Promise.all([ana, laptop].map(online));
    const notes = await ana.openDm(ana.userId);
    await notes.send("to myself");
    await laptop.signOutDevice(ana.deviceId);
    await until("told", () => ana.connection.getSnapshot().status === "reauth");
    notes.send("written meanwhile").catch(() => undefined);
    expect(shown(notes)).toEqual(["1 to myself", "pending written meanwhile"]);
    await ana.reauthenticate(password);
    await until("sent", () => shown(notes).join("|") === "1 to myself|2 written meanwhile");
    await ana.signOut();
    await expect(laptop.devices()).resolves.toHaveLength(1);
  });

  it("long texts come as a beginning, and whole on demand", async () => {
    const [ana, bo] = [await person("ana"), await person("bo")];
    await Promise.all([ana, bo].map(online));
    const conversation = await ana.openDm(bo.userId);
    const text = "line of a long letter 📜\n".repeat(3_000);
    await conversation.send(text);
    const atBo = bo.conversation(conversation.id);
    await atBo.load();
    const [beginning] = atBo.timeline
      .getSnapshot()
      .entries.flatMap((entry) => (entry.kind === "message" ? [entry.message] : []));
    expect(beginning?.truncated).toBe(true);
    expect(text.startsWith(beginning?.text ?? "?")).toBe(true);
    expect((await atBo.loadFullMessage(1)).text).toBe(text);
    expect(texts(atBo)).toEqual([text]);
    await atBo.react(1, "📜", true);
    expect(texts(atBo)).toEqual([text]);
    // The text that came whole is the one of the server's chain.
    const { hash } = await conversation.send("a short one");
    await until("arrived", () => texts(atBo).length === 2);
    expect(await atBo.verify(1, 2)).toEqual({ from: 1, to: 2, hash, isSound: true, differing: [] });
    await expect(conversation.send("x".repeat(100_001))).rejects.toMatchObject({ code: "too_large" });
    await expect(conversation.send(" \u200B ")).rejects.toMatchObject({ code: "bad_request" });
    expect(shown(conversation).some((each) => each.startsWith("pending"))).toBe(false);
  });

  it("a jump to a message leaves a hole, which can be filled", async () => {
    const [ana, bo] = [await person("ana"), await person("bo")];
    await Promise.all([ana, bo].map(online));
    const conversation = await ana.openDm(bo.userId);
    for (let i = 1; i <= 160; i++) await conversation.send(`m${i}`);
    const fresh = (await deviceOf(bo)).conversation(conversation.id);
    await fresh.load();
    await fresh.loadAround(30);
    expect(shown(fresh)).toContain("30 m30");
    const hole = fresh.timeline.getSnapshot().entries.find((entry) => entry.kind === "hole");
    if (hole?.kind !== "hole") throw new Error("there is no hole");
    await fresh.fill(hole.hole, { from: "after" });
    await until("filled", () => texts(fresh).includes("m100"));
    for (let i = 0; i < 5; i++) {
      const next = fresh.timeline.getSnapshot().entries.find((entry) => entry.kind === "hole");
      if (next?.kind === "hole") await fresh.fill(next.hole);
      else await fresh.loadBefore();
    }
    expect(texts(fresh)).toEqual(Array.from({ length: 160 }, (_, i) => `m${i + 1}`));
    await expect(fresh.loadAround(99_999)).rejects.toMatchObject({ code: "not_found" });
  });

  it("the example bot answers", async () => {
    const handle = `echo.${process.pid}`;
    const bot = spawn(process.execPath, [join(import.meta.dirname, "../../examples/echo-bot.ts")], {
      env: { ...process.env, PARLEY_URL: server.url, BOT_HANDLE: handle, BOT_PASSWORD: "echo, echo, echo" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await new Promise((resolve) => bot.stdout.once("data", resolve));
      const ana = await person("ana");
      const conversation = await ana.openDm((await ana.getUserByHandle(handle)).id);
      await conversation.send("is anybody there?");
      await until("echoed", () => texts(conversation).length === 2);
      expect(texts(conversation)).toEqual(["is anybody there?", "is anybody there?"]);
    } finally {
      bot.kill();
    }
  });
});

it("[A15] while strangers guess, a device that was signed in before signs in again, and a new device does not", async () => {
  made++;
  const credentials = { handle: `ana.${process.pid}.${made}`, password };
  const storage = memoryStorage();
  const ana = await parleyOf({ storage }).signUp(credentials);
  await ana.signOut();
  const guesses = Array.from({ length: 10 }, (_, n) =>
    parleyOf()
      .signIn({ ...credentials, password: `wrong ${n}` })
      .catch((error: unknown) => error),
  );
  for (const guess of await Promise.all(guesses)) expect(guess).toMatchObject({ code: "unauthenticated" });
  await expect(parleyOf().signIn(credentials)).rejects.toMatchObject({ code: "rate_limited" });
  const back = await parleyOf({ storage }).signIn(credentials);
  expect(back.userId).toBe(ana.userId);
  await online(back);
});
