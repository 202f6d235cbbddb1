/**
 * One user's object that dies at any moment while conversations deliver to it: between frames and commit, between commit and answer, with a block of
 * versions begun, in the middle of a window of calls, beside a change of the user's own. When it is over, what devices folded is what is fetched.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { commitPace } from "../../../../objects/user/inbox/commit-pace.ts";
import { seeded } from "../../../rig/random.ts";
import { crash } from "../../../rig/objects/inbox/crash.ts";
import { DeliveringConversation, FoldingDevice } from "../../../rig/objects/inbox/member-inbox.ts";
import { hibernate, type Member, member, newConversation, poll, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import type { TestSocket } from "../../../rig/objects/socket.ts";

const never = 600_000;
const pace = { ...commitPace };
beforeEach(() => void Object.assign(commitPace, pace));
afterEach(() => void Object.assign(commitPace, pace));

/** A device, its present socket, and how many of its frames were folded. */
type Connected = { device: FoldingDevice; socket: TestSocket | undefined; folded: number };

/** Lets everything else that is under way go on for some turns of the event loop. */
async function goOn(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

async function connect(ana: Member, one: Connected): Promise<void> {
  const { version, epoch } = one.device;
  one.socket = await syncOf(ana, epoch === "" ? "" : `?since=${version}&epoch=${epoch}`);
  one.folded = 0;
}

function fold(one: Connected, seen: Map<number, string>): void {
  const { socket } = one;
  if (socket === undefined) return;
  for (const frame of socket.frames.slice(one.folded)) one.device.fold(frame, seen);
  one.folded = socket.frames.length;
}

async function fetched(ana: Member) {
  const answer = await ana.calls.summaries(undefined, 100);
  if (!answer.ok) throw new Error(answer.refusal.detail);
  return answer.value.conversations;
}

/** Deliveries are written at once from now on. The object may have set a timer at an earlier pace, which does not learn of this: one more delivery makes it write. */
function quicken(one: DeliveringConversation): void {
  Object.assign(commitPace, { ms: 0, spreadMs: 0 });
  one.send(false, false);
  one.deliver(one.rev);
}

async function scenario(seed: number, steps: number): Promise<void> {
  const random = seeded(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const ana = await member(`ana.${seed % 1_000_000}`);
  const conversations = [0, 1, 2].map(() => new DeliveringConversation(newConversation(), ana));
  const devices: Connected[] = [0, 1].map(() => ({ device: new FoldingDevice(), socket: undefined, folded: 0 }));
  const seen = new Map<number, string>();
  const pins = new Map<string, boolean>();
  const takeIn = (): void => devices.forEach((one) => fold(one, seen));
  const drop = (): void => {
    takeIn();
    for (const one of devices) one.socket = undefined;
  };

  for (const one of conversations) {
    one.send(false, false);
    one.deliver(one.rev);
    await one.settle();
  }
  Object.assign(commitPace, { ms: never, spreadMs: 0 });
  for (let step = 0; step < steps; step++) {
    const one = conversations[below(3)] as DeliveringConversation;
    const luck = random();
    if (luck < 0.3) one.send(random() < 0.15, random() < 0.3);
    else if (luck < 0.36) one.unsend(1 + below(one.rev));
    else if (luck < 0.42) one.read(below(one.rev + 1));
    else if (luck < 0.66) one.deliver(1 + below(one.rev + 2), random() < 0.05);
    else if (luck < 0.72) {
      const isPinned = random() < 0.5;
      const patch = ana.calls.patchSummary(one.id, { pinned: isPinned });
      // A crash beside it may leave it done or undone, so what it left is looked at.
      const done = await (random() < 0.3 ? Promise.all([patch, crash(ana)]).catch(() => undefined) : patch);
      if (done !== undefined) pins.set(one.id, isPinned);
      else pins.delete(one.id);
      if (done === undefined || Array.isArray(done)) drop();
    } else if (luck < 0.75) {
      const cut = devices[below(2)] as Connected;
      takeIn();
      cut.socket?.close();
      cut.socket = undefined;
    } else if (luck < 0.82) Object.assign(commitPace, { ms: [0, 5, never, never][below(4)], spreadMs: below(2) * 5 });
    else if (luck < 0.88) {
      await crash(ana);
      drop();
    } else if (luck < 0.9) {
      quicken(one);
      await Promise.all(conversations.map((each) => each.settle()));
      await hibernate(ana).catch(() => undefined);
    } else {
      const { epoch, version } = (devices[below(2)] as Connected).device;
      const answer = await poll(ana, epoch === "" ? "" : `?since=${version}&epoch=${epoch}&wait=0`).catch(
        () => undefined,
      );
      const page = await answer?.json<{ version: number; reset: boolean }>();
      if (page !== undefined && epoch !== "") {
        expect(page.reset).toBe(false);
        expect(page.version).toBeGreaterThanOrEqual(version);
      }
    }
    await goOn(below(4));
    for (const one of devices) if (one.socket === undefined && random() < 0.3) await connect(ana, one);
  }

  quicken(conversations[0] as DeliveringConversation);
  await goOn(8);
  drop();
  for (const one of devices) await connect(ana, one);
  // One more change of each, which finds whatever is behind, and brings the last receipts.
  for (const one of conversations) {
    one.send(false, true);
    await one.settle();
  }
  const rows = await fetched(ana);
  for (const one of conversations) {
    const row = rows.find((each) => each.conversationId === one.id);
    const { unread, mentionsUnread, rev, read } = one.numbers();
    expect(row).toMatchObject({ unread, mentionsUnread, read, head: { rev } });
    const isPinned = pins.get(one.id);
    if (isPinned !== undefined) expect(row?.pinned).toBe(isPinned);
    for (const { device, socket } of devices) {
      await socket?.next(
        (frame) =>
          (frame["inbox"] as { version: number } | undefined)?.version === row?.version ||
          frame["version"] === row?.version,
      );
      takeIn();
      expect(device.rows.get(one.id)).toEqual({ unread, mentionsUnread, rev, version: row?.version });
    }
  }
}

const steps = 80;
/** Three that stay, and a new one in each run, which the title prints. */
const seeds = [3, 11, 42, crypto.getRandomValues(new Uint32Array(1))[0] ?? 0];

test.each(seeds)(
  "[I26] devices end as what is fetched, however the object dies (seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    await scenario(seed, steps);
  },
);
