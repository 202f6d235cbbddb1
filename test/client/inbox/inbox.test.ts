import { describe, expect, it } from "vitest";
import { Inbox } from "../../../client/inbox/inbox.ts";
import { ParleyError, memoryStorage, type Storage, type Summary, type SummaryPatch } from "../../../client/index.ts";
import { aloneLocks } from "../../../client/storage/locks.ts";
import { ConversationModel } from "../../rig/client/conversation/conversation-model.ts";
import { row } from "../../rig/client/summary-row.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

function rig({ storage = memoryStorage() }: { storage?: Storage } = {}) {
  const clock = new WoundClock();
  const sent: { patch: SummaryPatch; done: (row: Summary) => void; fail: (error: ParleyError) => void }[] = [];
  const news: string[] = [];
  const inbox = new Inbox({
    storage,
    clock,
    userId: "ana",
    random: () => 0.5,
    locks: aloneLocks(),
    send: (_id, patch) =>
      new Promise((done, fail) => {
        sent.push({ patch, done, fail });
      }),
    serverNow: () => clock.now(),
    isWriter: () => true,
    onRows: (rows, isNews) => {
      if (isNews) news.push(...rows.map(({ conversationId }) => conversationId));
    },
    onShown: () => undefined,
  });
  const { patches } = inbox;
  const ids = () => inbox.getSnapshot().conversations.map(({ conversationId }) => conversationId);
  const all = (rows: Summary[], version: number) => {
    inbox.meetEpoch("e1");
    inbox.frame({ version, conversations: rows, reset: true, more: false });
  };
  return { clock, storage, inbox, patches, sent, news, ids, all };
}

