import { expect, test } from "vitest";
import type { Act } from "../../../client/act.ts";
import { MessageActions, type ActionParts } from "../../../client/conversation/message-actions.ts";
import { ActsOverlay } from "../../../client/timeline/acts-overlay.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { Message } from "../../../schema/wire/message.ts";

const me = "u_me" as UserId;
const about = { conversationId: "c", seq: 1 };
const poll = { question: "?", multiple: true, closedAt: null, options: [{ text: "a", count: 1, userIds: ["u_bo"] }] };
const kept = {
  seq: 1,
  text: "hello",
  unsentAt: null,
  mentions: [],
  attachments: [],
  poll,
  reactions: [{ emoji: "❤️", count: 1, userIds: [me] }],
} as unknown as Message;

test("[S15] a reaction in another form is shown, and asked for, in the one that the server keeps", async () => {
  const asked: unknown[] = [];
  const done: Act[] = [];
  const overlay = new ActsOverlay(me);
  const actions = new MessageActions({
    conversationId: "c",
    api: {
      call: (_route: unknown, { params }: { params: unknown }) => {
        asked.push(params);
        return Promise.resolve(kept);
      },
    },
    sync: { changed: () => undefined },
    acts: {
      do: (act: Act) => {
        done.push(act);
        overlay.show(done);
        return Promise.resolve();
      },
    },
  } as unknown as ActionParts);
  await actions.react(1, "❤", false);
  expect(overlay.apply(kept).reactions).toEqual([]);
  for (const act of done) await actions.performer.perform(act, false);
  expect(asked).toEqual([{ ...about, emoji: "❤️" }]);
});

test("[C34] what a message shows of acts is the same object until other acts are meant, and what the server says without them", () => {
  const overlay = new ActsOverlay(me);
  const vote: Act = { ...about, kind: "vote", options: [0] };
  overlay.show([vote]);
  const voted = overlay.apply(kept);
  expect(voted.poll?.options[0]).toMatchObject({ count: 2, userIds: ["u_bo", me] });
  overlay.show([vote, { ...about, kind: "unsend", seq: 2, at: 5 }]);
  expect(overlay.apply(kept)).toBe(voted);
  expect(overlay.apply({ ...kept, seq: 2 })).toMatchObject({ text: "", unsentAt: 5, reactions: [], attachments: [] });
  expect(overlay.apply({ ...kept, seq: 2 }).poll).toBe(undefined);
  overlay.show([vote, { ...about, kind: "close-poll", at: 6 }]);
  expect(overlay.apply(kept).poll).toMatchObject({ closedAt: 6, options: [{ count: 2 }] });
  overlay.touched.take();
  overlay.show([]);
  expect(overlay.touched.take().states).toEqual(new Set([1]));
  expect(overlay.apply(kept)).toBe(kept);
});
