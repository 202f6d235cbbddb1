/**
 * What becomes of pushes that are read or unsent while they wait for their turn: the consumer asks the user's object once more, right before the request leaves.
 * The clock stands still and is wound, so that a slow machine makes no answer older.
 */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { faultPoints } from "../../../objects/shared/archive/fault-points.ts";
import { now } from "../../../objects/shared/platform/clock.ts";
import { cost } from "../../../objects/shared/platform/meter.ts";
import type { UserId } from "../../../schema/ids.ts";
import { pushing } from "../../../schema/push-limits.ts";
import { HintQueue } from "../../rig/push/hint-queue.ts";
import { PushService } from "../../rig/push/push-service.ts";
import { seeded } from "../../rig/random.ts";

let service: PushService;
let queue: HintQueue;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  service = await PushService.start();
  queue = new HintQueue(service.host);
});
afterEach(async () => {
  faultPoints.reach = undefined;
  queue.close();
  await service.stop();
  vi.useRealTimers();
  expect(service.faults).toEqual([]);
  vi.restoreAllMocks();
});

/** A user with so many browsers. */
function personWith(browsersCount = 1) {
  const user = queue.user();
  const browsers = Array.from({ length: browsersCount }, () => service.subscribe());
  for (const browser of browsers) user.subscribe(browser);
  return { user, browsers };
}

/** Holds all requests until so many are under way, does this, and lets them go. */
function whenUnderWay(count: number, then: () => void): void {
  const { promise, resolve } = Promise.withResolvers<void>();
  service.onRequest = async () => {
    if (service.received.length === count) {
      then();
      resolve();
    }
    await promise;
  };
}

const shownTo = (userId: UserId): number[] =>
  service.received.filter(({ payload }) => payload.userId === userId).map(({ payload }) => payload.seq);

test("[N21] what is read while its push waits for a slot is neither sent nor reported as sent", async () => {
  const first = Array.from({ length: pushing.requestsPerServiceMax }, () => personWith());
  const [late, other] = [personWith(), personWith()];
  for (const { user } of [...first, late, other]) {
    user.add(1);
    queue.hint({ userId: user.userId });
  }
  whenUnderWay(pushing.requestsPerServiceMax, () => {
    queue.wind(pushing.freshMs + 1);
    late.user.read(1);
  });
  await queue.deliver();
  expect([shownTo(late.user.userId), late.user.reports.flat()]).toEqual([[], []]);
  expect([shownTo(other.user.userId), other.user.left]).toEqual([[1], []]);
  expect([late.user.askedAgain, other.user.askedAgain, queue.size]).toEqual([1, 1, 0]);
});

test("[N21] of what waits behind others of its device, that which was read meanwhile is left out, and the rest goes on", async () => {
  const { user } = personWith();
  for (const seq of [1, 2, 3, 4]) user.add(seq);
  whenUnderWay(1, () => {
    queue.wind(pushing.freshMs + 1);
    user.read(3);
  });
  queue.hint({ userId: user.userId });
  await queue.deliver();
  expect(shownTo(user.userId)).toEqual([1, 4]);
  expect(user.reports.flat().map(({ seq }) => seq)).toEqual([1, 4]);
  // The answer of the object goes on to be used for the rest.
  expect([user.asked, user.askedAgain, user.left, queue.size]).toEqual([1, 3, [], 0]);
});

test("[N21] a device that signs out while its push waits gets nothing, and the other devices get theirs", async () => {
  const { user, browsers } = personWith(pushing.requestsPerServiceMax + 2);
  const [last, beforeLast] = [browsers.at(-1)!, browsers.at(-2)!];
  user.add(1);
  whenUnderWay(pushing.requestsPerServiceMax, () => {
    queue.wind(pushing.freshMs + 1);
    user.signOut(user.targets.at(-1)!.deviceId);
  });
  queue.hint({ userId: user.userId });
  await queue.deliver();
  expect([service.requestsTo(last).length, service.requestsTo(beforeLast).length]).toEqual([0, 1]);
  expect(user.reports.flat()).toHaveLength(browsers.length - 1);
  expect([user.left, queue.size]).toEqual([[], 0]);
});

test("[N21] a push that leaves at once costs no question: two calls for a message, however many devices have a slot", async () => {
  for (const browsersCount of [1, pushing.requestsPerServiceMax]) {
    const { user } = personWith(browsersCount);
    user.add(1);
    queue.hint({ userId: user.userId });
    const before = cost.objectCalls;
    await queue.deliver();
    expect([cost.objectCalls - before, user.askedAgain]).toEqual([2, 0]);
    expect(shownTo(user.userId)).toHaveLength(browsersCount);
  }
});

test("[N21] each push that leaves later costs one question and no more", async () => {
  const { user } = personWith();
  for (const seq of [1, 2, 3]) user.add(seq);
  service.onRequest = () => queue.wind(pushing.freshMs + 1);
  queue.hint({ userId: user.userId });
  const before = cost.objectCalls;
  await queue.deliver();
  expect(cost.objectCalls - before).toBe(2 + 2);
  expect(shownTo(user.userId)).toEqual([1, 2, 3]);
});

