/** Pins and stars in the SDK: what its details say, and which messages it shows as starred. */
import { expect, it } from "vitest";
import { Marks } from "../../../client/sync/marks.ts";
import type { Api } from "../../../client/session/api.ts";
import type { Summary } from "../../../schema/wire/inbox.ts";
import { modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import { modelWith, openedConversation } from "../../rig/client/conversation/conversation-on-screen.ts";
import { settled } from "../../rig/wound-clock.ts";

it("[C5] the details forget the last pin, which a server does not name any more", async () => {
  const { model, socket, conversation } = await openedConversation(modelWith(3));
  await conversation.load();
  await settled();
  const details: object = conversation.details.getSnapshot() ?? {};
  const say = (more: object) => {
    const rev = ++model.rev;
    socket.say({ type: "change", conversationId: modelConversation, rev, conversation: { ...details, ...more } });
  };
  say({ pinned: [2] });
  expect(conversation.details.getSnapshot()?.pinned).toEqual([2]);
  say({ title: "other" });
  expect(conversation.details.getSnapshot()).toMatchObject({ title: "other" });
  expect(conversation.details.getSnapshot()?.pinned).toBe(undefined);
});

it("[C5] a star is shown at once, taken back where it fails, and those of other devices are asked for once", async () => {
  const server = { starred: [1], marksVersion: 7, asked: 0, fails: false };
  const api = {
    call: async () => {
      server.asked++;
      return await Promise.resolve({ starred: [...server.starred], marksVersion: server.marksVersion });
    },
    run: async () => {
      await Promise.resolve();
      if (server.fails) throw new Error("no");
    },
  };
  const marks = new Marks({ conversationId: modelConversation, api: api as unknown as Api });
  const shown = () => [...marks.starred.getSnapshot()];
  const row = (marksVersion?: number) => ({ marksVersion }) as unknown as Summary;
  marks.compare(row());
  expect(server.asked).toBe(0);
  marks.compare(row(7));
  marks.compare(row(7));
  await settled();
  expect([server.asked, shown()]).toEqual([1, [1]]);
  marks.compare(row(7));
  expect(server.asked).toBe(1);
  const starring = marks.star(4, true);
  expect(shown()).toEqual([1, 4]);
  await starring;
  expect(shown()).toEqual([1, 4]);
  server.fails = true;
  const failing = marks.star(1, false);
  expect(shown()).toEqual([4]);
  await expect(failing).rejects.toThrow("no");
  expect(shown()).toEqual([1, 4]);
});
