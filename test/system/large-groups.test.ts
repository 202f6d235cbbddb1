/** Large groups from outside: founding, growth while people write, who receives what, counts, members, and a server that is killed. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Conversation, Member } from "../../schema/wire/conversation.ts";
import type { Summary, SyncAnswer } from "../../schema/wire/inbox.ts";
import type { Message, Notice } from "../../schema/wire/message.ts";
import type { ChangesPage } from "../../schema/http/conversation/messages.ts";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";
import { HttpPerson, signUp } from "../rig/server/http.ts";
import { type Frame, type HttpSocket, open } from "../rig/server/http-socket.ts";
import { LiveWatcher } from "../rig/server/live-watcher.ts";
import { type ImportedPerson, importPeople, operatorSecret } from "../rig/server/imported-people.ts";

let server: Server;
let people: ImportedPerson[];
let [owner, ana, bo]: HttpPerson[] = [];

beforeAll(async () => {
  // Three live sockets of a group hang on one object, further ones on its relays.
  const env = { OPERATOR_SECRET: operatorSecret, PARLEY_RATE_LIMITS: "off", PARLEY_RELAY_SOCKETS: "3" };
  server = await spawnTestServer({ env });
  people = await importPeople(server.url, "many", 240);
  [owner, ana, bo] = await Promise.all(["owner", "ana", "bo"].map((name) => signUp(server.url, name)));
}, 120_000);
afterAll(() => server.stop());

function cast(): [HttpPerson, HttpPerson, HttpPerson] {
  if (owner === undefined || ana === undefined || bo === undefined) throw new Error("nobody signed up");
  return [owner, ana, bo];
}

const idsOf = (from: number, to: number): string[] => people.slice(from, to).map(({ userId }) => userId);
const detailsOf = (by: HttpPerson, id: string) => by.must<Conversation>(200, "GET", `/v1/conversations/${id}`);
const syncOf = (by: HttpPerson): Promise<HttpSocket> => open(server.url, "/v1/sync", by.token);
const liveOf = (by: HttpPerson, id: string): Promise<HttpSocket> =>
  open(server.url, `/v1/conversations/${id}/live`, by.token);

/** The row of a conversation in a list that is asked for now. */
async function rowOf(by: HttpPerson, id: string): Promise<Summary | undefined> {
  const { conversations } = await by.must<{ conversations: Summary[] }>(200, "GET", "/v1/conversations");
  return conversations.find((row) => row.conversationId === id);
}

function rowIn(frame: Frame, id: string): Summary | undefined {
  return frame.type === "inbox"
    ? (frame["conversations"] as Summary[]).findLast((row) => row.conversationId === id)
    : undefined;
}

/** The frames of the last row, wherever they stand. */
const nextRow = (socket: HttpSocket, id: string, fits: (row: Summary) => boolean, what: string): Promise<Frame> =>
  socket.next(
    (frame) => {
      const row = rowIn(frame, id);
      return row !== undefined && fits(row);
    },
    what,
    15_000,
  );

const messagesOn = (socket: HttpSocket, id: string): Message[] =>
  socket.frames
    .filter(({ type }) => type === "message")
    .map((frame) => frame["message"] as Message)
    .filter(({ conversationId }) => conversationId === id);

/** A large group of a hundred and more, founded at once. */
async function large(more: Record<string, unknown> = {}): Promise<string> {
  const [me, two, three] = cast();
  const draft = { title: "Large", memberIds: [two.id, three.id, ...idsOf(0, 120)], ...more };
  const { id, mode, memberCount } = await me.must<Conversation>(201, "POST", "/v1/conversations", draft);
  expect({ mode, memberCount }).toEqual({ mode: "large", memberCount: 123 });
  await expect.poll(async () => (await rowOf(two, id))?.mode, { timeout: 15_000 }).toBe("large");
  await expect.poll(async () => (await rowOf(three, id))?.mode, { timeout: 15_000 }).toBe("large");
  return id;
}

