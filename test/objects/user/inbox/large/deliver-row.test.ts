/** What large groups tell an inbox: one state of the row and the messages that concern its user; how a row of a small group goes on; what is chosen at first. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { PulledRow, RowDelivery } from "../../../../../objects/contract/delivery/pulled-row.ts";
import type { DeliveryItem } from "../../../../../objects/contract/delivery/delivery.ts";
import { type ConversationId, epoch, type UserId } from "../../../../../schema/ids.ts";
import type { Summary } from "../../../../../schema/wire/inbox.ts";
import { evict, valueOf } from "../../../../rig/objects/accounts.ts";
import {
  delivery,
  factsByHand,
  type Member,
  member,
  newConversation,
  syncOf,
} from "../../../../rig/objects/inbox/inboxes.ts";

function stateOf(id: ConversationId, rev: number, fields: Partial<PulledRow> = {}): PulledRow {
  return {
    conversationId: id,
    epoch: epoch.parse("by-hand"),
    membership: 7,
    rev,
    headSeq: rev,
    at: rev,
    last: {
      seq: rev,
      senderId: "u_sender" as UserId,
      sentAt: rev,
      preview: `text ${rev}`,
      isUnsent: false,
      mentions: [],
    },
    kind: "group",
    mode: "large",
    title: "By hand",
    role: "member",
    hasLeft: false,
    joinedSeq: 0,
    joinedRev: 1,
    read: 0,
    unread: rev,
    mentionsUnread: 0,
    requestBy: null,
    ...fields,
  };
}

function mention(
  id: ConversationId,
  me: Member,
  seq: number,
  kind: "message" | "change" = "message",
  rev = seq,
): DeliveryItem {
  const message = {
    seq,
    senderId: "u_sender" as UserId,
    sentAt: seq,
    preview: `text ${seq}`,
    isUnsent: false,
    mentions: [me.id],
  };
  const json = JSON.stringify({ conversationId: id, seq, rev });
  return {
    rev,
    kind,
    json: kind === "message" ? json : `"conversationId":"${id}","rev":${rev},"messages":[${json}]`,
    message,
  };
}

const tell = (to: Member, row: PulledRow, items: DeliveryItem[] = [], more: Partial<RowDelivery> = {}) =>
  to.calls.deliverRow({ row, items, ...more });

async function rowIn(of: Member, id: ConversationId): Promise<Summary | undefined> {
  return valueOf(await of.calls.summaries(undefined, 50)).conversations.find((each) => each.conversationId === id);
}

test("[I28] a message that concerns the user comes before the row, also where the row was ahead of it, and never twice", async () => {
  const ana = await member("ana");
  const id = newConversation();
  await tell(ana, stateOf(id, 3));
  const socket = await syncOf(ana);
  // The inbox has asked meanwhile, so its row is ahead of the message at rev 5.
  await tell(ana, stateOf(id, 6, { mentionsUnread: 1 }));
  await tell(ana, stateOf(id, 5, { mentionsUnread: 1 }), [mention(id, ana, 5)]);
  await tell(ana, stateOf(id, 5, { mentionsUnread: 1 }), [mention(id, ana, 5)]);
  await evict(ana.id).catch(() => undefined);
  await tell(ana, stateOf(id, 8, { headSeq: 7, mentionsUnread: 2 }), [
    mention(id, ana, 5),
    mention(id, ana, 7),
    mention(id, ana, 5, "change", 8),
  ]);
  const frames = socket.frames.slice(2).filter(({ type }) => type !== "hello");
  const shown = frames.map((frame) => [frame.type, (frame["message"] as { seq: number } | undefined)?.seq]);
  expect(shown.slice(0, 2)).toEqual([
    ["inbox", undefined],
    ["message", 5],
  ]);
  const again = await syncOf(ana);
  await tell(ana, stateOf(id, 9, { headSeq: 8 }), [
    mention(id, ana, 7),
    mention(id, ana, 5, "change", 8),
    mention(id, ana, 8, "message", 9),
  ]);
  const news = await again.next(({ type }) => type === "message");
  expect(news).toMatchObject({ message: { seq: 8 } });
  expect(again.frames.filter(({ type }) => type === "message" || type === "change")).toHaveLength(1);
  expect(news["inbox"]).toBeUndefined();
  expect((await ana.calls.mentions(null, 10)).map(({ seq }) => seq)).toEqual([8, 7, 5]);
});

test("[I28] an older state changes nothing, the watermark only rises, and a new membership begins the row anew", async () => {
  const ana = await member("ana");
  const id = newConversation();
  await tell(ana, stateOf(id, 9, { read: 4, unread: 5, mentionsUnread: 2 }));
  await tell(ana, stateOf(id, 8, { read: 1, unread: 7 }));
  expect(await rowIn(ana, id)).toMatchObject({ unread: 5, mentionsUnread: 2, read: 4, head: { rev: 9 } });
  // A crash took a watermark from the conversation. The inbox has it.
  await tell(ana, stateOf(id, 10, { read: 2, unread: 7, mentionsUnread: 2 }));
  expect(await rowIn(ana, id)).toMatchObject({ read: 4, unread: 5, head: { rev: 10 } });
  await ana.calls.patchSummary(id, { notify: "all", pinned: true });
  await tell(ana, stateOf(id, 10, { membership: 9, hasLeft: true, last: null, unread: 0 }));
  expect(await rowIn(ana, id)).toMatchObject({
    left: true,
    unread: 0,
    mentionsUnread: 0,
    lastMessage: { preview: "" },
  });
  await evict(ana.id);
  // Late: from the membership that is over.
  await tell(ana, stateOf(id, 12), [mention(id, ana, 12)]);
  expect(await rowIn(ana, id)).toMatchObject({ left: true, head: { rev: 10 } });
  await tell(ana, stateOf(id, 14, { membership: 12, joinedSeq: 13, joinedRev: 14, read: 13, unread: 1, last: null }));
  expect(await rowIn(ana, id)).toMatchObject({
    left: false,
    unread: 1,
    read: 13,
    notify: "all",
    pinned: true,
    lastMessage: null,
  });
  await tell(ana, stateOf(id, 14, { membership: 9, hasLeft: true }));
  await tell(ana, stateOf(id, 13), [mention(id, ana, 13)]);
  expect(await rowIn(ana, id)).toMatchObject({ left: false, mentionsUnread: 0 });
  expect(await ana.calls.mentions(null, 10)).toEqual([]);
});

test("[I28] unread numbers stand at what the conversation counted, and a receipt clears the mark of unread", async () => {
  const ana = await member("ana");
  const id = newConversation();
  await tell(ana, stateOf(id, 20_000, { unread: 9_999 }));
  await ana.calls.patchSummary(id, { markedUnread: true, archived: true });
  expect(await rowIn(ana, id)).toMatchObject({ unread: 9_999, markedUnread: true, archived: true });
  await tell(ana, stateOf(id, 20_000, { unread: 9_999 }), [], { hasReceipt: true });
  expect(await rowIn(ana, id)).toMatchObject({ unread: 9_999, markedUnread: false, archived: true });
  await tell(ana, stateOf(id, 20_001, { unread: 9_999 }));
  expect(await rowIn(ana, id)).toMatchObject({ unread: 9_999, archived: false, head: { seq: 20_001 } });
});

test("[M26] a user who joins a large group is notified of mentions alone; members of before it grew keep what they have", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = newConversation();
  await ana.calls.deliver(delivery(id, 1));
  const unsent = { ...delivery(id, 2).items[0]?.message, isUnsent: true, seq: 1 } as never;
  await ana.calls.deliver(delivery(id, 2));
  await ana.calls.deliver(
    delivery(id, 3, {
      headSeq: 2,
      items: [{ rev: 3, kind: "change", json: `"conversationId":"${id}"`, message: unsent }],
    }),
  );
  expect(await rowIn(ana, id)).toMatchObject({ mode: "small", unread: 1 });
  await tell(ana, stateOf(id, 5, { headSeq: 3, unread: 2 }));
  expect(await rowIn(ana, id)).toMatchObject({ mode: "large", unread: 2, notify: "all" });
  // A call of the small group that was under way.
  expect(await ana.calls.deliver(delivery(id, 4, { sinceRev: 3, facts: { ...factsByHand, title: "old" } }))).toEqual({
    rev: 5,
  });
  await evict(ana.id);
  expect(await rowIn(ana, id)).toMatchObject({ mode: "large", unread: 2, title: "By hand", head: { rev: 5 } });
  const marks = await runInDurableObject(env.USERS.getByName(ana.id), (_object, { storage }) =>
    storage.sql.exec("SELECT COUNT(*) AS n FROM inbox_marks").one(),
  );
  expect(marks).toEqual({ n: 0 });
  await tell(bo, stateOf(id, 5, { isFromSmall: true }));
  expect(await rowIn(bo, id)).toMatchObject({ notify: "all" });
  const other = newConversation();
  await tell(bo, stateOf(other, 5, { membership: 3 }));
  expect(await rowIn(bo, other)).toMatchObject({ notify: "mentions" });
});
