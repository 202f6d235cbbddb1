/** Sockets whose reader is behind. A socket that does not read is closed. A socket that is behind because of a burst, or of the reader's own acts, is not. */
import { Buffer } from "node:buffer";
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { limits } from "../../../../schema/limits.ts";
import { wind } from "../../../rig/objects/accounts.ts";
import { delivery, member, newConversation, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { foundGroup, send, sendCommand, submit, type TestPerson } from "../../../rig/objects/people.ts";
import { socketOf, type TestSocket } from "../../../rig/objects/socket.ts";

const live = (id: ConversationId, by: TestPerson, query = "") =>
  socketOf(conversationStub(env, id), `/live${query}`, by.actor);

const changesOf = (socket: TestSocket): number => socket.frames.filter((frame) => frame.type === "change").length;
const bytesOf = (socket: TestSocket): number => socket.texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** A message that a hundred people reacted to in 19 ways: every change of it is 66 KB. */
async function popularMessage(id: ConversationId, by: TestPerson): Promise<void> {
  await send(id, by, "popular");
  const userIds = Array.from({ length: 100 }, (_, n) => `u_somebody_with_an_id_as_usual_${n}`);
  const emojis = [
    "😀",
    "😁",
    "😂",
    "🤣",
    "😃",
    "😄",
    "😅",
    "😆",
    "😉",
    "😊",
    "😋",
    "😎",
    "😍",
    "😘",
    "🥰",
    "😗",
    "😙",
    "😚",
    "🙂",
  ];
  const reactions = JSON.stringify(emojis.map((emoji) => ({ emoji, userIds })));
  await runInDurableObject(
    env.CONVERSATIONS.getByName(id),
    (_object, { storage }) => void storage.sql.exec("UPDATE messages SET reactions = ?", reactions),
  );
}

test(
  "[I21] a hundred reactions in one frame close nobody: neither the member who made them nor the members who receive them, on either kind of socket",
  { timeout: 120_000 },
  async () => {
    const [ana, bo, cy] = [await member("ana"), await member("bo"), await member("cy")];
    const id = await foundGroup(ana, [bo, cy]);
    await popularMessage(id, ana);
    const [ours, theirs, anas, cys] = [await live(id, ana), await live(id, bo), await syncOf(ana), await syncOf(cy)];
    const act = (round: number) =>
      Array.from({ length: 100 }, (_, n) => ({
        type: "react",
        ref: `${round} ${n}`,
        seq: 1,
        emoji: "👍",
        on: n % 2 === 0,
      }));
    ours.say(act(1));
    await ours.next((frame) => frame["ref"] === "1 99");
    for (const socket of [ours, theirs]) await socket.next(() => changesOf(socket) === 100, "a hundred changes");
    // Of what memory no longer holds an inbox gets the last state.
    await cys.next((frame) => frame.type === "change" && frame["rev"] === 102, "the last change");
    expect(bytesOf(theirs)).toBeGreaterThan(limits.unseenBytesMax);

    // Who acts again was never behind; who says that they read it is not either.
    for (const socket of [theirs, cys]) {
      socket.say({ type: "seen", ref: "seen" });
      await socket.next((frame) => frame["ref"] === "seen");
    }
    wind(10_000);
    ours.say({ type: "send", ref: "s", clientId: "k", text: "more" });
    await submit(id, bo, sendCommand("and more", "k2"));
    for (const socket of [ours, theirs, cys])
      await socket.next(() => socket.frames.filter((frame) => frame.type === "message").length >= 2);
    expect([ours, theirs, anas, cys].map((socket) => socket.closed)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  },
);

test("[I21] a reader who sends nothing is closed when more than four mebibytes came over a while, or sixteen at once", async () => {
  const ana = await member("ana");
  const id = newConversation();
  await ana.calls.deliver(delivery(id, 1));
  const [silent, alive] = [await syncOf(ana), await syncOf(ana)];
  const heavy = (n: number, characters = 900_000) => {
    const whole = delivery(id, n);
    const text = "x".repeat(characters);
    return ana.calls.deliver({
      ...whole,
      items: whole.items.map((item) => ({
        ...item,
        json: JSON.stringify({ conversationId: id, seq: n, rev: n, text }),
      })),
    });
  };
  const hear = async (n: number) => {
    alive.say({ type: "seen", ref: `seen ${n}` });
    await alive.next((frame) => frame["ref"] === `seen ${n}`);
  };
  for (let n = 2; n <= 6; n++) await heavy(n);
  wind(1_000);
  await hear(6);
  await heavy(7);
  expect(await silent.closes()).toBe(4290);
  await hear(7);

  // A burst counts from its own beginning, however long ago the reader was last up to date.
  wind(10_000);
  for (let n = 8; n <= 10; n++) await heavy(n, 2_200_000);
  await hear(10);

  const burst = await syncOf(ana);
  for (let n = 11; n <= 32; n++) {
    await heavy(n);
    await hear(n);
  }
  expect(await burst.closes()).toBe(4290);
  expect(alive.closed).toBeUndefined();
});

test(
  "[L7] what a live socket missed comes in arrays within the bounds of a frame, or not at all",
  { timeout: 120_000 },
  async () => {
    const [ana, bo] = [await member("ana"), await member("bo")];
    const id = await foundGroup(ana, [bo]);
    const text = "y".repeat(8_000);
    for (let from = 0; from < 300; from += 100) {
      const commands = Array.from({ length: 100 }, (_, n) => sendCommand(text, `k${from + n}`));
      await conversationStub(env, id).submit(ana.actor, commands);
    }
    const socket = await live(id, bo, "?rev=1");
    await socket.next((frame) => frame.type === "message" && (frame["message"] as { seq: number }).seq === 300);
    for (const frame of socket.texts) {
      expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(limits.bodyBytesMax);
      const said = JSON.parse(frame) as unknown;
      expect(Array.isArray(said) ? said.length : 1).toBeLessThanOrEqual(limits.frameObjectsMax);
    }
    expect(socket.texts.length).toBeLessThanOrEqual(1 + 4);
    await popularMessage(id, ana);
    const behind = await live(id, bo, "?rev=1");
    expect(await behind.next((frame) => frame.type === "hello")).toMatchObject({ behind: true });
    await submit(id, ana, { do: "edit", seq: 1, text: "still told", mentions: null });
    await behind.next((frame) => frame.type === "change");
    expect(behind.frames).toHaveLength(2);
  },
);
