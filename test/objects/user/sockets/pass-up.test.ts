/** How frames are passed up to conversations. The test plays the conversations, which can be slow, broken or silent. And how fast a device may send. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Actor } from "../../../../objects/contract/actor.ts";
import {
  type Command,
  type CommandAnswer,
  packAnswers,
  packCommands,
  type SubmitAnswer,
  unpackAnswers,
  unpackCommands,
} from "../../../../objects/contract/command.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { Env } from "../../../../objects/shared/platform/env.ts";
import { Timers } from "../../../../objects/shared/platform/timers.ts";
import { PassUp, type Submitted, submitTo } from "../../../../objects/user/sockets/pass-up.ts";
import { type ConversationId, deviceId, userId } from "../../../../schema/ids.ts";
import { batches } from "../../../../schema/limits.ts";
import { rates } from "../../../../schema/rates.ts";
import type { ConversationUpFrame } from "../../../../schema/wire/frames/up.ts";
import { upFrame } from "../../../../schema/wire/frames/up.ts";
import { wind } from "../../../rig/objects/accounts.ts";
import { member } from "../../../rig/objects/inbox/inboxes.ts";
import { withSide } from "../../../rig/objects/inbox/side.ts";
import { foundDm, sendCommand } from "../../../rig/objects/people.ts";

type Call = { conversationId: string; actor: Actor; commands: Command[]; end: (answer: Submitted) => void };

/** Conversations that answer when they are told to. */
function byHand() {
  const calls: Call[] = [];
  const answers: [string, CommandAnswer][] = [];
  const passUp = new PassUp(
    (id, actor, commands) => new Promise((end) => calls.push({ conversationId: id, actor, commands, end })),
  );
  const push = (name: string, fields: Record<string, unknown> = {}, device = "d_1"): void => {
    const frame = upFrame.parse({
      type: "react",
      ref: name,
      conversationId: "g_1",
      seq: 1,
      emoji: "👍",
      on: true,
      ...fields,
    });
    passUp.push({
      actor: { userId: userId.parse("u_1"), deviceId: deviceId.parse(device) },
      frame: frame as ConversationUpFrame,
      answer: (answer) => answers.push([name, answer]),
    });
  };
  const end = async (call: Call | undefined, answer?: Submitted): Promise<void> => {
    const rev = calls.length;
    call?.end(answer ?? { ok: true, value: call.commands.map(() => ({ ok: true, did: "change", rev })) });
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { calls, answers, passUp, push, end };
}

test("[I15] one batch is under way for a conversation, the next forms meanwhile; other conversations do not wait", async () => {
  const { calls, answers, passUp, push, end } = byHand();
  push("a");
  push("b");
  passUp.flush();
  push("c");
  push("d");
  push("x", { conversationId: "g_2" });
  passUp.flush();
  expect(calls.map((call) => [call.conversationId, call.commands.length])).toEqual([
    ["g_1", 2],
    ["g_2", 1],
  ]);
  await end(calls[1]);
  await end(calls[0]);
  expect(answers.map(([name]) => name)).toEqual(["x", "a", "b"]);
  expect(calls.map((call) => call.commands.length)).toEqual([2, 1, 2]);
  await end(calls[2]);
  expect(answers.map(([name]) => name)).toEqual(["x", "a", "b", "c", "d"]);
});

test("a batch holds at most 100 commands, of one device", async () => {
  const { calls, passUp, push, end } = byHand();
  for (let n = 0; n < 130; n++) push(`a${n}`);
  for (let n = 0; n < 3; n++) push(`b${n}`, {}, "d_2");
  passUp.flush();
  await end(calls[0]);
  await end(calls[1]);
  expect(calls.map((call) => [call.actor.deviceId, call.commands.length])).toEqual([
    ["d_1", 100],
    ["d_1", 30],
    ["d_2", 3],
  ]);
});

test("[I15] a call that fails, throws or answers too little leaves no frame without an answer", async () => {
  const { calls, answers, passUp, push, end } = byHand();
  push("a");
  push("b");
  passUp.flush();
  await end(calls[0], { ok: false, refusal: { code: "unavailable", detail: "away" } });
  push("c");
  push("d");
  passUp.flush();
  await end(calls[1], { ok: true, value: [{ ok: true, did: "change", rev: 9 }] });
  const told = answers.map(([name, answer]) => [name, answer.ok ? "ok" : answer.refusal.code]);
  expect(told).toEqual([
    ["a", "unavailable"],
    ["b", "unavailable"],
    ["c", "ok"],
    ["d", "unavailable"],
  ]);

  const thrown: CommandAnswer[] = [];
  const broken = new PassUp(() => Promise.reject(new Error("a bug")));
  const frame = upFrame.parse({ type: "unsend", ref: "r", conversationId: "g_1", seq: 1 }) as ConversationUpFrame;
  broken.push({
    actor: { userId: userId.parse("u_1"), deviceId: deviceId.parse("d_1") },
    frame,
    answer: (answer) => thrown.push(answer),
  });
  broken.flush();
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(thrown).toMatchObject([{ ok: false, refusal: { code: "unavailable" } }]);
});

test("what waited too long behind a silent conversation is answered, not passed up", async () => {
  const { calls, answers, passUp, push, end } = byHand();
  push("a");
  passUp.flush();
  push("old");
  wind(4_800);
  push("young");
  await end(calls[0], { ok: false, refusal: { code: "unavailable", detail: "away" } });
  expect(answers.map(([name, answer]) => [name, answer.ok])).toEqual([
    ["a", false],
    ["old", false],
  ]);
  expect(calls[1]?.commands).toHaveLength(1);
});

test("[Q5] receipts and typing that wait join each other, of one device; each that has a ref is answered", async () => {
  const { calls, answers, passUp, push, end } = byHand();
  const receipt = { type: "receipt", ref: undefined };
  push("1", { ...receipt, read: 3 });
  push("2", { ...receipt, read: 2, delivered: 5 });
  push("3", { ...receipt, read: 9, ref: "r" });
  push("4", { type: "typing", ref: undefined });
  push("5", { type: "typing", ref: "t" });
  push("6", { ...receipt, read: 4 });
  push("7", { ...receipt, read: 7 }, "d_2");
  passUp.flush();
  expect(calls[0]?.commands).toEqual([{ do: "receipt", delivered: 5, read: 9 }, { do: "typing" }]);
  await end(calls[0]);
  expect(answers.map(([name]) => name)).toEqual(["1", "3", "4", "5"]);
  expect(calls[1]?.commands).toEqual([{ do: "receipt", delivered: null, read: 7 }]);
});

test("the stub of a conversation serves its next calls; one that failed is made anew; only so many are kept", async () => {
  let isBroken = false;
  const made: string[] = [];
  const getByName = (name: string) => {
    made.push(name);
    const isBorn = isBroken;
    return {
      submit: async (_: Actor, commands: Command[]) => {
        if (isBroken !== isBorn) throw new Error("this stub is broken");
        return commands.map(() => ({ ok: true, did: "typing" }) as const);
      },
    };
  };
  const submit = submitTo({ ...env, CONVERSATIONS: { getByName } } as unknown as Env, new Timers());
  const actor = { userId: userId.parse("u_1"), deviceId: deviceId.parse("d_1") };
  const say = (n: number) => submit(`g_${n}` as ConversationId, actor, [{ do: "typing" }]);
  for (let n = 0; n < 3; n++) expect((await say(0)).ok).toBe(true);
  expect(made).toEqual(["g_0"]);
  isBroken = true;
  expect((await say(0)).ok).toBe(false);
  expect((await say(0)).ok).toBe(true);
  expect(made).toEqual(["g_0", "g_0"]);
  for (let n = 1; n <= batches.conversationStubsMax; n++) await say(n);
  await say(batches.conversationStubsMax);
  expect(made.length).toBe(2 + batches.conversationStubsMax);
  await say(0);
  expect(made.at(-1)).toBe("g_0");
});

test("commands go packed once the conversation has said that it accepts that; after a fault, and to an older object, they go as before", async () => {
  const calls: string[] = [];
  let isBroken = false;
  let isOld = false;
  const agree = (commands: readonly Command[]): CommandAnswer[] => commands.map(() => ({ ok: true, did: "typing" }));
  const getByName = () => ({
    submit: async (_: Actor, commands: Command[], asks?: true): Promise<SubmitAnswer[]> => {
      calls.push(`plain ${commands.length} ${asks}`);
      return isOld ? agree(commands) : agree(commands).map((answer) => ({ ...answer, takesPacked: true }));
    },
    submitPacked: async (packed: string): Promise<string> => {
      const { actor, commands } = unpackCommands(packed);
      calls.push(`packed ${commands.length} of ${actor.userId} ${actor.deviceId}`);
      if (isBroken) throw new Error("the object runs an earlier version now");
      return packAnswers(agree(commands));
    },
  });
  const submit = submitTo({ ...env, CONVERSATIONS: { getByName } } as unknown as Env, new Timers());
  const actor = { userId: userId.parse("u_1"), deviceId: deviceId.parse("d_1") };
  const say = (count: number) => submit("g_1" as ConversationId, actor, Array<Command>(count).fill({ do: "typing" }));
  await say(1);
  expect(await say(2)).toEqual({ ok: true, value: agree([{ do: "typing" }, { do: "typing" }]) });
  isBroken = isOld = true;
  expect((await say(1)).ok).toBe(false);
  for (let n = 0; n < 2; n++) expect((await say(1)).ok).toBe(true);
  expect(calls).toEqual(["plain 1 true", "packed 2 of u_1 d_1", "packed 1 of u_1 d_1", "plain 1 true", "plain 1 true"]);
});

test("a conversation gives the same answers to packed commands as to others, and says so only where it is asked", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundDm(ana, bo);
  const conversation = conversationStub(env, id);
  const text = 'a "quote", a line\nand 🦜 \ud800';
  const commands: Command[] = [
    sendCommand(text, "one"),
    { do: "react", seq: 9, emoji: "👍", isOn: true },
    { do: "typing" },
  ];
  const [plain] = await conversation.submit(ana.actor, commands, true);
  expect(plain).toMatchObject({ ok: true, did: "send", takesPacked: true, ack: { seq: 1, duplicate: false } });
  const again = unpackAnswers(await conversation.submitPacked(packCommands(ana.actor, commands))).answers;
  expect(again).toEqual(await conversation.submit(ana.actor, commands));
  expect(again).toMatchObject([
    { ack: { seq: 1, duplicate: true } },
    { refusal: { code: "not_found" } },
    { did: "typing" },
  ]);
});

test("what a signed-out device still wanted is not passed up", async () => {
  const { calls, answers, passUp, push, end } = byHand();
  push("a");
  passUp.flush();
  push("b");
  push("c", {}, "d_2");
  passUp.closeDevice(deviceId.parse("d_1"));
  await end(calls[0]);
  expect(calls[1]?.actor.deviceId).toBe("d_2");
  expect(answers.map(([name]) => name)).toEqual(["a"]);
});

test("a socket that talks too fast is closed", async () => {
  await withSide(async (side, client, server) => {
    for (let n = 0; n <= rates.framesPerSocket.burst * 2; n++) side.webSocketMessage(server, '{"type":"seen"}');
    expect(await client.closes()).toBe(4429);
  });
});

test("[I12] a drain asks all sockets to connect anew within a while", async () => {
  await withSide(async (side, client) => {
    side.drain(7_000);
    expect(await client.next((frame) => frame.type === "drain")).toEqual({ type: "drain", afterMs: 7_000 });
  });
});