describe("a group that grows", () => {
  test("[M21] loses and doubles nothing while people write, serves open sockets on, and keeps what members chose", async () => {
    const [me, two, three] = cast();
    const id = await me.group([two, three], { memberIds: [two.id, three.id, ...idsOf(0, 97)] });
    await me.send(id, "before");
    await expect.poll(async () => (await rowOf(two, id))?.unread).toBe(1);
    const [sync, live] = [await syncOf(two), await liveOf(two, id)];
    await live.next(({ type }) => type === "hello");
    let grown = false;
    const writing = Promise.all(
      [me, three].map(async (by) => {
        let sent = 0;
        for (let n = 0; n < 3 || !grown; n++, sent++) await by.send(id, `while it grows ${n}`);
        for (let n = 0; n < 3; n++, sent++) await by.send(id, `afterwards ${n}`);
        return sent;
      }),
    );
    await me.must<Member>(200, "PUT", `/v1/conversations/${id}/members/${people[97]?.userId}`, {});
    grown = true;
    const total = 1 + (await writing).reduce((sum, count) => sum + count, 0);
    expect(await detailsOf(two, id)).toMatchObject({ mode: "large", memberCount: 101, head: { seq: total } });

    const notice = await live.next(
      ({ type, ...frame }) =>
        type === "change" && ((frame["notices"] ?? []) as Notice[]).some(({ kind }) => kind === "mode_changed"),
      "the notice on the live socket",
    );
    const [mode] = notice["notices"] as Notice[];
    await expect.poll(() => messagesOn(live, id).length, { timeout: 15_000 }).toBe(total - 1);
    expect(messagesOn(live, id).map(({ seq }) => seq)).toEqual(Array.from({ length: total - 1 }, (_, n) => n + 2));
    await nextRow(sync, id, (row) => row.mode === "large" && row.unread === total && row.head.seq === total, "the row");
    expect(await rowOf(two, id)).toMatchObject({ unread: total, notify: "all", read: 0 });
    expect(await rowOf(three, id)).toMatchObject({ notify: "all" });

    const path = `/v1/conversations/${id}/changes?rev=0&limit=500`;
    const { messages, notices, rev } = await two.must<ChangesPage>(200, "GET", path);
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: total }, (_, n) => n + 1));
    const revs = [...messages, ...notices].map((each) => each.rev).toSorted((a, b) => a - b);
    expect(revs).toEqual(Array.from({ length: rev }, (_, n) => n + 1));
    const added = notices.find(({ kind }) => kind === "member_added");
    expect(added).toMatchObject({ userIds: [people[97]?.userId], count: 1, rev: (mode?.rev ?? 0) - 1 });
    sync.close();
    live.close();
  });

  test("[M23] an invite of before stops at the bound, and one that may grow goes on; a user who joins then is notified of mentions", async () => {
    const [me, two, three] = cast();
    const id = await me.group([], { memberIds: [three.id, ...idsOf(0, 98)] });
    const invites = `/v1/conversations/${id}/invites`;
    const [plain, growing] = [
      await me.must<{ code: string }>(201, "POST", invites, {}),
      await me.must<{ code: string }>(201, "POST", invites, { mayGrow: true }),
    ];
    await two.must(409, "POST", `/v1/invites/${plain.code}/accept`);
    expect(await two.must(200, "POST", `/v1/invites/${growing.code}/accept`)).toMatchObject({ mode: "large" });
    // The 101st counts as one of before.
    expect(await rowOf(two, id)).toMatchObject({ mode: "large", notify: "all", unread: 0 });
    const late = await signUp(server.url, "late");
    await late.must(409, "POST", `/v1/invites/${plain.code}/accept`);
    const before = await detailsOf(me, id);
    expect(await late.must(200, "POST", `/v1/invites/${growing.code}/accept`)).toMatchObject({ memberCount: 102 });
    expect(await rowOf(late, id)).toMatchObject({ notify: "mentions", unread: 0 });
    // Neither joining nor leaving takes a rev or makes a notice.
    await late.must(204, "DELETE", `/v1/conversations/${id}/members/${late.id}`);
    expect(await rowOf(late, id)).toMatchObject({ left: true });
    expect(await detailsOf(me, id)).toMatchObject({ memberCount: 101, head: before.head });
  });
});

