/** What one small frame sends to a hundred members, counted on their sockets: no more than the meter charges the writer for. The figures are those of decision 12. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { writeBytes } from "../../../../core/meters/write-cost.ts";
import { limits } from "../../../../schema/limits.ts";
import { foundGroup, send, somebody, submit } from "../../../rig/objects/people.ts";
import { socketOf, type TestSocket } from "../../../rig/objects/socket.ts";

test("[Q1] a frame sends each member no more than about what it is charged with", async () => {
  const people = Array.from({ length: limits.smallGroupMembersMax }, (_, i) => somebody(`p${i}`));
  const [ana, ...others] = people;
  if (ana === undefined) throw new Error("nobody");
  const id = await foundGroup(ana, others);
  await send(id, ana, "x".repeat(50_000));
  await send(id, ana, "much liked");
  const liking = ["👍", "🎉", "👀"].flatMap((emoji) =>
    others.slice(0, 60).map((person) => submit(id, person, { do: "react", seq: 2, emoji, isOn: true })),
  );
  await Promise.all(liking);
  const sockets: TestSocket[] = [];
  for (const person of people) sockets.push(await socketOf(conversationStub(env, id), "/live", person.actor));
  await Promise.all(sockets.map((socket) => socket.next((frame) => frame.type === "hello")));
  const [mine, ...theirs] = sockets;
  if (mine === undefined) throw new Error("no socket");

  const cases = [
    { name: "typing", frame: { type: "typing" }, fits: '"typing"', charged: 0, outKilobytes: 13 },
    { name: "receipt", frame: { type: "receipt", read: 1 }, fits: '"receipt"', charged: 0, outKilobytes: 14, by: 1 },
    {
      name: "short message",
      frame: { type: "send", clientId: "a", text: "short" },
      fits: '"short"',
      charged: 5,
      outKilobytes: 36,
    },
    {
      name: "message of 50 KB",
      frame: { type: "send", clientId: "b", text: "y".repeat(50_000) },
      fits: '"yyy',
      charged: 50_000,
      outKilobytes: 849,
    },
    {
      name: "reaction to 50 KB",
      frame: { type: "react", seq: 1, emoji: "👍", on: true },
      fits: '"👍"',
      charged: limits.textPreviewBytesMax,
      outKilobytes: 865,
    },
    {
      name: "the 181st reaction",
      frame: { type: "react", seq: 2, emoji: "🍀", on: true },
      fits: '"🍀"',
      charged: 184 * 40,
      outKilobytes: 689,
    },
    {
      name: "unsend of 50 KB",
      frame: { type: "unsend", seq: 4 },
      fits: '"unsentAt":1',
      charged: 0,
      outKilobytes: 43,
    },
  ];
  for (const { name, frame, fits, charged, outKilobytes, by = 0 } of cases) {
    const speaker = sockets[by];
    const readers = sockets.filter((socket) => socket !== speaker);
    const before = readers.map((socket) => socket.texts.length);
    speaker?.say(frame);
    await Promise.all(
      readers.map((socket, i) =>
        socket.next((told) => socket.texts.length > (before[i] ?? 0) && JSON.stringify(told).includes(fits), name),
      ),
    );
    const texts = readers.flatMap((socket, i) => socket.texts.slice(before[i]));
    const bytesOut = texts.reduce((sum, text) => sum + text.length, 0);
    expect(texts.length, name).toBe(readers.length);
    expect(Math.abs(bytesOut - outKilobytes * 1_000), name).toBeLessThan(1_000);
    expect(bytesOut / readers.length, name).toBeLessThanOrEqual(charged + writeBytes);
  }
  expect(theirs.every((socket) => socket.closed === undefined)).toBe(true);
});
