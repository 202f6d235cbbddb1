/** What is promised of hints that failed for good: they are kept, within bounds, and an operator lists, shows, replays and drops them. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { faultPoints } from "../../../objects/shared/archive/fault-points.ts";
import { mintUserId } from "../../../objects/shared/identity/mint.ts";
import { now, windClock } from "../../../objects/shared/platform/clock.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import type { ConversationId, DeviceId, UserId } from "../../../schema/ids.ts";
import { deadLetterBounds, pushing } from "../../../schema/push-limits.ts";
import type { DuePush, DuePushes, PushReport } from "../../../objects/contract/push.ts";
import { makeApi } from "../../../workers/api/api.ts";
import { DeadLetters } from "../../../workers/dead-letters/letters.ts";
import { consume } from "../../../workers/queues/consume.ts";

const secret = "an operator's secret of many letters";
const api = makeApi();
const letters = new DeadLetters(env);

type Letter = { id: string; queue: string; hint: unknown; givenUp: unknown[]; keptAt: number };
type Answer = {
  status: number;
  body: { letters: Letter[]; cursor: string | null; dropped: number; replayed: string[]; failed: string[] };
};

const logged: unknown[] = [];

const byId = (a: Letter, b: Letter): number => (a.id < b.id ? -1 : 1);

beforeEach(() => {
  logged.length = 0;
  vi.spyOn(console, "log").mockImplementation((line) => void logged.push(line));
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(async () => {
  faultPoints.reach = undefined;
  vi.restoreAllMocks();
  for (const database of [env.DIRECTORY_0, env.DIRECTORY_1]) await database?.exec("DELETE FROM dead_letters");
});

async function ask(call: object, given = secret, on: Env = env): Promise<Answer> {
  const response = await api.request(
    "/v1/operator/dead-letters",
    {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${given}` },
      body: JSON.stringify(call),
    },
    { ...on, OPERATOR_SECRET: secret },
  );
  return { status: response.status, body: await response.json() };
}

type Told = { acked: string[]; retried: string[] };

/** Delivers one batch of a dead-letter queue. */
async function deliver(queue: string, hints: Record<string, unknown>, on: Env = env): Promise<Told> {
  const told: Told = { acked: [], retried: [] };
  const messages = Object.entries(hints).map(([id, body]) => ({
    id,
    body,
    attempts: 1,
    timestamp: new Date(),
    ack: () => void told.acked.push(id),
    retry: () => void told.retried.push(id),
  }));
  const metadata = { metrics: { backlogCount: 0, backlogBytes: 0 } };
  await consume({ queue, messages, metadata, ackAll: () => undefined, retryAll: () => undefined }, on);
  return told;
}

/** Of a browser, for which something can be encrypted: the example of RFC 8291. */
const keys = {
  p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
};
const userId = mintUserId(env.ID_SECRET);
const deviceId = "d_1" as DeviceId;
const due = (seq: number, sentAt: number): DuePush => ({
  conversationId: "d_chat" as ConversationId,
  seq,
  senderId: "u_bo" as UserId,
  sentAt,
  kind: "message",
  chat: "dm",
  title: null,
  body: "the text",
  isHidden: true,
  isMention: false,
  deviceIds: [deviceId],
});

/** A user's object whose only device is at a service that is away, and a queue that only notes. */
function standIn(pushes: DuePush[]) {
  const reports: PushReport[] = [];
  const again: unknown[] = [];
  const hints: unknown[] = [];
  const target = { deviceId, via: "web", endpoint: "http://127.0.0.1:1/gone", ...keys, keyId: "" } as const;
  const user = {
    pushesDue: (): Promise<DuePushes> =>
      Promise.resolve({ userId, badge: 1, locale: "en", targets: [target], due: pushes }),
    isStillDue: () => Promise.resolve(true),
    pushesDone: (report: PushReport) => {
      reports.push(report);
      return Promise.resolve({ more: false });
    },
    pushesAgain: (items: unknown[]) => {
      again.push(...items);
      return Promise.resolve({ due: items.length });
    },
  };
  const on = {
    ...env,
    // A hung service would take long; nothing listens here.
    PUSH_HOSTS: "127.0.0.1:1",
    USERS: { getByName: () => user },
    PUSH_QUEUE: { send: (hint: unknown) => Promise.resolve(hints.push(hint)) },
  } as unknown as Env;
  return { on, reports, again, hints };
}