describe("the inbox", () => {
  it("counts a conversation again when its mute ends, without any frame", async () => {
    const { inbox, all, clock } = rig();
    const badges: number[] = [];
    inbox.subscribe(() => badges.push(inbox.getSnapshot().badge));
    all(
      [
        row("muted", 1, { mutedUntil: clock.now() + 60_000, unread: 4 }),
        row("longer", 2, { mutedUntil: clock.now() + 90_000, unread: 1 }),
        row("forever", 3, { mutedUntil: 8_640_000_000_000_000, unread: 2 }),
      ],
      3,
    );
    expect(badges.at(-1)).toBe(0);
    await clock.wind(59_000);
    expect(badges.at(-1)).toBe(0);
    await clock.wind(2_000);
    expect(badges.at(-1)).toBe(4);
    await clock.wind(30_000);
    expect(badges.at(-1)).toBe(5);
    inbox.close();
  });

  it("shows pinned rows first, then the newest, archived ones apart, and counts what a badge should say", () => {
    const { inbox, all, ids, clock } = rig();
    expect(inbox.getSnapshot().isLoaded).toBe(false);
    all(
      [
        row("old", 1, { unread: 2 }),
        row("new", 5, { markedUnread: true }),
        row("pinned", 2, { pinned: true, unread: 1 }),
        row("muted", 3, { mutedUntil: clock.now() + 1_000, unread: 4 }),
        row("archived", 4, { archived: true, unread: 8 }),
        row("stranger", 6, { request: true, unread: 3 }),
      ],
      6,
    );
    expect(ids()).toEqual(["pinned", "stranger", "new", "muted", "old"]);
    expect(inbox.getSnapshot()).toMatchObject({ isLoaded: true, unread: 18, badge: 4 });
    expect(inbox.getSnapshot().archived.map(({ conversationId }) => conversationId)).toEqual(["archived"]);
  });

  it("is the same snapshot until something changes", () => {
    const { inbox, all } = rig();
    all([row("a", 1)], 1);
    const before = inbox.getSnapshot();
    expect(inbox.getSnapshot()).toBe(before);
    inbox.frame({ version: 2, conversations: [row("a", 2)] });
    expect(inbox.getSnapshot()).not.toBe(before);
  });

  it("resumes from the version and epoch of what it has, and never from an old version under a new epoch", () => {
    const { inbox, all } = rig();
    expect(inbox.cursor).toBeUndefined();
    all([row("a", 9)], 9);
    expect(inbox.cursor).toEqual({ since: 9, epoch: "e1" });
    inbox.meetEpoch("e2");
    expect(inbox.cursor).toEqual({ since: 9, epoch: "e1" });
    inbox.frame({ version: 2, conversations: [row("a", 1)], reset: true, more: true });
    expect(inbox.cursor).toEqual({ since: 2, epoch: "e2" });
  });

  it("after a reset keeps what arrived, and drops the rest when it is complete", () => {
    const { inbox, all, ids } = rig();
    all([row("a", 9), row("b", 8)], 9);
    inbox.frame({ version: 1, conversations: [row("c", 1)], reset: true, more: true });
    expect(ids().toSorted()).toEqual(["a", "b", "c"]);
    inbox.frame({ version: 3, conversations: [row("d", 3)] });
    inbox.frame({ version: 2, conversations: [row("a", 2)], reset: false, more: false });
    expect(ids().toSorted()).toEqual(["a", "c", "d"]);
    expect(inbox.row("a")?.version).toBe(2);
  });

  it("[P8] takes no row that is older than what it has", () => {
    const { inbox, all } = rig();
    all([row("a", 5, { unread: 1 })], 5);
    inbox.frame({ version: 5, conversations: [row("a", 4, { unread: 7 })] });
    expect(inbox.row("a")?.unread).toBe(1);
    expect(inbox.version).toBe(5);
  });

  it("folds a message frame as the server does", () => {
    const { inbox, all } = rig();
    all([row("c1", 5, { unread: 1, head: { seq: 0, rev: 1, at: 0 } })], 5);
    const model = new ConversationModel();
    model.notice();
    inbox.message(model.send(1, "x".repeat(300)), { version: 6, unread: 2, mentionsUnread: 1 });
    expect(inbox.row("c1")).toMatchObject({
      version: 6,
      unread: 2,
      mentionsUnread: 1,
      read: 0,
      head: { seq: 1, rev: 2, at: 2 },
      lastMessage: { seq: 1, senderId: "bo", preview: "x".repeat(200), unsent: false },
    });
    inbox.message(model.send(0), { version: 7, unread: 0, mentionsUnread: 0 });
    expect(inbox.row("c1")).toMatchObject({ version: 7, read: 2, unread: 0 });
    // Late, from another socket.
    inbox.message(model.send(1), { version: 7, unread: 9, mentionsUnread: 0 });
    expect(inbox.row("c1")?.unread).toBe(0);
  });

  it("shows as read what the user has read, until the server does", () => {
    const { inbox, all } = rig();
    all([row("a", 5, { unread: 3, mentionsUnread: 1, head: { seq: 8, rev: 9, at: 1 }, read: 5 })], 5);
    inbox.showRead("a", 7);
    expect(inbox.row("a")).toMatchObject({ read: 7, unread: 3 });
    inbox.showRead("a", 8);
    expect(inbox.row("a")).toMatchObject({ read: 8, unread: 0, mentionsUnread: 0 });
    expect(inbox.getSnapshot().unread).toBe(0);
    inbox.frame({ version: 6, conversations: [row("a", 6, { unread: 1, head: { seq: 9, rev: 10, at: 1 }, read: 8 })] });
    expect(inbox.row("a")).toMatchObject({ unread: 1 });
  });

  it("is there after a restart, with where to resume from", async () => {
    const first = rig();
    first.all([row("a", 1), row("b", 2)], 2);
    first.inbox.frame({ version: 3, conversations: [row("a", 3, { unread: 5 })] });
    await first.clock.wind(1_000);
    const second = rig({ storage: first.storage });
    await second.inbox.restore();
    expect(second.inbox.cursor).toEqual({ since: 3, epoch: "e1" });
    expect(second.inbox.getSnapshot()).toEqual(first.inbox.getSnapshot());
  });

  it("begins anew after a restart in the middle of a reset", async () => {
    const first = rig();
    first.all([row("a", 9)], 9);
    await first.clock.wind(1_000);
    first.inbox.meetEpoch("e2");
    first.inbox.frame({ version: 1, conversations: [row("b", 1)], reset: true, more: true });
    await first.clock.wind(1_000);
    const second = rig({ storage: first.storage });
    await second.inbox.restore();
    expect(second.inbox.cursor).toBeUndefined();
  });

  it("[P21] asks for everything again where another version of the program stored a row that this one cannot read", async () => {
    const first = rig();
    first.all([row("a", 1), row("b", 2)], 2);
    await first.clock.wind(1_000);
    await first.storage.write({ puts: [["p1/of/ana/row/b", { conversationId: "b", kind: "hologram" }]] });
    const second = rig({ storage: first.storage });
    await second.inbox.restore();
    expect(second.inbox.cursor).toBeUndefined();
    expect(second.ids()).toEqual(["a"]);
    expect(second.inbox.getSnapshot().isLoaded).toBe(false);
    second.all([row("a", 1)], 3);
    await second.clock.wind(1_000);
    const third = rig({ storage: first.storage });
    await third.inbox.restore();
    expect(third.inbox.cursor).toEqual({ since: 3, epoch: "e1" });
    expect(third.ids()).toEqual(["a"]);
  });

  it("distinguishes news from a first look", () => {
    const { inbox, all, news } = rig();
    all([row("a", 1)], 1);
    expect(news).toEqual([]);
    inbox.frame({ version: 2, conversations: [row("b", 2)], reset: false, more: false });
    expect(news).toEqual(["b"]);
  });
});

