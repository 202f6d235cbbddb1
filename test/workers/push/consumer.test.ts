/** What the consumer of the push queue promises, with stand-ins for the users' objects and the queue, and a push service that decrypts. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { faultPoints } from "../../../objects/shared/archive/fault-points.ts";
import { mintUserId } from "../../../objects/shared/identity/mint.ts";
import { addressHash } from "../../../objects/shared/push-address.ts";
import { pushing } from "../../../schema/push-limits.ts";
import { patience } from "../../../workers/push/transport.ts";
import { HintQueue, someConversationId } from "../../rig/push/hint-queue.ts";
import { PushService } from "../../rig/push/push-service.ts";
import { seeded } from "../../rig/random.ts";

/** For tests with hundreds of requests, on a machine that does other things, too. */
const slow = { timeout: 30_000 };

let service: PushService;
let queue: HintQueue;

beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  service = await PushService.start();
  queue = new HintQueue(service.host);
});
afterEach(async () => {
  faultPoints.reach = undefined;
  patience.ms = pushing.requestMs;
  queue.close();
  await service.stop();
  expect(service.faults).toEqual([]);
  vi.restoreAllMocks();
});

/** A user with a browser. */
function personAt(from = service) {
  const user = queue.user();
  const browser = from.subscribe();
  const device = user.subscribe(browser);
  return { user, browser, device };
}

test("what is due is sent in order and reported, and the hint is done", async () => {
  const { user, browser, device } = personAt();
  for (const seq of [1, 2, 3]) user.add(seq);
  queue.hint({ userId: user.userId });
  await queue.deliver();
  expect(service.requestsTo(browser).map(({ payload }) => payload.seq)).toEqual([1, 2, 3]);
  expect(user.reports).toEqual([
    [1, 2, 3].map((seq) => expect.objectContaining({ seq, deviceId: device, outcome: "sent" })),
  ]);
  expect([user.left, queue.size]).toEqual([[], 0]);
});

test("[N11] a service keeps the newest push of a conversation alone: the topic is made of the conversation's id", async () => {
  const { user, browser } = personAt();
  for (const seq of [1, 2]) user.add(seq);
  queue.hint({ userId: user.userId });
  await queue.deliver();
  const topics = service.requestsTo(browser).map(({ payload, topic }) => {
    const hash = createHash("sha256").update(payload.conversationId).digest("base64url");
    return topic === hash.slice(0, 32);
  });
  expect(topics).toEqual([true, true]);
});

test("[N13] fifty hints of one user in a batch are one round", async () => {
  const { user, browser } = personAt();
  user.add(1);
  for (let n = 0; n < 50; n++) queue.hint({ userId: user.userId });
  await queue.deliver();
  expect([user.asked, user.reports.length, service.requestsTo(browser).length, queue.size]).toEqual([1, 1, 1, 0]);
  browser.otherwise = 503;
  user.add(2);
  for (let n = 0; n < 50; n++) queue.hint({ userId: user.userId });
  await queue.deliver();
  expect([service.requestsTo(browser).length, queue.size]).toEqual([2, 1]);
});

test("a hint that this server never sent is acknowledged, and no object is called for it", async () => {
  for (const body of [
    null,
    7,
    "x",
    {},
    { userId: 7 },
    { userId: "u_madeup" },
    { userId: someConversationId(queue.env) },
  ])
    queue.hint(body);
  await queue.deliver();
  expect(queue.size).toBe(0);
});

test("a long list goes in pages, and after so many requests another hint lets others come first", slow, async () => {
  const { user, browser } = personAt();
  user.pageMax = 20;
  for (let seq = 1; seq <= 400; seq++) user.add(seq);
  queue.hint({ userId: user.userId });
  let batches = 0;
  while (queue.size > 0) {
    await queue.next();
    batches++;
  }
  expect(batches).toBeGreaterThan(1);
  expect(service.requestsTo(browser).map(({ payload }) => payload.seq)).toEqual(
    Array.from({ length: 400 }, (_, n) => n + 1),
  );
});

test("[N12] 404 and 410 end a subscription, which is named by its address, and everything else due for it", async () => {
  const { user, browser, device } = personAt();
  browser.otherwise = 410;
  for (const seq of [1, 2, 3]) user.add(seq);
  queue.hint({ userId: user.userId });
  await queue.deliver();
  expect(service.requestsTo(browser)).toHaveLength(1);
  const gone = { deviceId: device, outcome: "gone", endpointHash: addressHash(browser.endpoint) };
  expect(user.reports.flat()).toEqual([1, 2, 3].map((seq) => expect.objectContaining({ seq, ...gone })));
});