test("[N16] a hint that failed for good is kept once, whatever queue it is from, however often it comes", async () => {
  for (const queue of ["parley-fanout-dead", "parley-staging-archive-dead"]) {
    const hints = { [`${queue}-1`]: { conversationId: "c" }, [`${queue}-2`]: null };
    expect(await deliver(queue, hints)).toEqual({ acked: Object.keys(hints), retried: [] });
    await deliver(queue, hints);
  }
  const { body } = await ask({ do: "list" });
  expect(body.letters.toSorted(byId).map(({ id, queue, hint }) => [id, queue, hint])).toEqual([
    ["parley-fanout-dead-1", "fanout", { conversationId: "c" }],
    ["parley-fanout-dead-2", "fanout", null],
    ["parley-staging-archive-dead-1", "archive", { conversationId: "c" }],
    ["parley-staging-archive-dead-2", "archive", null],
  ]);
});

test("[N16] without the secret the door is not there, and what it is asked must make sense", async () => {
  await deliver("parley-archive-dead", { a: 1 });
  for (const wrong of ["", "wrong", secret.slice(1), `x${secret}`]) {
    const refused = await ask({ do: "list" }, wrong);
    expect(refused).toMatchObject({ status: 404, body: { code: "not_found" } });
  }
  expect((await ask({ do: "list", cursor: "x" })).status).toBe(400);
  expect((await ask({ do: "explode", ids: ["a"] })).status).toBe(400);
  expect((await ask({ do: "drop", ids: [] })).status).toBe(400);
  expect((await ask({ do: "list" })).body.letters).toHaveLength(1);
});

test("letters are listed page by page, the newest first, over all databases, and dropped by their ids", async () => {
  for (let n = 0; n < 25; n++)
    await letters.keep({
      id: `l${n}`,
      queue: n % 2 === 0 ? "push" : "fanout",
      hint: n,
      givenUp: [],
      keptAt: now() - (n >> 1),
    });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Answer = await ask({ do: "list", limit: 10, ...(cursor === null ? {} : { cursor }) });
    seen.push(...page.body.letters.map(({ id }) => id));
    ({ cursor } = page.body);
  } while (cursor !== null);
  expect([...seen].sort()).toEqual(Array.from({ length: 25 }, (_, n) => `l${n}`).sort());
  const { body } = await ask({ do: "list", queue: "fanout" });
  expect(body.letters).toHaveLength(12);
  expect(body.letters.map(({ keptAt }) => keptAt)).toEqual(
    body.letters.map(({ keptAt }) => keptAt).sort((a, b) => b - a),
  );
  expect(
    (await ask({ do: "show", ids: ["l3", "l4", "nothing"] })).body.letters.toSorted(byId).map(({ hint }) => hint),
  ).toEqual([3, 4]);
  expect((await ask({ do: "drop", ids: ["l3", "l4", "nothing"] })).body.dropped).toBe(2);
  expect((await ask({ do: "list" })).body.letters).toHaveLength(23);
});

