/** Owns what is measured: each scenario as a job against Parley and the same job against bare objects, and the ratio that is wanted. */
import { timeouts } from "../schema/limits.ts";
import type { Job, JobSocket, PresenceJob, SocketJob } from "./load/job.ts";
import { groupSize, pairs, type People } from "./people.ts";

export interface Timing {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** The bare objects, by the route that leads to them (bench/bare/worker.ts). */
export type BareKind = "room" | "group-commit-room" | "chain" | "grouped-chain" | "reader";

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What one number compares: a rate (more is better) or the median of a time (less is better). */
  readonly measures: "perSecond" | "deliveriesPerSecond" | "deliveryMs" | "answerMs";
  readonly bare: readonly BareKind[];
  /** The bare kind that the target speaks of; the others show what else the platform can do. */
  readonly target: {
    readonly against: BareKind;
    readonly atLeastTimes?: number;
    readonly atMostTimes?: number;
    readonly atMostMoreMs?: number;
  };
  /** How long after a run Parley still has to do with it: nothing else is measured before. */
  readonly aftermathMs?: number;
  parley(people: People): JobShape;
  againstBare(kind: BareKind): JobShape;
}

/** A job but for where and how long. */
export type JobShape =
  | Pick<SocketJob, "sockets" | "receivers" | "readyText" | "ackText" | "saysSeen" | "pace">
  | Pick<PresenceJob, "watchers" | "targets">
  | { readonly path: string; readonly headers: Readonly<Record<string, string>> };

const outstanding = 400;
const groupSenders = 20;
const groupOutstanding = 100;
const openPerSecond = 200;
const presenceTargets = 10;
const watchedByEach = 50;
const users = Array.from({ length: groupSize }, (_, index) => index);

const pairPace = { outstandingPerSender: outstanding / users.length };
const groupPace = { outstandingPerSender: groupOutstanding / groupSenders };
const openPace = { perSecond: openPerSecond };

export const scenarios: readonly Scenario[] = [
  {
    name: "pairs-sync",
    title: `${pairs} direct chats on sync sockets, ${outstanding} under way`,
    measures: "perSecond",
    bare: ["chain", "grouped-chain"],
    target: { against: "chain", atLeastTimes: 1 },
    parley: (people) => ({ ...onSyncSockets(people, (user) => people.dm(pairOf(user))), receivers: 2, pace: pairPace }),
    againstBare: (kind) => ({ ...onBareUsers(kind, (user) => `pair.${pairOf(user)}`), receivers: 2, pace: pairPace }),
  },
  {
    name: "pairs-live",
    title: `${pairs} direct chats on live sockets, ${outstanding} under way`,
    measures: "perSecond",
    bare: ["room", "group-commit-room"],
    target: { against: "room", atLeastTimes: 1 },
    parley: (people) => ({
      ...onLiveSockets(
        people,
        (user) => people.dm(pairOf(user)),
        () => true,
      ),
      receivers: 2,
      pace: pairPace,
    }),
    againstBare: (kind) => ({
      ...onBareRooms(
        kind,
        (user) => `pair.${pairOf(user)}`,
        () => true,
      ),
      receivers: 2,
      pace: pairPace,
    }),
  },
  {
    name: "group-sync",
    title: `group of ${groupSize}, ${groupSenders} write, all on sync sockets`,
    measures: "perSecond",
    bare: ["chain", "grouped-chain"],
    target: { against: "chain", atLeastTimes: 3 },
    parley: (people) => ({
      ...onSyncSockets(people, (user) => (user < groupSenders ? people.group : undefined)),
      receivers: groupSize,
      pace: groupPace,
    }),
    againstBare: (kind) => ({
      ...onBareUsers(kind, (user) => (user < groupSenders ? `group.${groupSize}` : undefined)),
      receivers: groupSize,
      pace: groupPace,
    }),
  },
  {
    name: "group-live",
    title: `group of ${groupSize}, ${groupSenders} write, all on live sockets`,
    measures: "perSecond",
    bare: ["room", "group-commit-room"],
    target: { against: "room", atLeastTimes: 0.9 },
    parley: (people) => ({
      ...onLiveSockets(
        people,
        () => people.group,
        (user) => user < groupSenders,
      ),
      receivers: groupSize,
      pace: groupPace,
    }),
    againstBare: (kind) => ({
      ...onBareRooms(
        kind,
        () => `group.${groupSize}`,
        (user) => user < groupSenders,
      ),
      receivers: groupSize,
      pace: groupPace,
    }),
  },
  {
    name: "latency-sync",
    title: `${pairs} direct chats on sync sockets, ${openPerSecond} messages a second`,
    measures: "deliveryMs",
    bare: ["chain", "grouped-chain"],
    target: { against: "chain", atMostTimes: 1.5 },
    parley: (people) => ({ ...onSyncSockets(people, (user) => people.dm(pairOf(user))), receivers: 2, pace: openPace }),
    againstBare: (kind) => ({ ...onBareUsers(kind, (user) => `pair.${pairOf(user)}`), receivers: 2, pace: openPace }),
  },
  {
    name: "latency-live",
    title: `${pairs} direct chats on live sockets, ${openPerSecond} messages a second`,
    measures: "deliveryMs",
    bare: ["room", "group-commit-room"],
    target: { against: "room", atMostTimes: 2 },
    parley: (people) => ({
      ...onLiveSockets(
        people,
        (user) => people.dm(pairOf(user)),
        () => true,
      ),
      receivers: 2,
      pace: openPace,
    }),
    againstBare: (kind) => ({
      ...onBareRooms(
        kind,
        (user) => `pair.${pairOf(user)}`,
        () => true,
      ),
      receivers: 2,
      pace: openPace,
    }),
  },
  {
    name: "history",
    title: "HTTP: last 50 messages of 10,000",
    measures: "answerMs",
    bare: ["reader"],
    target: { against: "reader", atMostMoreMs: 2 },
    parley: (people) => ({ path: `/v1/conversations/${people.history}/messages?limit=50`, headers: people.headers(0) }),
    againstBare: () => ({ path: "/reader/long", headers: {} }),
  },
  // Last, for what it leaves behind.
  {
    name: "presence-changes",
    title: `presence: ${groupSize} online, each watches ${watchedByEach}; ${presenceTargets} whom all watch hide and show themselves`,
    measures: "deliveriesPerSecond",
    bare: ["chain", "grouped-chain"],
    // Watchers are told four times a second at most, and a target waits for all of them: 40 changes a second are all that can be.
    target: { against: "chain", atLeastTimes: 1 },
    // Watches that nobody wants any more are given back, and those who are gone are announced.
    aftermathMs: timeouts.presenceDropMs + 5_000,
    parley: watchingEachOther,
    againstBare: (kind) => ({
      ...onBareUsers(kind, (user) => (user < presenceTargets ? `group.${groupSize}` : undefined)),
      receivers: groupSize,
      pace: { outstandingPerSender: 1 },
    }),
  },
];

/** A whole job for a server. */
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

/** Each watches the targets, and of the others those who come next. */
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
