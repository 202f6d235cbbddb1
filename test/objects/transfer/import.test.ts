/** What an import promises: each message once, in its order and with its time, and read by the members. The members receive nothing before the import is complete. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { makeApi } from "../../../workers/api/api.ts";
import { conversationStub, userStub } from "../../../objects/shared/platform/calls.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import { codeOf, valueOf } from "../../rig/objects/accounts.ts";
import { checked, exportOf, linesIn } from "../../rig/objects/exports.ts";
import { send, settleFanOut, type TestPerson } from "../../rig/objects/people.ts";

const secret = "an operator's secret of many letters";
const api = makeApi();
const day = 86_400_000;
const begin = Date.UTC(2020, 0, 1);

type Answer = { status: number; body: Record<string, unknown> & { code?: string } };

async function post(batch: object, given = secret, of = secret): Promise<Answer> {
  const response = await api.request(
    "/v1/operator/import",
    {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${given}` },
      body: JSON.stringify(batch),
    },
    { ...env, OPERATOR_SECRET: of },
  );
  return { status: response.status, body: await response.json() };
}

async function must<T>(batch: object): Promise<T> {
  const { status, body } = await post(batch);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body as T;
}

/** A source of its own for each test. */
async function people(source: string, ids: string[]): Promise<UserId[]> {
  const batch = ids.map((id) => ({ id, handle: `${source}.${id}`, name: `Name of ${id}`, createdAt: begin }));
  const answer = await must<{ people: { userId: UserId }[] }>({ do: "people", source, people: batch });
  return answer.people.map(({ userId }) => userId);
}

const message = (n: number, more: object = {}) => ({
  id: `m${n}`,
  sender: n % 2 === 0 ? "ana" : "bo",
  at: begin + n * 1_000,
  text: `text ${n}`,
  ...more,
});

async function conversation(source: string, kind: "dm" | "group" = "group"): Promise<ConversationId> {
  const draft = { id: "c", kind, title: "Old times", createdAt: begin, members: ["ana", "bo"] };
  return (await must<{ conversationId: ConversationId }>({ do: "conversation", source, ...draft })).conversationId;
}

for (const kind of ["group", "dm"] as const)
  test(`[X11] a ${kind} is imported with times, senders, order and replies, read by everybody, and checks`, async () => {
    const source = `whole_${kind}`;
    const [ana = "" as UserId, bo = "" as UserId] = await people(source, ["ana", "bo"]);
    const id = await conversation(source, kind);
    const first = Array.from({ length: 300 }, (_, n) => message(n + 1, n === 4 ? { replyTo: "m2" } : {}));
    await must({ do: "messages", source, conversationId: id, messages: first });
    expect(valueOf(await userStub(env, ana).summaries(undefined, 10)).conversations).toEqual([]);
    await evictDurableObject(env.CONVERSATIONS.getByName(id));
    await must({ do: "messages", source, conversationId: id, messages: [message(301, { replyTo: 7 })] });
    await must({ do: "open", source, conversationId: id });
    await settleFanOut(id);
    for (const userId of [ana, bo]) {
      const [row] = valueOf(await userStub(env, userId).summaries(undefined, 10)).conversations;
      expect(row).toMatchObject({
        conversationId: id,
        unread: 0,
        read: 301,
        lastMessage: { seq: 301, preview: "text 301" },
      });
    }
    const { text } = (await exportOf(id, bo)) ?? { text: "" };
    expect(checked(text)).toMatchObject({ isWhole: true, to: 301, texts: { intact: 301 } });
    const lines = linesIn(text).filter((line) => line.type === "message");
    expect(lines[4]).toMatchObject({ seq: 5, senderId: bo, sentAt: begin + 5_000, text: "text 5", replyTo: 2 });
    expect(lines[300]).toMatchObject({ seq: 301, replyTo: 7 });
    // From now on it is a conversation like any other.
    const person = { userId: ana, actor: { userId: ana, deviceId: "d" } } as unknown as TestPerson;
    expect((await send(id, person, "new")).seq).toBe(302);
    await settleFanOut(id);
    expect(valueOf(await userStub(env, bo).summaries(undefined, 10)).conversations[0]).toMatchObject({ unread: 1 });
  });