test.each([
  ["without its text", 413],
  ["signed by another key", 403],
])("[N21] what is read before the service has refused it is not sent again %s", async (_, status) => {
  const { user, browsers } = personWith();
  browsers[0]!.plan.push(status);
  user.add(1, { isHidden: false, title: "Bo" });
  whenUnderWay(1, () => {
    queue.wind(pushing.freshMs + 1);
    user.read(1);
  });
  queue.hint({ userId: user.userId });
  await queue.deliver();
  expect(service.requestsTo(browsers[0]!)).toHaveLength(1);
  expect([user.reports, user.left, queue.size]).toEqual([[[]], [], 0]);
});

test.each([
  ["without its text", 413],
  ["signed by another key", 403],
])("a service that answers late that it wants a push %s gets it all the same", async (_, status) => {
  const { user, browsers } = personWith();
  browsers[0]!.plan.push(status);
  user.add(1, { isHidden: false, title: "Bo" });
  whenUnderWay(1, () => queue.wind(pushing.answerMs + 1));
  queue.hint({ userId: user.userId });
  await queue.deliver();
  expect(service.requestsTo(browsers[0]!)).toHaveLength(2);
  expect([user.asked, user.askedAgain, user.left, queue.size]).toEqual([1, 1, [], 0]);
});

test("[N13] [N21] an object that does not say what is still due keeps no slot, gets its report, and is asked again by the same hint", async () => {
  const [away, ...others] = Array.from({ length: 2 * pushing.requestsPerServiceMax }, () => personWith());
  for (const seq of [1, 2, 3]) away!.user.add(seq);
  for (const { user } of others) user.add(1);
  // The limit of a question needs a clock that goes.
  away!.user.onAskAgain = () => {
    vi.useRealTimers();
    return new Promise(() => undefined);
  };
  service.onRequest = ({ payload }) => {
    if (payload.userId === away!.user.userId) queue.wind(pushing.freshMs + 1);
  };
  for (const { user } of [away!, ...others]) queue.hint({ userId: user.userId });
  await queue.deliver();
  for (const { user } of others) expect(user.left).toEqual([]);
  expect([away!.user.reports.flat().map(({ seq }) => seq), away!.user.left]).toEqual([[1], [2, 3]]);
  expect([away!.user.askedAgain, queue.size]).toEqual([1, 1]);
  away!.user.onAskAgain = undefined;
  await queue.next();
  expect(shownTo(away!.user.userId)).toEqual([1, 2, 3]);
  expect([away!.user.left, queue.size]).toEqual([[], 0]);
});

const seeds = [1, 362436069, Math.floor(Math.random() * 2 ** 31)];
test.each(seeds)(
  "[N14] [N21] whatever is read and whatever step dies, no request leaves for what was read before its last question (seed %i)",
  { timeout: 30_000 },
  async (seed) => {
    queue.triesMax = 1_000;
    const random = seeded(seed);
    const died = new Set<string>();
    faultPoints.reach = (name) => {
      if (died.has(name) && random() >= 0.1) return;
      died.add(name);
      throw new Error(`dies at ${name}`);
    };
    const people = Array.from({ length: 4 }, () => personWith(2));
    const readAt = new Map<string, number>();
    // Of a browser one request is under way at a time.
    const leftAt = new Map<string, number>();
    const { fetch } = globalThis;
    vi.spyOn(globalThis, "fetch").mockImplementation((url, init) => {
      leftAt.set(new Request(url).url, now());
      return fetch(url, init);
    });
    const late: string[] = [];
    service.onRequest = ({ to, payload: { userId, seq } }) => {
      const left = leftAt.get(`${service.origin}/push/${to}`) ?? Infinity;
      const lateMs = left - (readAt.get(`${userId} ${seq}`) ?? Infinity);
      if (lateMs > pushing.freshMs) late.push(`${seq} left ${lateMs} ms after it was read`);
      if (random() < 0.4) queue.wind(Math.floor(random() * 2 * pushing.freshMs));
      const { user } = people[Math.floor(random() * people.length)]!;
      const [oldest] = user.left;
      if (oldest === undefined || random() < 0.7) return;
      user.read(oldest);
      readAt.set(`${user.userId} ${oldest}`, now());
    };
    let seq = 0;
    for (let turn = 0; turn < 30; turn++) {
      for (const { user, browsers } of people) {
        for (let n = Math.floor(random() * 4); n > 0; n--) user.add(++seq);
        if (random() < 0.1) browsers[0]?.plan.push(random() < 0.5 ? 503 : "reset");
        queue.hint({ userId: user.userId });
      }
      await queue.next();
    }
    faultPoints.reach = undefined;
    for (const { user } of people) queue.hint({ userId: user.userId });
    while (await queue.next());
    expect(late, `seed ${seed}`).toEqual([]);
    expect(died).toContain("push: before it is asked again");
    const shown = new Set(service.received.map(({ payload }) => `${payload.userId} ${payload.seq}`));
    for (const { user } of people) {
      expect(user.left, `seed ${seed}`).toEqual([]);
      const missing = user.added.filter(
        (one) => !shown.has(`${user.userId} ${one}`) && !readAt.has(`${user.userId} ${one}`),
      );
      expect(missing, `seed ${seed}`).toEqual([]);
    }
  },
);
