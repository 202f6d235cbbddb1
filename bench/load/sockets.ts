/** Runs a job on sockets: opens them, warms up, measures, and waits for the messages that are still under way. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../../schema/limits.ts";
import { stopwatch } from "./cpu.ts";
import type { Result, SocketJob } from "./job.ts";
import { openAll } from "./opening.ts";
import type { LoadSocket } from "./socket.ts";
import { Tracker } from "./tracker.ts";

const settleMaxMs = 20_000;
/** A warm-up ends when one whole round is through, but not later than this. */
const warmUpMaxMs = 20_000;
const seenEveryFrames = 400;
/** Half of what a server sends to a socket that says nothing: the frames of a busy group are arrays of many messages. */
const seenEveryBytes = limits.unseenBytesMax / 2;
const seen = '{"type":"seen"}';

/** Moments at which a job waits for its caller: all sockets are open and nothing was sent; everything was sent and all sockets are still open. */
export interface Moments {
  readonly opened: () => Promise<void>;
  readonly sent: () => Promise<void>;
}

export async function runSockets(job: SocketJob, moments?: Moments): Promise<Result> {
  let isSending = true;
  const sockets: LoadSocket[] = [];
  const send = (index: number) => {
    const conversationId = job.sockets[index]?.sendsTo;
    if (conversationId !== undefined) sockets[index]?.send(tracker.next(index, conversationId));
  };
  const isClosed = "outstandingPerSender" in job.pace;
  const tracker = new Tracker(
    job.receivers,
    job.ackText,
    (sender) => {
      if (isClosed && isSending) send(sender);
    },
    job.comparesSockets,
  );
  try {
    const hear = (index: number, text: string) => {
      tracker.frame(index, text);
      const socket = sockets[index];
      if (job.saysSeen && socket !== undefined && isDue(socket)) socket.send(seen);
    };
    await openAll(job, sockets, hear, (reason) => tracker.fault(reason));
    await moments?.opened();
    const senders = job.sockets.flatMap((socket, index) => (socket.sendsTo === undefined ? [] : [index]));
    const pacing = begin(job, senders, send, () => isSending);
    await sleep(job.warmUpMs);
    const round = isClosed ? tracker.sent : 0;
    const giveUpAt = performance.now() + warmUpMaxMs;
    while (tracker.completed < Math.min(round, tracker.sent) && performance.now() < giveUpAt) await sleep(20);

    tracker.startMeasuring();
    const before = tracker.completed;
    const spent = stopwatch(job.serverPids);
    await Promise.race([sleep(job.measureMs), pacing]);
    const { seconds } = spent();
    isSending = false;
    if (!isClosed) await settle(tracker);
    const completed = tracker.completed - before;
    const { serverCpuSeconds, generatorCpuSeconds } = spent();
    const tally = tracker.tally.result();
    await settle(tracker);
    await moments?.sent();
    return {
      completed,
      seconds,
      perSecond: completed / seconds,
      ...tally,
      serverCpuSeconds,
      generatorCpuSeconds,
      sent: tracker.sent,
      lost: tracker.sent - tracker.completed,
      errors: tracker.errors,
      firstError: tracker.firstError,
    };
  } finally {
    isSending = false;
    for (const socket of sockets) socket.close();
  }
}

/** Whether a reader has to say that it reads. */
function isDue({ framesSinceSent, bytesSinceSent }: LoadSocket): boolean {
  return framesSinceSent >= seenEveryFrames || bytesSinceSent >= seenEveryBytes;
}

/** Starts the sending. With an open pace the promise resolves when all messages are sent; with a closed pace sending goes on until it is stopped. */
function begin(
  job: SocketJob,
  senders: readonly number[],
  send: (index: number) => void,
  isSending: () => boolean,
): Promise<void> {
  if ("outstandingPerSender" in job.pace) {
    for (let n = 0; n < job.pace.outstandingPerSender; n++) for (const sender of senders) send(sender);
    return new Promise(() => undefined);
  }
  return paced(job.pace.perSecond, job.messagesMax ?? Infinity, senders, send, isSending);
}

/** Sends one message every 1/perSecond, whatever comes back. After a late timer the missed messages are sent at once, so that the rate holds. */
async function paced(
  perSecond: number,
  max: number,
  senders: readonly number[],
  send: (index: number) => void,
  isSending: () => boolean,
): Promise<void> {
  const startedAt = performance.now();
  for (let n = 0; n < max && isSending(); n++) {
    const dueInMs = startedAt + (n * 1_000) / perSecond - performance.now();
    if (dueInMs > 0) await sleep(dueInMs);
    if (isSending()) send(senders[n % senders.length] ?? 0);
  }
}

async function settle(tracker: Tracker): Promise<void> {
  const giveUpAt = performance.now() + settleMaxMs;
  while (tracker.completed < tracker.sent && performance.now() < giveUpAt) await sleep(20);
}