describe("a large group", () => {
  test("[M8] [M18] [M22] is founded at once, and its members receive it page by page; or it is refused as a small one", async () => {
    const [me, two] = cast();
    const draft = { title: "Too many", memberIds: idsOf(0, 120), mode: "small" };
    await me.must(413, "POST", "/v1/conversations", draft);
    const few = await me.must<Conversation>(201, "POST", "/v1/conversations", {
      title: "Few",
      memberIds: [two.id],
      mode: "large",
    });
    expect(few).toMatchObject({ mode: "large", memberCount: 2 });
    expect(await rowOf(me, few.id)).toMatchObject({ mode: "large", notify: "mentions", role: "owner" });
    const id = await large();
    const { notices } = await me.must<ChangesPage>(200, "GET", `/v1/conversations/${id}/changes?rev=0`);
    expect(notices).toMatchObject([{ kind: "conversation_created", count: 123 }]);
    expect(notices[0]).not.toHaveProperty("userIds");
    const details = await detailsOf(two, id);
    expect(details.members?.map(({ user }) => user.id)).toEqual([me.id]);
    const { added } = await me.must<{ added: string[] }>(200, "POST", `/v1/conversations/${id}/members`, {
      userIds: idsOf(100, 240),
    });
    expect(added).toEqual(idsOf(120, 240));
    const after = await me.must<ChangesPage>(200, "GET", `/v1/conversations/${id}/changes?rev=1`);
    expect(after.notices).toMatchObject([{ kind: "member_added", count: 120 }]);
    expect((after.notices[0] as { userIds: string[] }).userIds).toHaveLength(20);
  });

  test("[M20] lists its members in pages, and finds them by handle or a word of the name", async () => {
    const [me, two] = cast();
    const id = await large();
    const listed: Member[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const query: string = `limit=50${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
      const page: { members: Member[]; cursor: string | null } = await two.must(
        200,
        "GET",
        `/v1/conversations/${id}/members?${query}`,
      );
      listed.push(...page.members);
      cursor = page.cursor;
    }
    expect(listed).toHaveLength(123);
    expect(new Set(listed.map(({ user }) => user.id)).size).toBe(123);
    expect(listed[0]).toMatchObject({ user: { id: me.id, handle: me.handle }, role: "owner", delivered: 0, read: 0 });
    expect(listed.every(({ user }) => user.handle !== null)).toBe(true);
    const found = async (q: string): Promise<string[]> => {
      const page = await two.must<{ members: Member[] }>(
        200,
        "GET",
        `/v1/conversations/${id}/members?q=${encodeURIComponent(q)}`,
      );
      return page.members.map(({ user }) => user.handle ?? "");
    };
    expect(await found("many.77")).toEqual(["many.77x"]);
    expect(await found("P 5")).toEqual(["many.5x", ...Array.from({ length: 10 }, (_, n) => `many.${50 + n}x`)]);
    await me.must(200, "PATCH", "/v1/me", { name: "Zaphod Owner" });
    await expect.poll(() => found("zaph"), { timeout: 30_000, interval: 500 }).toEqual([me.handle]);
  });

  test("[M25] [M27] sync sockets receive what concerns their user, and of the rest a row at most every five seconds", async () => {
    const [me, two, three] = cast();
    const id = await large();
    const [sync, own] = [await syncOf(two), await syncOf(three)];
    await sync.next((frame) => frame["more"] === false);
    await own.next((frame) => frame["more"] === false);
    await me.send(id, "to everybody");
    await nextRow(sync, id, (row) => row.unread === 1, "the first row");
    const { seq } = await three.send(id, "by three");
    await own.next(
      (frame) => frame.type === "message" && (frame["message"] as Message).seq === seq,
      "one's own message",
    );
    await me.send(id, "@two", { mentions: [two.id] });
    await me.send(id, "an answer", { replyTo: seq });
    await sync.next(
      (frame) => frame.type === "message" && (frame["message"] as Message).seq === seq + 1,
      "the mention",
    );
    await own.next((frame) => frame.type === "message" && (frame["message"] as Message).seq === seq + 2, "the answer");
    await me.must(200, "PATCH", `/v1/conversations/${id}/messages/${seq + 1}`, { text: "@two, edited" });
    await sync.next(
      ({ type, ...frame }) => type === "change" && (frame["messages"] as Message[])[0]?.seq === seq + 1,
      "its edit",
    );
    await nextRow(sync, id, (row) => row.unread === 4 && row.mentionsUnread === 1, "the row with the mention");

    /** When rows came that only others caused. */
    const times: number[] = [];
    let seen = sync.frames.length;
    const until = Date.now() + 11_000;
    for (let n = 0; Date.now() < until; n++) {
      if (n % 5 === 0) await me.send(id, `plain ${n}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (; seen < sync.frames.length; seen++)
        if (rowIn(sync.frames[seen] as Frame, id) !== undefined) times.push(Date.now());
    }
    const gaps = times.slice(1).map((at, n) => at - (times[n] ?? 0));
    expect([1, 2, 3]).toContain(times.length);
    // On a busy machine one row takes longer to arrive than the next.
    expect(gaps.filter((ms) => ms < 4_000)).toEqual([]);
    expect(messagesOn(sync, id).map((each) => each.seq)).toEqual([seq + 1]);
    sync.close();
    own.close();
  });

  test("[I29] [M24] counts are the same on every device, in lists, polls and after muting; receipts of others are not shown", async () => {
    const [me, two] = cast();
    const id = await large();
    const first = await two.must<SyncAnswer>(200, "GET", "/v1/sync?wait=0");
    const poll = (from: SyncAnswer, wait: number) =>
      two.must<SyncAnswer>(200, "GET", `/v1/sync?since=${from.version}&epoch=${from.epoch}&wait=${wait}`);
    const waiting = poll(first, 15);
    for (let n = 0; n < 5; n++) await me.send(id, `news ${n}`);
    const woken = await waiting;
    expect(woken.conversations.some((row) => row.conversationId === id)).toBe(true);
    const fresh = await poll(woken, 0);
    const told = [...woken.conversations, ...fresh.conversations].findLast((row) => row.conversationId === id);
    expect(told).toMatchObject({ unread: 5, mentionsUnread: 0 });
    const device = await two.ask<HttpPerson["session"]>("POST", "/v1/sessions", {
      handle: two.handle,
      password: two.password,
    });
    const other = new HttpPerson(server.url, two.password, device.body);
    expect(await rowOf(other, id)).toMatchObject({ unread: 5 });
    const sync = await syncOf(other);
    await nextRow(sync, id, (row) => row.unread === 5, "the row on the other device");
    await two.must(204, "POST", `/v1/conversations/${id}/receipts`, { read: 3 });
    await nextRow(sync, id, (row) => row.unread === 2 && row.read === 3, "the row that was read");
    await me.must(200, "DELETE", `/v1/conversations/${id}/messages/5`);
    expect(
      await two.must(200, "PATCH", `/v1/conversations/${id}/me`, { mutedUntil: 8_640_000_000_000_000 }),
    ).toMatchObject({ unread: 1 });
    await me.send(id, "while it is muted");
    expect(await rowOf(two, id)).toMatchObject({ unread: 2 });
    const live = await liveOf(me, id);
    const hello = await live.next(({ type }) => type === "hello");
    expect((hello["members"] as { userId: string }[]).map(({ userId }) => userId)).toEqual([me.id]);
    await two.must(204, "POST", `/v1/conversations/${id}/receipts`, { read: 6 });
    await live.pong();
    expect(live.frames.filter(({ type }) => type === "receipt")).toEqual([]);
    for (const socket of [sync, live]) socket.close();
  });

  test("[M17] in an announcement group only admins write; own messages can still be changed, and reactions stay", async () => {
    const [me, two] = cast();
    const id = await large();
    const draft = { clientId: "first", text: "before the rule" };
    const { seq } = await two.must<{ seq: number }>(201, "POST", `/v1/conversations/${id}/messages`, draft);
    await me.must(200, "PATCH", `/v1/conversations/${id}`, { policy: { write: "admin" } });
    await two.must(403, "POST", `/v1/conversations/${id}/messages`, { clientId: "second", text: "no" });
    expect(await two.must(200, "POST", `/v1/conversations/${id}/messages`, draft)).toMatchObject({
      seq,
      duplicate: true,
    });
    await two.must(200, "PATCH", `/v1/conversations/${id}/messages/${seq}`, { text: "changed" });
    const reacted = await two.must<Message>(200, "PUT", `/v1/conversations/${id}/messages/${seq}/reactions/👍`);
    expect(reacted.reactions).toMatchObject([{ emoji: "👍", count: 1, userIds: [two.id] }]);
    await two.must(200, "DELETE", `/v1/conversations/${id}/messages/${seq}`);
    await me.send(id, "an announcement");
  });

  test("a removed member receives nothing more, on any path", async () => {
    const [me, two, three] = cast();
    const id = await large();
    const [sync, live] = [await syncOf(three), await liveOf(three, id)];
    await live.next(({ type }) => type === "hello");
    await me.must(204, "DELETE", `/v1/conversations/${id}/members/${three.id}`);
    expect(await live.closes(2_000)).toBe(4403);
    await nextRow(sync, id, (row) => row.left && row.unread === 0, "the row that has ended");
    await me.send(id, "without three", { mentions: [three.id] });
    await expect.poll(async () => (await rowOf(two, id))?.unread).toBe(1);
    await three.must(404, "GET", `/v1/conversations/${id}/messages`);
    await three.must(404, "GET", `/v1/conversations/${id}/members`);
    expect(await rowOf(three, id)).toMatchObject({ left: true, unread: 0, head: { seq: 0 } });
    expect(messagesOn(sync, id)).toEqual([]);
    sync.close();
  });

  test("[P1] [P11] [L10] a kill in the middle loses no message, no count and no mention, and live sockets at relays catch up", async () => {
    const [me, two, three] = cast();
    const id = await large();
    const { rev } = (await detailsOf(me, id)).head;
    const watchers = [me, two, three].flatMap((by) => Array.from({ length: 3 }, () => new LiveWatcher(by, id, rev)));
    for (const watcher of watchers) await watcher.start();
    const seqsOf = () => watchers.map((watcher) => [...watcher.seqs]);
    const upTo = (seq: number) => watchers.map(() => Array.from({ length: seq }, (_, n) => n + 1));
    for (let n = 0; n < 5; n++) await me.send(id, `before ${n}`, n === 4 ? { mentions: [two.id] } : {});
    await server.killAll();
    await server.restart();
    await expect.poll(seqsOf, { timeout: 30_000 }).toEqual(upTo(5));
    const sync = await syncOf(two);
    await nextRow(sync, id, (row) => row.unread === 5 && row.mentionsUnread === 1, "the row after the kill");
    await me.send(id, "after the kill");
    await nextRow(sync, id, (row) => row.unread === 6, "the row after the next message");
    await expect.poll(seqsOf, { timeout: 30_000 }).toEqual(upTo(6));
    expect(watchers.flatMap(({ faults }) => faults)).toEqual([]);
    for (const watcher of watchers) watcher.stop();
    const { hits } = await two.must<{ hits: { message: Message }[] }>(200, "GET", "/v1/mentions?limit=5");
    expect(hits[0]?.message).toMatchObject({ conversationId: id, seq: 5 });
    expect(await detailsOf(two, id)).toMatchObject({ memberCount: 123, head: { seq: 6 } });
    sync.close();
  });
});
