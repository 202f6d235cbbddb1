/**
 * One user's object that dies at any moment while large groups tell it rows: states that come late, twice or not at all, messages that come one by one, memberships
 * that end and begin. When it is over, what devices folded is what is fetched, and no socket received a message twice or out of order.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { commitPace } from "../../../../../objects/user/inbox/commit-pace.ts";
import { seeded } from "../../../../rig/random.ts";
import { crash } from "../../../../rig/objects/inbox/crash.ts";
import { hibernate, type Member, member, newConversation, syncOf } from "../../../../rig/objects/inbox/inboxes.ts";
import { FoldingDevice } from "../../../../rig/objects/inbox/member-inbox.ts";
import { TellingConversation } from "../../../../rig/objects/inbox/telling-conversation.ts";
import type { Summary } from "../../../../../schema/wire/inbox.ts";
import type { TestSocket } from "../../../../rig/objects/socket.ts";

const pace = { ...commitPace };
beforeEach(() => void Object.assign(commitPace, pace));
afterEach(() => void Object.assign(commitPace, pace));

type Connected = {
  device: FoldingDevice;
  socket: TestSocket | undefined;
  folded: number;
  revs: Map<string, number>;
  rowRevs: Map<string, number>;
};

async function goOn(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

async function connect(ana: Member, one: Connected): Promise<void> {
  const { version, epoch } = one.device;
  one.socket = await syncOf(ana, epoch === "" ? "" : `?since=${version}&epoch=${epoch}`);
  one.folded = 0;
  one.revs = new Map();
  one.rowRevs = new Map();
}

function fold(one: Connected, seen: Map<number, string>): void {
  for (const frame of one.socket?.frames.slice(one.folded) ?? []) {
    one.device.fold(frame, seen);
    for (const row of frame.type === "inbox" ? (frame["conversations"] as Summary[]) : []) {
      expect(row.head.rev, "a row never goes back").toBeGreaterThanOrEqual(one.rowRevs.get(row.conversationId) ?? 0);
      one.rowRevs.set(row.conversationId, row.head.rev);
    }
    if (frame.type !== "message" && frame.type !== "change") continue;
    const { conversationId, rev } = (frame["message"] ?? frame) as { conversationId: string; rev: number };
    expect(rev, "messages come in order, each once").toBeGreaterThan(one.revs.get(conversationId) ?? 0);
    one.revs.set(conversationId, rev);
  }
  one.folded = one.socket?.frames.length ?? 0;
}

async function scenario(seed: number, steps: number): Promise<void> {
  const random = seeded(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const ana = await member(`ana.${seed % 1_000_000}`);
  const groups = [0, 1, 2].map(() => new TellingConversation(newConversation(), ana));
  const devices = [0, 1].map((): Connected => ({
    device: new FoldingDevice(),
    socket: undefined,
    folded: 0,
    revs: new Map(),
    rowRevs: new Map(),
  }));
  const seen = new Map<number, string>();
  const drop = (): void => {
    for (const one of devices) {
      fold(one, seen);
      one.socket = undefined;
    }
  };
  for (const one of groups) {
    one.send(false, false);
    await one.settle();
  }
  for (let step = 0; step < steps; step++) {
    const one = groups[below(3)] as TellingConversation;
    const luck = random();
    if (luck < 0.3) one.send(random() < 0.2, random() < 0.3);
    else if (luck < 0.36) one.unsend(1 + below(one.rev));
    else if (luck < 0.42) one.read(below(one.rev + 1));
    else if (luck < 0.46) one.turn();
    else if (luck < 0.6) one.tell(true);
    else if (luck < 0.7) one.tell(false);
    // What was due is told twice, and this state is older than others by then.
    else if (luck < 0.76) one.tell(random() < 0.5, goOn(below(12)));
    else if (luck < 0.82) Object.assign(commitPace, { ms: [0, 5, 600_000][below(3)], spreadMs: below(2) * 5 });
    else if (luck < 0.88) {
      await crash(ana);
      drop();
    } else if (luck < 0.9) {
      // An object that still has to answer calls cannot hibernate. One more state makes it write what waits at an earlier pace.
      Object.assign(commitPace, { ms: 0, spreadMs: 0 });
      one.send(false, false);
      one.tell(true);
      await Promise.all(groups.map((each) => each.settle()));
      await hibernate(ana).catch(() => undefined);
    } else {
      const cut = devices[below(2)] as Connected;
      fold(cut, seen);
      cut.socket?.close();
      cut.socket = undefined;
    }
    await goOn(below(4));
    for (const one of devices) if (one.socket === undefined && random() < 0.3) await connect(ana, one);
  }
  Object.assign(commitPace, { ms: 0, spreadMs: 0 });
  await crash(ana);
  drop();
  for (const one of devices) await connect(ana, one);
  for (const one of groups) {
    one.send(false, true);
    await one.settle();
  }
  const answer = await ana.calls.summaries(undefined, 100);
  if (!answer.ok) throw new Error(answer.refusal.detail);
  for (const one of groups) {
    const row = answer.value.conversations.find((each) => each.conversationId === one.id);
    const { unread, mentionsUnread, rev, read, headSeq, hasLeft } = one.row();
    expect(row).toMatchObject({
      unread,
      mentionsUnread,
      read,
      left: hasLeft,
      mode: "large",
      head: { rev, seq: headSeq },
    });
    for (const each of devices) {
      fold(each, seen);
      if (row !== undefined && each.device.rows.get(one.id)?.version !== row.version)
        await each.socket?.next((frame) => frame["version"] === row.version, `version ${row.version}`);
      fold(each, seen);
      expect(each.device.rows.get(one.id)).toEqual({ unread, mentionsUnread, rev, version: row?.version });
    }
  }
}

/** Three that stay, and a new one in each run, which the title prints. */
const seeds = [5, 17, 23, crypto.getRandomValues(new Uint32Array(1))[0] ?? 0];

test.each(seeds)(
  "[I28] rows of large groups end as the conversation works them out, however the object dies (seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    await scenario(seed, 80);
  },
);
