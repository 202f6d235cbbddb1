/** Runs a presence job: everybody comes online and watches. Targets change their visible presence, each again as soon as all watchers have received it. */
import { Agent } from "node:http";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Changes } from "./changes.ts";
import { stopwatch } from "../cpu.ts";
import { ask } from "../http.ts";
import type { PresenceJob, Result } from "../job.ts";
import { OnlineSockets } from "./online.ts";

const shownMaxMs = 20_000;
const warmUpMaxMs = 20_000;

export async function runPresence(job: PresenceJob): Promise<Result> {
  const agent = new Agent({ keepAlive: true, maxSockets: job.targets.length });
  const targets = [...job.targets.keys()];
  let isChanging = true;
  const changes = new Changes(job, (target) => {
    // The next change does not begin within the frame that completed this one: the rest of that frame comes first.
    setImmediate(() => void change(target));
  });
  const change = async (target: number): Promise<void> => {
    if (!isChanging) return;
    await show(target, changes.begin(target) === "online");
    changes.answered(target);
  };
  const show = async (target: number, isSeen: boolean): Promise<void> => {
    const body = JSON.stringify({ settings: { presence: isSeen ? "everyone" : "nobody" } });
    const headers = { ...job.targets[target]?.headers, "Content-Type": "application/json" };
    const asked = { port: job.port, path: "/v1/me", method: "PATCH", headers, body };
    const answer = await ask(agent, asked).catch((error: unknown) => ({ status: 0, text: String(error) }));
    if (answer.status !== 200) changes.fault(`PATCH /v1/me: ${answer.status} ${answer.text.slice(0, 300)}`);
  };
  const showAll = () => Promise.all(targets.map((target) => show(target, true)));

  await showAll();
  const online = await OnlineSockets.open(job.port, job.watchers, {
    presence: (watcher, presence) => changes.hear(watcher, presence),
    fault: (what) => changes.fault(what),
  });
  try {
    await online.watch(job.watchers.map(({ watches }) => watches));
    if (!(await until(() => changes.isShown, shownMaxMs))) throw new Error("not everybody was shown who is online");
    for (const target of targets) void change(target);
    return await measure(job, changes, () => (isChanging = false));
  } finally {
    isChanging = false;
    await showAll();
    online.close();
    agent.destroy();
  }
}

async function measure(job: PresenceJob, changes: Changes, stop: () => void): Promise<Result> {
  await sleep(job.warmUpMs);
  const round = changes.begun;
  await until(() => changes.completed >= round, warmUpMaxMs);

  changes.startMeasuring();
  const before = changes.completed;
  const spent = stopwatch(job.serverPids);
  await sleep(job.measureMs);
  const measured = spent();
  const completed = changes.completed - before;
  const tally = changes.tally.result();
  stop();
  await until(() => changes.completed >= changes.begun, shownMaxMs);
  return {
    completed,
    ...measured,
    perSecond: completed / measured.seconds,
    ...tally,
    sent: changes.begun,
    lost: changes.begun - changes.completed,
    errors: changes.errors,
    firstError: changes.firstError,
  };
}

/** Answers whether the condition came true in time. */
async function until(isTrue: () => boolean, maxMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + maxMs;
  while (!isTrue() && performance.now() < giveUpAt) await sleep(20);
  return isTrue();
}
