import { expect, test } from "vitest";
import { closeRead } from "../../../web/pushes/read-elsewhere.ts";

const row = { read: 5, left: false, lastMessage: null };

test("[W39] notifications are closed whose message was read or unsent, or whose group was left, and no others", () => {
  const closed: string[] = [];
  const shown = (conversationId: string, seq: number) =>
    ({
      data: { userId: "u1", conversationId, seq },
      close: () => closed.push(`${conversationId} ${seq}`),
    }) as unknown as Notification;
  const rows = new Map<string, object>([
    ["read", row],
    ["left", { ...row, left: true }],
    ["unsent", { ...row, lastMessage: { seq: 6, senderId: "u2", preview: "", sentAt: 0, unsent: true } }],
  ]);
  const all = ["read", "left", "unsent", "unknown"].flatMap((id) => [shown(id, 5), shown(id, 6), shown(id, 7)]);
  const foreign = { data: null, close: () => closed.push("foreign") } as unknown as Notification;
  // The ids are those of the protocol in the app; here any texts do.
  closeRead([...all, foreign], ({ conversationId }) => rows.get(conversationId) as never);
  expect(closed).toEqual(["read 5", "left 5", "left 6", "left 7", "unsent 5", "unsent 6"]);
});