test("[X12] an import that is repeated, whole or in part, before and after it is open, stores nothing twice", async () => {
  const source = "again";
  const [ana = "" as UserId] = await people(source, ["ana", "bo"]);
  const id = await conversation(source);
  const batch = (from: number, to: number) => ({
    do: "messages",
    source,
    conversationId: id,
    messages: Array.from({ length: to - from + 1 }, (_, n) => message(from + n)),
  });
  await must(batch(1, 100));
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
  const again = await must<{ messages: { seq: number; isNew: boolean }[] }>(batch(51, 150));
  expect(again.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, n) => n + 51));
  expect(again.messages.filter(({ isNew }) => isNew)).toHaveLength(50);
  expect(await people(source, ["ana", "bo"])).toContain(ana);
  expect(await conversation(source)).toBe(id);
  await must({ do: "open", source, conversationId: id });
  await must({ do: "open", source, conversationId: id });
  expect((await must<{ messages: { isNew: boolean }[] }>(batch(1, 150))).messages.some(({ isNew }) => isNew)).toBe(
    false,
  );
  expect((await post(batch(150, 151))).body).toMatchObject({ code: "bad_request" });
  const view = valueOf(await conversationStub(env, id).view(ana));
  expect(view.head).toMatchObject({ seq: 150 });
});

test("[X12] a batch with one message that cannot be stored stores none of it", async () => {
  const source = "unfit";
  await people(source, ["ana", "bo"]);
  const id = await conversation(source);
  const batch = (...messages: object[]) => post({ do: "messages", source, conversationId: id, messages });
  expect((await batch(message(5), message(4))).body).toMatchObject({
    code: "bad_request",
    detail: expect.stringContaining("messages.1.at") as string,
  });
  expect((await batch(message(5), message(6, { at: Date.now() + day }))).status).toBe(400);
  expect((await batch(message(5), message(6, { replyTo: 9 }))).status).toBe(400);
  expect((await batch(message(5, { text: "" }))).status).toBe(400);
  const answer = await batch(message(1));
  expect(answer.body).toMatchObject({ messages: [{ seq: 1, isNew: true }] });
});

test("[X13] the door is the operator's alone, people without a password cannot sign in, and the first password stays", async () => {
  const batch = { do: "people", source: "door", people: [{ id: "ana", handle: "door.ana" }] };
  expect((await post(batch, "wrong")).status).toBe(404);
  expect((await post(batch, "", "")).status).toBe(404);
  expect((await post(batch, "short", "short")).status).toBe(404);
  const [ana = "" as UserId] = await people("door", ["ana"]);
  const challenge = valueOf(await userStub(env, ana).challenge("door.ana", {}));
  const attempt = { attemptId: challenge.attemptId, hash: "", device: { name: "x", platform: "x" } };
  expect(codeOf(await userStub(env, ana).signIn(attempt))).toBe("unauthenticated");
  const withPassword = { ...batch, people: [{ id: "ana", handle: "door.ana", password: "a first password" }] };
  await must(withPassword);
  const hash = async (): Promise<string> => valueOf(await userStub(env, ana).challenge("door.ana", {})).salt;
  const salt = await hash();
  await must({ ...batch, people: [{ id: "ana", handle: "door.ana", password: "another password" }] });
  expect(await hash()).toBe(salt);
  // A handle that is somebody else's is refused.
  expect((await post({ do: "people", source: "other", people: [{ id: "x", handle: "door.ana" }] })).body).toMatchObject(
    { code: "handle_taken" },
  );
  // A conversation that people founded takes no imports.
  const members = { members: ["nobody"] };
  expect(
    (await post({ do: "conversation", source: "door", id: "c", kind: "group", createdAt: 0, ...members })).status,
  ).toBe(400);
});