test("[N16] letters that are too old go, and the oldest of too many", async () => {
  await letters.keep({ id: "old", queue: "push", hint: 1, givenUp: [], keptAt: now() });
  windClock(deadLetterBounds.keptMs + 1);
  onTestFinished(() => windClock(-deadLetterBounds.keptMs - 1));
  expect((await ask({ do: "list" })).body.letters).toEqual([]);
  expect((await ask({ do: "show", ids: ["old"] })).body.letters).toEqual([]);
  const many = deadLetterBounds.lettersMax + 5;
  const fill = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${many})
    INSERT INTO dead_letters SELECT 'f' || i, 'push', '1', '[]', ${now()} - i FROM n`;
  for (const database of [env.DIRECTORY_0, env.DIRECTORY_1]) await database?.prepare(fill).run();
  for (let n = 0; n < 8; n++) await letters.keep({ id: `new${n}`, queue: "push", hint: 1, givenUp: [], keptAt: now() });
  for (const database of [env.DIRECTORY_0, env.DIRECTORY_1]) {
    const { results } = (await database?.prepare("SELECT COUNT(*) AS n FROM dead_letters").all<{ n: number }>()) ?? {};
    expect(results).toEqual([{ n: deadLetterBounds.lettersMax }]);
  }
  expect((await letters.find(["new0", "new7", `f${many}`])).map(({ id }) => id).sort()).toEqual(["new0", "new7"]);
});

test("[N16] a dead hint of the push queue is tried once more; what is given up is named in the letter before it is reported to the object", async () => {
  const { on, reports, hints } = standIn([due(1, now() - pushing.giveUpAfterMs - 1), due(2, now() - 120_000)]);
  faultPoints.reach = (name) => {
    if (name === "dead letters: kept") throw new Error("dies");
  };
  expect(await deliver("parley-push-dead", { h1: { userId } }, on)).toEqual({ acked: [], retried: ["h1"] });
  expect(reports).toEqual([]);
  faultPoints.reach = undefined;
  expect(await deliver("parley-push-dead", { h1: { userId } }, on)).toEqual({ acked: ["h1"], retried: [] });
  const given = [1, 2].map((seq) => ({ conversationId: "d_chat", seq, deviceId }));
  expect(reports).toEqual([given.map((push) => ({ ...push, outcome: "dropped" }))]);
  expect((await ask({ do: "list" })).body.letters).toMatchObject([
    { id: "h1", queue: "push", hint: { userId }, givenUp: given },
  ]);
  expect(hints).toEqual([]);
  expect(logged.join("\n")).toContain("dead letter");
  expect(logged.join("\n")).not.toContain("127.0.0.1:1/");
});

test("[N16] a letter that is kept again names what it named before, too, for that was reported to the object", async () => {
  const given = (seq: number) => ({ conversationId: "d_chat" as ConversationId, seq, deviceId });
  const letter = { id: "l1", queue: "push", hint: { userId }, keptAt: now() };
  await letters.keep({ ...letter, givenUp: [given(1), given(2)] });
  for (const givenUp of [[given(2), { ...given(3), isMention: true }], []]) {
    await letters.keep({ ...letter, givenUp });
    expect((await letters.find(["l1"]))[0]?.givenUp).toHaveLength(3);
  }
  expect((await letters.find(["l1"]))[0]?.givenUp).toEqual([given(1), given(2), { ...given(3), isMention: true }]);
});

test("[N12] a push that is too young to have had its tries is not given up with older ones, and gets a hint of its own", async () => {
  const { on, reports, hints } = standIn([due(1, now() - pushing.giveUpAfterMs - 1), due(2, now())]);
  await deliver("parley-push-dead", { h1: { userId } }, on);
  expect(reports.flat().map(({ seq, outcome }) => [seq, outcome])).toEqual([
    [1, "dropped"],
    [2, "later"],
  ]);
  expect(hints).toEqual([{ userId }]);
});

test("[N16] a replay asks for the pushes that were given up, or sends the hint again, and the letter goes", async () => {
  const { on, again } = standIn([due(1, now() - 120_000)]);
  await deliver("parley-push-dead", { h1: { userId } }, on);
  const sent: unknown[] = [];
  const send = (hint: unknown) => Promise.resolve(sent.push(hint));
  const replaying = { ...on, ARCHIVE_QUEUE: { send }, FANOUT_QUEUE: { send } } as unknown as Env;
  await deliver("parley-archive-dead", { h2: { conversationId: "c" } });
  await deliver("parley-fanout-dead", { h3: { conversationId: "d" } });
  await deliver("parley-other-dead", { h4: 1 });
  const { body } = await ask({ do: "replay", ids: ["h1", "h2", "h3", "h4", "nothing"] }, secret, replaying);
  expect(body.replayed.toSorted()).toEqual(["h1", "h2", "h3"]);
  expect(body.failed).toEqual(["h4"]);
  expect(again).toEqual([{ conversationId: "d_chat", seq: 1, deviceId }]);
  expect(sent).toHaveLength(2);
  expect((await ask({ do: "list" })).body.letters.map(({ id }) => id)).toEqual(["h4"]);
});

test("where the object does not answer, a letter is kept that names nothing, and a replay sends the hint again", async () => {
  const { on, hints } = standIn([]);
  const away = { ...on, USERS: { getByName: () => ({ pushesDue: () => Promise.reject(new Error("away")) }) } };
  expect(await deliver("parley-push-dead", { h1: { userId } }, away as unknown as Env)).toEqual({
    acked: ["h1"],
    retried: [],
  });
  expect((await ask({ do: "show", ids: ["h1"] })).body.letters).toMatchObject([{ hint: { userId }, givenUp: [] }]);
  expect((await ask({ do: "replay", ids: ["h1"] }, secret, on)).body.replayed).toEqual(["h1"]);
  expect(hints).toEqual([{ userId }]);
});
