/**
 * Owns the scenario `push`: pushes a second through the queue, against a bare consumer that only fetches, and what a push adds to the bill of a message.
 * Everybody but the sender is away. For the rate a few messages are written into some groups at once; what is timed is from the first request at the push
 * service to the last one, so the wait for a first batch does not count on either side. For the bill each of the others gets one message in a direct chat.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Cost } from "../../objects/shared/platform/meter.ts";
import { type Server as Parley, spawnServer } from "../../scripts/server/server.ts";
import { type HttpPerson, signUp } from "../../test/rig/server/http.ts";
import { PushService } from "../../test/rig/push/push-service.ts";
import { costBy, dollarsPerMillionOf, readCost } from "../cost/meter.ts";
import { median } from "../report.ts";
import { startBare } from "../servers.ts";
import { CountingService } from "./counting-service.ts";

export const pushBench = { name: "push" } as const;

const messagesPerGroup = 5;
const arriveMaxMs = 60_000;
const settleMs = 8_000;
const atLeastTimes = 0.3;

export type PushRows = {
  pushes: number;
  /** Pushes a second, each run by itself, in the order of time. */
  runs: { parley: number; bare: number }[];
  ratio: number;
  /** What one push adds to the cost of a direct message. */
  spent: Cost;
  dollarsPerMillion: number;
};

export async function measurePushes(isQuick: boolean): Promise<PushRows> {
  // Whole batches of fifty, because the queue waits a second for the rest of the last one.
  const [people, groups, rounds] = isQuick ? [11, 4, 1] : [41, 10, 3];
  const service = await CountingService.start();
  const parley = await spawnServer({ env: { PARLEY_COST_METER: "on", PUSH_HOSTS: service.host } });
  const bare = await startBare();
  try {
    const crowd = await Crowd.gather(parley, people);
    await crowd.openChats();
    const unsubscribed = await costOf(parley, () => crowd.writeToEach());
    await crowd.subscribe(service);
    const subscribed = await costOf(parley, async () => {
      await service.rateOf(people - 1, arriveMaxMs, () => crowd.writeToEach());
    });
    const pushes = groups * messagesPerGroup * (people - 1);
    const runs: PushRows["runs"] = [];
    for (let round = 0; round < rounds; round++) {
      // New groups, because a group in which much was written within a minute is summed up.
      await crowd.found(groups);
      runs.push({
        parley: await service.rateOf(pushes, arriveMaxMs, () => crowd.write()),
        bare: await service.rateOf(pushes, arriveMaxMs, () => fillBare(bare.port, service, pushes)),
      });
    }
    const spent = costBy((name) => (subscribed[name] - unsubscribed[name]) / (people - 1));
    return {
      pushes,
      runs,
      ratio: median(runs.map((run) => run.parley / run.bare)),
      spent,
      dollarsPerMillion: dollarsPerMillionOf(spent),
    };
  } finally {
    await Promise.all([parley.stop(), bare.stop(), service.stop()]);
  }
}

export function pushTableOf({ pushes, runs, ratio, spent, dollarsPerMillion }: PushRows): string {
  const rates = runs.map(({ parley, bare }) => `${Math.round(parley)} against ${Math.round(bare)}`).join(", ");
  const verdict = ratio >= atLeastTimes ? "met" : "MISSED";
  const parts = [
    `${spent.rowsWritten.toFixed(2)} rows written`,
    `${spent.rowsRead.toFixed(1)} read`,
    `${spent.objectCalls.toFixed(2)} calls`,
    `${spent.queueOperations.toFixed(2)} queue operations`,
    `${spent.alarmsRun.toFixed(2)} alarms`,
    `awake ${spent.awakeMs.toFixed(1)} ms`,
  ];
  return [
    `push: ${pushes} pushes of messages to groups whose members are away, against a bare consumer that only fetches`,
    `  pushes a second: ${rates}: ${ratio.toFixed(2)} × (wanted ≥ ${atLeastTimes} ×: ${verdict})`,
    `  a push adds to a direct message: ${parts.join(", ")}; $ ${dollarsPerMillion.toFixed(2)} per million`,
    "",
  ].join("\n");
}

/** One who writes, others who are away, and the groups that all of them are in. */
class Crowd {
  readonly #writer: HttpPerson;
  readonly #others: HttpPerson[];
  #groups: string[] = [];
  #chats: string[] = [];

  private constructor(writer: HttpPerson, others: HttpPerson[]) {
    this.#writer = writer;
    this.#others = others;
  }

  static async gather(server: Parley, people: number): Promise<Crowd> {
    const writer = await signUp(server.url);
    const others: HttpPerson[] = [];
    while (others.length < people - 1) others.push(await signUp(server.url));
    return new Crowd(writer, others);
  }

  /** Makes the groups into which is written from now on. */
  async found(count: number): Promise<void> {
    this.#groups = [];
    for (let n = 0; n < count; n++) this.#groups.push(await this.#writer.group(this.#others));
  }

  /** Makes a direct chat with each of the others; a first message is there, so that the next one finds everything opened. */
  async openChats(): Promise<void> {
    for (const other of this.#others) this.#chats.push(await this.#writer.dm(other));
    await this.writeToEach();
  }

  async writeToEach(): Promise<void> {
    for (const chat of this.#chats) await this.#writer.send(chat, "a message of the bench, of the usual length");
  }

  async subscribe(service: CountingService): Promise<void> {
    const browsers = await PushService.start();
    for (const person of this.#others) {
      const { keys } = browsers.subscribe();
      await person.must(204, "PUT", "/v1/push/subscription", { endpoint: service.endpoint, keys });
    }
    await browsers.stop();
  }

  async write(): Promise<void> {
    for (let n = 0; n < messagesPerGroup; n++)
      await Promise.all(this.#groups.map((group) => this.#writer.send(group, `message ${n} of the bench`)));
  }
}

async function fillBare(port: number, service: CountingService, count: number): Promise<void> {
  const query = new URLSearchParams({ url: service.endpoint, count: String(count) });
  await fetch(`http://127.0.0.1:${port}/push/queue?${query}`, { method: "POST" });
}

async function costOf(server: Parley, work: () => Promise<void>): Promise<Cost> {
  const before = await settledCost(server);
  await work();
  await sleep(settleMs);
  const after = await settledCost(server);
  return costBy((name) => after[name] - before[name]);
}

async function settledCost(server: Parley): Promise<Cost> {
  await sleep(settleMs);
  return await readCost(server);
}
