/** Owns what is measured: each scenario as a job against Parley and the same job against bare objects, and the ratio that is wanted. */
import { timeouts } from "../schema/limits.ts";
import type { Job, JobSocket, PresenceJob, SocketJob } from "./load/job.ts";
import { groupSize, pairs, type People } from "./people.ts";

export interface Timing {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** The bare objects, by the route that leads to them (bench/bare/worker.ts). */
export type BareKind = "room" | "group-commit-room" | "chain" | "courier" | "ledger" | "grouped-chain" | "reader";

/** What one number compares: a rate (more is better), a time or the server's processor time per message (less is better). `lastMs`: until the last of all receivers has the message. */
export type Measure =
  | "perSecond"
  | "deliveriesPerSecond"
  | "deliveryMs"
  | "deliveryP99Ms"
  | "lastMs"
  | "cpuSeconds"
  | "answerMs";

export interface Target {
  readonly measures: Measure;
  readonly against: BareKind;
  readonly atLeastTimes?: number;
  readonly atMostTimes?: number;
  readonly atMostMoreMs?: number;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly bare: readonly BareKind[];
  /** A bare kind without a target shows what else the platform can do. */
  readonly targets: readonly Target[];
  /** Whether changes of presence are counted, and not messages. */
  readonly isOfPresence?: true;
  /** How long Parley still has work after a run. Nothing else is measured before that. */
  readonly aftermathMs?: number;
  /** The least time that a run measures: a 99th percentile of few messages says how many of them one pause met. */
  readonly measureMsMin?: number;
  parley(people: People): JobShape;
  againstBare(kind: BareKind): JobShape;
}

/** A job without its server and its times. */
export type JobShape =
  | Pick<SocketJob, "sockets" | "receivers" | "readyText" | "ackText" | "saysSeen" | "pace">
  | Pick<PresenceJob, "watchers" | "targets">
  | { readonly path: string; readonly headers: Readonly<Record<string, string>> };

const outstanding = 400;
const groupSenders = 20;
const groupOutstanding = 100;
const openPerSecond = 200;
const groupPerSecond = 20;
const closedSenders = 10;
const closedOutstanding = 2;
const presenceTargets = 10;
const watchedByEach = 50;
const users = Array.from({ length: groupSize }, (_, index) => index);

const pairPace = { outstandingPerSender: outstanding / users.length };
const groupPace = { outstandingPerSender: groupOutstanding / groupSenders };
const openPace = { perSecond: openPerSecond };
const groupOpenPace = { perSecond: groupPerSecond };
const closedPace = { outstandingPerSender: closedOutstanding };

export const scenarios: readonly Scenario[] = [
  {
    name: "pairs-sync",
    title: `${pairs} direct chats on sync sockets, ${outstanding} under way`,
    bare: ["chain", "courier", "grouped-chain"],
    targets: [
      { measures: "perSecond", against: "chain", atLeastTimes: 1 },
      { measures: "perSecond", against: "courier", atLeastTimes: 3.2 },
      { measures: "perSecond", against: "grouped-chain", atLeastTimes: 1 },
    ],
    ...pairsOn("sync", pairPace),
  },
  {
    name: "pairs-live",
    title: `${pairs} direct chats on live sockets, ${outstanding} under way`,
    bare: ["room", "group-commit-room"],
    targets: [
      { measures: "perSecond", against: "room", atLeastTimes: 1 },
      { measures: "perSecond", against: "group-commit-room", atLeastTimes: 0.4 },
    ],
    ...pairsOn("live", pairPace),
  },
  {
    name: "group-sync",
    title: `group of ${groupSize}, ${groupSenders} write, ${groupOutstanding} under way, all on sync sockets`,
    bare: ["chain", "grouped-chain"],
    targets: [{ measures: "perSecond", against: "chain", atLeastTimes: 3 }],
    ...groupOn("sync", groupSenders, groupPace),
  },
  {
    name: "group-live",
    title: `group of ${groupSize}, ${groupSenders} write, ${groupOutstanding} under way, all on live sockets`,
    bare: ["room", "group-commit-room"],
    targets: [{ measures: "perSecond", against: "room", atLeastTimes: 0.9 }],
    ...groupOn("live", groupSenders, groupPace),
  },
  {
    name: "group-sync-closed",
    title: `group of ${groupSize}, ${closedSenders} write, ${closedOutstanding} under way each, all on sync sockets`,
    bare: ["courier", "grouped-chain"],
    targets: [{ measures: "deliveriesPerSecond", against: "courier", atLeastTimes: 5 }],
    ...groupOn("sync", closedSenders, closedPace),
  },
  {
    name: "group-live-closed",
    title: `group of ${groupSize}, ${closedSenders} write, ${closedOutstanding} under way each, all on live sockets`,
    bare: ["room", "group-commit-room"],
    targets: [{ measures: "deliveriesPerSecond", against: "room", atLeastTimes: 3 }],
    ...groupOn("live", closedSenders, closedPace),
  },
  {
    name: "latency-sync",
    title: `${pairs} direct chats on sync sockets, ${openPerSecond} messages a second`,
    bare: ["chain", "courier", "ledger", "grouped-chain"],
    targets: [
      { measures: "deliveryMs", against: "chain", atMostTimes: 1.5 },
      { measures: "deliveryMs", against: "courier", atMostTimes: 1.3 },
      { measures: "deliveryP99Ms", against: "courier", atMostTimes: 1.5 },
      { measures: "cpuSeconds", against: "courier", atMostTimes: 1.4 },
    ],
    measureMsMin: 10_000,
    ...pairsOn("sync", openPace),
  },
  {
    name: "latency-live",
    title: `${pairs} direct chats on live sockets, ${openPerSecond} messages a second`,
    bare: ["room", "group-commit-room"],
    targets: [{ measures: "deliveryMs", against: "room", atMostTimes: 2 }],
    ...pairsOn("live", openPace),
  },
  {
    name: "group-latency-sync",
    title: `group of ${groupSize}, ${groupPerSecond} messages a second, all on sync sockets`,
    bare: ["chain", "courier", "ledger", "grouped-chain"],
    targets: [{ measures: "lastMs", against: "courier", atMostTimes: 1.3 }],
    ...groupOn("sync", groupSenders, groupOpenPace),
  },
  {
    name: "group-latency-live",
    title: `group of ${groupSize}, ${groupPerSecond} messages a second, all on live sockets`,
    bare: ["room", "group-commit-room"],
    targets: [{ measures: "lastMs", against: "room", atMostTimes: 1.2 }],
    ...groupOn("live", groupSenders, groupOpenPace),
  },
  {
    name: "history",
    title: "HTTP: last 50 messages of 10,000",
    bare: ["reader"],
    targets: [{ measures: "answerMs", against: "reader", atMostTimes: 1.5 }],
    parley: (people) => ({ path: `/v1/conversations/${people.history}/messages?limit=50`, headers: people.headers(0) }),
    againstBare: () => ({ path: "/reader/long", headers: {} }),
  },
  // This scenario is the last one, because it leaves work behind.
  {
    name: "presence-changes",
    title: `presence: ${groupSize} online, each watches ${watchedByEach}; ${presenceTargets} whom all watch hide and show themselves`,
    isOfPresence: true,
    bare: ["chain", "grouped-chain"],
    // Watchers receive presence four times a second at most, and a target waits for all of them. So at most 40 changes a second are possible.
    targets: [{ measures: "deliveriesPerSecond", against: "chain", atLeastTimes: 1 }],
    // After the run, unwanted watches are ended, and users who are gone are announced as offline.
    aftermathMs: timeouts.presenceDropMs + 5_000,
    parley: watchingEachOther,
    againstBare: (kind) => ({
      ...onBareUsers(kind, (user) => (user < presenceTargets ? `group.${groupSize}` : undefined)),
      receivers: groupSize,
      pace: { outstandingPerSender: 1 },
    }),
  },
];

type Against = Pick<Scenario, "parley" | "againstBare">;

/** Each person writes in a direct chat with one other. */
function pairsOn(kind: "sync" | "live", pace: SocketJob["pace"]): Against {
  const rest = { receivers: 2, pace };
  const pair = (user: number): string => `pair.${pairOf(user)}`;
  if (kind === "sync")
    return {
      parley: (people) => ({ ...onSyncSockets(people, (user) => people.dm(pairOf(user))), ...rest }),
      againstBare: (bare) => ({ ...onBareUsers(bare, pair), ...rest }),
    };
  const all = (): boolean => true;
  return {
    parley: (people) => ({ ...onLiveSockets(people, (user) => people.dm(pairOf(user)), all), ...rest }),
    againstBare: (bare) => ({ ...onBareRooms(bare, pair, all), ...rest }),
  };
}

/** All people are in one group, and the first `senders` of them write. */
function groupOn(kind: "sync" | "live", senders: number, pace: SocketJob["pace"]): Against {
  const rest = { receivers: groupSize, pace };
  const bareGroup = `group.${groupSize}`;
  const writes = (user: number): boolean => user < senders;
  if (kind === "sync")
    return {
      parley: (people) => ({ ...onSyncSockets(people, (user) => (writes(user) ? people.group : undefined)), ...rest }),
      againstBare: (bare) => ({ ...onBareUsers(bare, (user) => (writes(user) ? bareGroup : undefined)), ...rest }),
    };
  return {
    parley: (people) => ({ ...onLiveSockets(people, () => people.group, writes), ...rest }),
    againstBare: (bare) => ({ ...onBareRooms(bare, () => bareGroup, writes), ...rest }),
  };
}

/** The job of a scenario for one server. */
export function jobOf(shape: JobShape, port: number, serverPids: readonly number[], timing: Timing): Job {
  if ("path" in shape)
    return {
      kind: "http",
      port,
      ...shape,
      messages: 50,
      warmUpRequests: 50,
      requests: Math.max(100, Math.round(timing.measureMs / 10)),
      serverPids,
    };
  if ("targets" in shape) return { kind: "presence", port, ...shape, ...timing, serverPids };
  return { kind: "sockets", port, ...shape, ...timing, serverPids };
}

function pairOf(user: number): number {
  return Math.floor(user / 2);
}

function onSyncSockets(people: People, sendsTo: (user: number) => string | undefined) {
  const sockets = users.map((user) => socketOf("/v1/sync", people, user, sendsTo(user)));
  return { sockets, readyText: '"more":false', ackText: '"ref":"', saysSeen: true };
}

function onLiveSockets(people: People, conversationOf: (user: number) => string, sends: (user: number) => boolean) {
  const sockets = users.map((user) => {
    const conversationId = conversationOf(user);
    return socketOf(`/v1/conversations/${conversationId}/live`, people, user, sends(user) ? conversationId : undefined);
  });
  return { sockets, readyText: '"type":"hello"', ackText: '"ref":"', saysSeen: true };
}

/** Each person watches the targets, and of the others those who come next. */
function watchingEachOther(people: People) {
  const targets = users.slice(0, presenceTargets);
  const others = users.slice(presenceTargets);
  const watchers = users.map((user) => {
    const next = [...others.slice(user), ...others.slice(0, user)];
    const watched = [...targets, ...next].filter((other) => other !== user).slice(0, watchedByEach);
    return { ...syncSocketOf(people, user), watches: watched.map((other) => people.userId(other)) };
  });
  return {
    watchers,
    targets: targets.map((user) => ({ userId: people.userId(user), headers: people.headers(user) })),
  };
}

/** A socket that only reads. */
export function syncSocketOf(people: People, user: number): JobSocket {
  return socketOf("/v1/sync", people, user, undefined);
}

function socketOf(path: string, people: People, user: number, sendsTo: string | undefined): JobSocket {
  return {
    path,
    headers: { ...people.headers(user), "Sec-WebSocket-Protocol": "parley.v1" },
    ...(sendsTo === undefined ? {} : { sendsTo }),
  };
}

/** A bare user's object acks with a frame of its own; the delivered frame repeats the reference too. */
function onBareUsers(kind: BareKind, sendsTo: (user: number) => string | undefined) {
  const sockets = users.map((user) => bareSocket(`/${kind}/u${user}`, sendsTo(user)));
  return { sockets, ackText: '"ok","ref":"', saysSeen: false };
}

/** In a bare room the frame itself comes back, and is the ack. */
function onBareRooms(kind: BareKind, conversationOf: (user: number) => string, sends: (user: number) => boolean) {
  const sockets = users.map((user) =>
    bareSocket(`/${kind}/${conversationOf(user)}`, sends(user) ? conversationOf(user) : undefined),
  );
  return { sockets, ackText: '"ref":"', saysSeen: false };
}

function bareSocket(path: string, sendsTo: string | undefined): JobSocket {
  return { path, headers: {}, ...(sendsTo === undefined ? {} : { sendsTo }) };
}
