/** While a device looks, an inbox asks large groups to be told of changes: for how long, of which rows, and how it ends. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConversationObject } from "../../../../../objects/conversation/object.ts";
import { conversationStub } from "../../../../../objects/shared/platform/calls.ts";
import { now } from "../../../../../objects/shared/platform/clock.ts";
import type { ConversationCalls } from "../../../../../objects/contract/conversation-calls.ts";
import type { ConversationId } from "../../../../../schema/ids.ts";
import { timeouts } from "../../../../../schema/limits.ts";
import { valueOf, wind } from "../../../../rig/objects/accounts.ts";
import { hibernate, type Member, member, poll, syncOf } from "../../../../rig/objects/inbox/inboxes.ts";
import { openLargeGroups } from "../../../../rig/objects/large-groups.ts";
import { foundGroup, settleFanOut } from "../../../../rig/objects/people.ts";

openLargeGroups();

const forEver = 8_640_000_000_000_000;

/** The questions that the groups were asked, in their order. */
let questions: Parameters<ConversationCalls["rowOf"]>[] = [];
beforeEach(() => {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its object
  const { rowOf } = ConversationObject.prototype;
  questions = [];
  vi.spyOn(ConversationObject.prototype, "rowOf").mockImplementation(function (this: ConversationObject, ...asked) {
    questions.push(asked);
    return rowOf.apply(this, asked);
  });
});
afterEach(() => void vi.restoreAllMocks());

/** Until when the user's inbox asked to be told, by its questions since the last time this was called. */
function asked(by: Member): (number | null | undefined)[] {
  const own = questions.filter(([userId]) => userId === by.id).map(([, , until]) => until);
  questions = [];
  return own;
}

/** The same, once there are some. */
async function nextAsked(by: Member): Promise<(number | null | undefined)[]> {
  await vi.waitFor(() => expect(questions.some(([userId]) => userId === by.id)).toBe(true), 5_000);
  return asked(by);
}

/** Resolves when the user's object knows that no device looks. */
async function unwatched(of: Member, id: ConversationId): Promise<void> {
  const row = await conversationStub(env, id).rowOf(of.id, null);
  if (row === null) throw new Error("no row");
  const tell = () => of.calls.deliverRow({ row, items: [] });
  await vi.waitFor(async () => expect(await tell()).toMatchObject({ isUnwatched: true }), 5_000);
  asked(of);
}

const isAhead = (until: number | null | undefined): boolean =>
  typeof until === "number" && Math.abs(until - now() - timeouts.rowLookMs) < 5_000;

/** A group of three that has not grown, and who makes it grow. */
async function small(): Promise<{ id: ConversationId; ana: Member; grow: () => Promise<void> }> {
  const [owner, ana, bo, cy] = [await member("owner"), await member("ana"), await member("bo"), await member("cy")];
  const id = await foundGroup(owner, [ana, bo]);
  await settleFanOut(id);
  const grow = async (): Promise<void> => {
    valueOf(await conversationStub(env, id).addMembers(owner.id, [cy.person], []));
    const { due } = await conversationStub(env, id).fanOutPage(null, []);
    for (const { userId, row, items } of due) await env.USERS.getByName(userId).deliverRow({ row, items });
  };
  return { id, ana, grow };
}

test("[I30] without a device no group is asked for changes, and a group that sends one learns it", async () => {
  const { id, ana, grow } = await small();
  await grow();
  await ana.calls.summaries(undefined, 10);
  expect(asked(ana)).toEqual([undefined]);
  const row = await conversationStub(env, id).rowOf(ana.id, null);
  if (row === null) throw new Error("no row");
  expect(await ana.calls.deliverRow({ row, items: [] })).toMatchObject({ isUnwatched: true });
  const socket = await syncOf(ana);
  expect(await ana.calls.deliverRow({ row, items: [] })).not.toHaveProperty("isUnwatched");
  socket.close();
});

test("[I30] while a device looks the groups send changes, but for muted ones; a mute and its end count at once", async () => {
  const { id, ana, grow } = await small();
  await grow();
  await syncOf(ana);
  const [first, ...more] = await nextAsked(ana);
  expect([isAhead(first), more]).toEqual([true, []]);
  const last = () => questions.findLast(([userId]) => userId === ana.id)?.[2];
  await ana.calls.patchSummary(id, { mutedUntil: forEver });
  await vi.waitFor(() => expect(last()).toBeNull(), 5_000);
  await ana.calls.patchSummary(id, { mutedUntil: null });
  await vi.waitFor(() => expect(isAhead(last())).toBe(true), 5_000);
});

test("[I30] groups are asked again before they cease to send changes, through hibernation, until no device looks", async () => {
  const { id, ana, grow } = await small();
  await grow();
  const socket = await syncOf(ana);
  await nextAsked(ana);
  const user = env.USERS.getByName(ana.id);
  await hibernate(ana);
  wind(timeouts.rowLookMs - timeouts.rowLookRenewMs + 1_000);
  await runDurableObjectAlarm(user);
  expect(asked(ana).map(isAhead)).toEqual([true]);
  socket.close();
  await unwatched(ana, id);
  wind(timeouts.rowLookMs);
  await runDurableObjectAlarm(user);
  expect(asked(ana)).toEqual([]);
});

test("[I30] a group that grows while a device looks is asked at once, and so is each group while a poll waits", async () => {
  const { id, ana, grow } = await small();
  const socket = await syncOf(ana);
  await grow();
  await vi.waitFor(() => expect(questions.some(([, , until]) => isAhead(until))).toBe(true), 5_000);
  socket.close();
  await unwatched(ana, id);
  const { version, epoch } = await (await poll(ana, "")).json<{ version: number; epoch: string }>();
  asked(ana);
  await poll(ana, `?since=${version}&epoch=${epoch}&wait=1`);
  // A question of the first poll may come only now.
  const all = asked(ana);
  expect([isAhead(all[0]), all.at(-1)]).toEqual([true, undefined]);
});

test("[I30] a question that failed is asked again while a device looks, and of the others none", async () => {
  const { ana, grow } = await small();
  await grow();
  const ask = vi.spyOn(ConversationObject.prototype, "rowOf");
  ask.mockRejectedValueOnce(new Error("on purpose"));
  await syncOf(ana);
  await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(1), 5_000);
  asked(ana);
  await vi.waitFor(async () => {
    wind(timeouts.rowPullRetryMs);
    await runDurableObjectAlarm(env.USERS.getByName(ana.id));
    expect(asked(ana).map(isAhead)).toEqual([true]);
  }, 5_000);
  wind(timeouts.rowPullRetryMs);
  await runDurableObjectAlarm(env.USERS.getByName(ana.id));
  expect(asked(ana)).toEqual([]);
});