test("[N9] an address that is gone ends no subscription that replaces it while the hint is served", async () => {
  const { user, browser, device } = personAt();
  const fresh = service.subscribe();
  browser.otherwise = 410;
  user.onReport = () => user.subscribe(fresh, "", device);
  for (const seq of [1, 2]) user.add(seq);
  queue.hint({ userId: user.userId });
  await queue.deliver();
  expect(service.shownAt(fresh).map(({ seq }) => seq)).toEqual([1, 2]);
  expect([user.left, queue.size]).toEqual([[], 0]);
});

test("[N12] 429 is tried again when the service allows it and not before, whatever hints come meanwhile", async () => {
  const { user, browser } = personAt();
  browser.plan.push({ status: 429, headers: { "retry-after": "40" } });
  user.add(1);
  queue.hint({ userId: user.userId });
  await queue.deliver();
  expect(queue.delays[0]).toBeGreaterThanOrEqual(40);
  queue.wind(10_000);
  user.add(2);
  queue.hint({ userId: user.userId });
  await queue.deliver();
  expect(service.requestsTo(browser)).toHaveLength(1);
  expect(user.left).toEqual([1, 2]);
  while (await queue.next());
  expect(service.requestsTo(browser).map(({ payload }) => payload.seq)).toEqual([1, 1, 2]);
  expect(service.shownAt(browser).map(({ seq }) => seq)).toEqual([1, 2]);
});

test("[N12] a service that fails is tried at least three times within a minute, and the hint is dead after six tries", async () => {
  const { user, browser } = personAt();
  browser.otherwise = 503;
  user.add(1);
  queue.hint({ userId: user.userId });
  while (await queue.next());
  expect(service.requestsTo(browser)).toHaveLength(6);
  const seconds = queue.delays.slice(0, 3).reduce((sum, delay) => sum + delay, 0);
  expect(seconds).toBeLessThanOrEqual(60);
  expect(queue.dead).toEqual([{ id: "h1", body: { userId: user.userId } }]);
  expect(user.left).toEqual([1]);
});

