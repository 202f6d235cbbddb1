/** Owns what a message costs a group, by the parts that are priced: with nobody who looks, with one in a hundred, and by reckoning for groups that are not made here. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Cost } from "../../objects/shared/platform/meter.ts";
import type { Server } from "../../scripts/server/server.ts";
import type { HttpPerson } from "../../test/rig/server/http.ts";
import { type HttpSocket, open } from "../../test/rig/server/http-socket.ts";
import { costBy, dollarsPerMillionOf, gigabyteSecondsOf, objectRequestsOf, readCost } from "../cost/meter.ts";
import { prices } from "../cost/prices.ts";
import { aligned, figure } from "../report.ts";

const settleMs = 8_000;
const pingMs = 10_000;

/** What one of some messages costs that come one by one, so that none shares a commit, an alarm or a row for those who look with another. */
export async function costOf(parley: Server, by: HttpPerson, id: string, messages: number): Promise<Cost> {
  await by.send(id, "before");
  await sleep(settleMs);
  const before = await readCost(parley);
  for (let n = 0; n < messages; n++) {
    await by.send(id, `message ${n}`);
    await sleep(settleMs);
  }
  const after = await readCost(parley);
  return costBy((name) => (after[name] - before[name]) / messages);
}

/** The same of one a second: those who look receive a row for several messages. */
export async function busyCostOf(parley: Server, by: HttpPerson, id: string, messages: number): Promise<Cost> {
  await sleep(settleMs);
  const before = await readCost(parley);
  for (let n = 0; n < messages; n++) {
    await by.send(id, `message ${n}`);
    await sleep(1_000);
  }
  await sleep(settleMs);
  const after = await readCost(parley);
  return costBy((name) => (after[name] - before[name]) / messages);
}

/** Devices that look at their inboxes, and not at the group, until the answer is called. */
export async function look(people: readonly HttpPerson[]): Promise<() => void> {
  const sockets: HttpSocket[] = [];
  for (const person of people) {
    const socket = await open(person.base, "/v1/sync", person.token);
    await socket.next(({ type, more }) => type === "inbox" && more === false, "the inbox");
    sockets.push(socket);
  }
  const timer = setInterval(() => sockets.forEach((socket) => socket.say("ping")), pingMs);
  return () => {
    clearInterval(timer);
    sockets.forEach((socket) => socket.close());
  };
}

export type Priced = { of: string; spent: Cost };

/** A group with more who look: what each of them adds is added so often. */
export function reckoned(quiet: Cost, watched: Cost, lookers: number, wanted: number): Cost {
  return costBy((name) => quiet[name] + ((watched[name] - quiet[name]) / lookers) * wanted);
}

export function priceTableOf(rows: readonly Priced[]): string[] {
  const head = [
    "",
    "rows written",
    "rows read",
    "requests",
    "queue",
    "awake ms",
    "$ rows",
    "$ requests",
    "$ awake",
    "$ queue",
    "$ per million",
  ];
  const lines = rows.map(({ of, spent }) => [
    of,
    figure(spent.rowsWritten),
    figure(spent.rowsRead),
    figure(objectRequestsOf(spent)),
    figure(spent.queueOperations),
    figure(spent.awakeMs),
    figure(
      spent.rowsWritten * prices.rowsWritten.dollarsPerMillion + spent.rowsRead * prices.rowsRead.dollarsPerMillion,
    ),
    figure(objectRequestsOf(spent) * prices.objectRequests.dollarsPerMillion),
    figure(gigabyteSecondsOf(spent) * prices.objectGigabyteSeconds.dollarsPerMillion),
    figure(spent.queueOperations * prices.queueOperations.dollarsPerMillion),
    figure(dollarsPerMillionOf(spent)),
  ]);
  return ["  per message, and in US dollars per million messages", ...aligned([head, ...lines])];
}
