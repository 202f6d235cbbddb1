import { expect, test } from "vitest";
import type { Receipts } from "parley-sdk";
import { reachOf } from "../../../web/conversations/row/reach-of.ts";

const members = ["ana", "bo", "cy"].map((id) => ({ user: { id, handle: id, name: id, bio: "", avatarUrl: null } }));

function receipts(read: Readonly<Record<string, number>>): Receipts {
  const all = Object.values(read);
  return {
    byUser: new Map(Object.entries(read).map(([id, seq]) => [id, { read: seq, delivered: seq }])),
    readByAny: Math.max(0, ...all),
    deliveredToAny: Math.max(0, ...all),
    readByAll: all.length === 0 ? 0 : Math.min(...all),
    deliveredToAll: all.length === 0 ? 0 : Math.min(...all),
  };
}

test("[W50] the receipt of one member does not make a message of a group read by all", () => {
  expect(reachOf(7, receipts({ bo: 7 }), null, "ana")).toEqual({ isRead: false, isDelivered: false });
  expect(reachOf(7, receipts({ bo: 7 }), members, "ana")).toEqual({ isRead: false, isDelivered: false });
  expect(reachOf(7, receipts({ bo: 7, cy: 6 }), members, "ana")).toEqual({ isRead: false, isDelivered: false });
  expect(reachOf(7, receipts({ bo: 7, cy: 7 }), members, "ana")).toEqual({ isRead: true, isDelivered: true });
});

test("[W50] in a direct chat the other one's receipt is enough, and alone in a group nobody has read anything", () => {
  expect(reachOf(7, receipts({ bo: 7 }), undefined, "ana")).toEqual({ isRead: true, isDelivered: true });
  expect(reachOf(7, receipts({}), undefined, "ana")).toEqual({ isRead: false, isDelivered: false });
  expect(reachOf(7, receipts({}), members.slice(0, 1), "ana")).toEqual({ isRead: false, isDelivered: false });
});