test("[N13] after a first failure a device gets nothing more in this round, and the other devices get everything", async () => {
  const { user, browser } = personAt();
  const other = service.subscribe();
  user.subscribe(other);
  browser.plan.push(500);
  for (const seq of [1, 2, 3]) user.add(seq);
  queue.hint({ userId: user.userId });
  await queue.deliver();
  expect(service.requestsTo(browser)).toHaveLength(1);
  expect(service.shownAt(other).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  await queue.next();
  expect(service.shownAt(browser).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(service.requestsTo(other)).toHaveLength(3);
});

test("[N13] many pushes that wait for a service that fails take no room from those of another device, and make no second hint", async () => {
  const { user, browser } = personAt();
  const other = service.subscribe();
  user.subscribe(other);
  browser.otherwise = 503;
  user.pageMax = 5;
  for (let seq = 1; seq <= 20; seq++) user.add(seq);
  queue.hint({ userId: user.userId });
  await queue.deliver();
  expect(service.shownAt(other).map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  expect([service.requestsTo(browser).length, queue.size]).toEqual([1, 1]);
});

test(
  "[N13] services that hang keep nobody else waiting, and are not asked for everybody of the batch",
  slow,
  async () => {
    patience.ms = 2_000;
    const slow = await PushService.start();
    onTestFinished(() => slow.stop());
    Object.assign(queue.env, { PUSH_HOSTS: `${service.host},${slow.host}` });
    const stuck = Array.from({ length: 25 }, () => personAt(slow));
    for (const { browser } of stuck) browser.otherwise = "hang";
    const quick = Array.from({ length: 25 }, () => personAt());
    for (const { user } of [...stuck, ...quick]) {
      user.add(1);
      queue.hint({ userId: user.userId });
    }
    const startedAt = Date.now();
    const delivering = queue.deliver();
    await vi.waitFor(() => expect(service.received).toHaveLength(25), { timeout: 10_000, interval: 5 });
    expect(Date.now() - startedAt).toBeLessThan(patience.ms);
    await delivering;
    expect(slow.received.length).toBeLessThanOrEqual(pushing.requestsPerServiceMax + pushing.hungRequestsMax);
    expect(queue.size).toBe(25);
    expect(quick.every(({ user }) => user.left.length === 0)).toBe(true);
  },
);

test("no more requests are under way at once than the platform allows", async () => {
  let underWay = 0;
  let most = 0;
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  service.onRequest = async () => {
    most = Math.max(most, ++underWay);
    // Each is answered when as many as may be have come, and a moment later: more than that would come meanwhile.
    if (most === pushing.requestsPerServiceMax) setTimeout(answer, 50);
    await answered;
    underWay--;
  };
  const people = Array.from({ length: 30 }, () => personAt());
  for (const { user } of people) {
    user.add(1);
    queue.hint({ userId: user.userId });
  }
  await queue.deliver();
  expect(most).toBe(pushing.requestsPerServiceMax);
  expect(service.received).toHaveLength(30);
});

test("[N14] what was read while others were sent is not sent: an answer of the object is used for two seconds", async () => {
  const { user, browser } = personAt();
  for (const seq of [1, 2, 3, 4]) user.add(seq);
  service.onRequest = ({ payload }) => {
    if (payload.seq !== 2) return;
    queue.wind(pushing.answerMs + 1);
    user.read(3);
  };
  queue.hint({ userId: user.userId });
  await queue.deliver();
  expect(service.requestsTo(browser).map(({ payload }) => payload.seq)).toEqual([1, 2, 4]);
  expect(user.asked).toBe(2);
});

test("[N13] a directory that does not answer keeps back no push, which then shows no name", async () => {
  const { user, browser } = personAt();
  const never = new Promise(() => undefined);
  const statement = { bind: () => statement, all: () => never, raw: () => never, run: () => never };
  Object.assign(queue.env, { DIRECTORY_0: { prepare: () => statement, batch: () => never } });
  user.add(1, { isHidden: false, chat: "group", title: "Hiking", senderId: mintUserId(queue.env.ID_SECRET) });
  queue.hint({ userId: user.userId });
  await queue.deliver();
  expect(service.requestsTo(browser).map(({ payload }) => payload)).toMatchObject([
    { title: "Hiking", body: "text 1" },
  ]);
});

test("[N13] an object that does not answer is asked again by the same hint, and another user's pushes go out", async () => {
  const [{ user: broken }, { user, browser }] = [personAt(), personAt()];
  broken.add(1);
  user.add(1);
  broken.onAsk = () => {
    throw new Error("the object is away");
  };
  for (const { userId } of [broken, user]) queue.hint({ userId });
  await queue.deliver();
  expect([service.shownAt(browser).length, queue.size]).toEqual([1, 1]);
  broken.onAsk = undefined;
  await queue.next();
  expect([broken.left, queue.size]).toEqual([[], 0]);
});

const seeds = [1, 775263198, 781674405, Math.floor(Math.random() * 2 ** 31)];
test.each(seeds)(
  "[N14] whatever step dies, every message is shown once on every device, and in the end nothing is due (seed %i)",
  slow,
  async (seed) => {
    queue.triesMax = 1_000;
    const random = seeded(seed);
    const died = new Set<string>();
    faultPoints.reach = (name) => {
      // Each step dies when it is first reached, so that no draw leaves one out.
      if (died.has(name) && random() >= 0.2) return;
      died.add(name);
      throw new Error(`dies at ${name}`);
    };
    const people = Array.from({ length: 4 }, () => {
      const { user, browser } = personAt();
      const second = service.subscribe();
      user.subscribe(second);
      return { user, browsers: [browser, second] };
    });
    // What waits for its turn is asked about once more.
    service.onRequest = () => {
      if (random() < 0.3) queue.wind(pushing.freshMs + 1);
    };
    let seq = 0;
    for (let turn = 0; turn < 30; turn++) {
      for (const { user, browsers } of people) {
        if (random() < 0.5) user.add(++seq);
        if (random() < 0.2) browsers[0]?.plan.push(random() < 0.5 ? 503 : "reset");
        queue.hint({ userId: user.userId });
      }
      await queue.next();
    }
    // From here on a step dies only where it was not reached before, as the report where no round has come to it.
    faultPoints.reach = (name) => {
      if (died.has(name)) return;
      died.add(name);
      throw new Error(`dies at ${name}`);
    };
    for (const { user } of people) queue.hint({ userId: user.userId });
    while (await queue.next());
    for (const { user, browsers } of people) {
      expect(user.left, `seed ${seed}`).toEqual([]);
      const [first, second] = browsers.map((browser) => service.shownAt(browser).map((push) => push.seq));
      expect(first, `seed ${seed}`).toEqual(second);
      expect(first, `seed ${seed}`).toEqual(first?.toSorted((a, b) => a - b));
    }
    const shown = new Set(service.received.map(({ payload }) => payload.seq));
    expect(shown.size, `seed ${seed}`).toBe(seq);
    expect([...died].sort()).toEqual([
      "push: answered",
      "push: before it is asked",
      "push: before it is asked again",
      "push: before the report",
      "push: reported",
    ]);
  },
);