describe("what the user changes of a row", () => {
  it("is shown at once, sent, and stays as the server confirms it", async () => {
    const { inbox, all, sent, ids } = rig();
    all([row("a", 1), row("b", 2)], 2);
    const patched = inbox.patch("a", { pinned: true });
    expect(ids()).toEqual(["a", "b"]);
    await settled();
    expect(sent[0]?.patch).toEqual({ pinned: true });
    sent[0]?.done(row("a", 3, { pinned: true }));
    expect(await patched).toMatchObject({ pinned: true, version: 3 });
    expect(ids()).toEqual(["a", "b"]);
  });

  it("is undone where the server refuses", async () => {
    const { inbox, all, sent, ids } = rig();
    all([row("a", 1), row("b", 2)], 2);
    const patched = inbox.patch("a", { pinned: true });
    await settled();
    sent[0]?.fail(new ParleyError({ code: "not_found", detail: "" }));
    await expect(patched).rejects.toMatchObject({ code: "not_found" });
    expect(ids()).toEqual(["b", "a"]);
  });

  it("is sent one at a time, later changes together, keystrokes of a draft as one", async () => {
    const { inbox, all, sent, clock } = rig();
    all([row("a", 1)], 1);
    for (const draft of ["h", "he", "hel"]) void inbox.patch("a", { draft });
    expect(inbox.row("a")?.draft).toBe("hel");
    await clock.wind(300);
    expect(sent.map(({ patch }) => patch)).toEqual([{ draft: "hel" }]);
    void inbox.patch("a", { pinned: true });
    void inbox.patch("a", { archived: true, draft: "" });
    await clock.wind(1_000);
    expect(sent.length).toBe(1);
    sent[0]?.done(row("a", 2, { draft: "hel" }));
    await settled();
    expect(sent[1]?.patch).toEqual({ pinned: true, archived: true, draft: "" });
  });

  it("survives a restart without network", async () => {
    const first = rig();
    first.all([row("a", 1)], 1);
    first.inbox.patch("a", { pinned: true }).catch(() => undefined);
    await first.clock.wind(1_000);
    first.patches.close();
    const second = rig({ storage: first.storage });
    await second.inbox.restore();
    await second.patches.adopt();
    expect(second.inbox.row("a")?.pinned).toBe(true);
    await second.clock.wind(1);
    expect(second.sent[0]?.patch).toEqual({ pinned: true });
    second.sent[0]?.fail(new ParleyError({ code: "unavailable", detail: "" }));
    await second.clock.wind(2_000);
    second.sent[1]?.done(row("a", 2, { pinned: true }));
    await settled();
    expect((await second.storage.list({ from: "p1/of/ana/patch/", to: "p1/of/ana/patch/~" })).length).toBe(0);
  });
});
