/** What erasing an account promises: it is over at once, and soon no store holds anything of the person. Whatever crashes, it ends there. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { readExport } from "../../../../workers/archive/read-exports.ts";
import { consumeArchive } from "../../../../workers/queues/archive.ts";
import type { ExportPage, ExportPlace } from "../../../../objects/contract/transfer/exporting.ts";
import { conversationStub, userStub } from "../../../../objects/shared/platform/calls.ts";
import { mintDmId } from "../../../../objects/shared/identity/mint.ts";
import type { Delivery } from "../../../../objects/contract/delivery/delivery.ts";
import type { Outcome } from "../../../../schema/errors.ts";
import type { ChangesPage, MessagesPage } from "../../../../schema/http/conversation/messages.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { batches } from "../../../../schema/limits.ts";
import {
  codeOf,
  directory,
  evict,
  hashOf,
  passwordHash,
  personOf,
  retryTasks,
  signIn,
  signUp,
  tasksOf,
  type TestAccount,
  trySignUp,
  valueOf,
  wind,
} from "../../../rig/objects/accounts.ts";
import { lowerMarks } from "../../../rig/objects/archived.ts";
import { checked } from "../../../rig/objects/exports.ts";
import { foundDm, foundGroup, send, sendCommand, settleFanOut, submit } from "../../../rig/objects/people.ts";
import { socketOf } from "../../../rig/objects/socket.ts";
import { storedEverywhere, storedInBucket } from "../../../rig/objects/stores.ts";

async function erase(account: TestAccount, password = "correct horse"): Promise<Outcome<null>> {
  const challenge = valueOf(await account.calls.challenge(undefined, { deviceId: account.device }));
  return account.calls.erase(account.device, { attemptId: challenge.attemptId, hash: hashOf(password) });
}

/** Until nothing is left to tell. */
async function finish(account: TestAccount): Promise<void> {
  for (let round = 0; (await tasksOf(account)) > 0; round++) {
    if (round === 20) throw new Error("the erasure does not end");
    await retryTasks(account);
  }
}

/** What is answered where nothing lies in the archive. */
function whole(answer: unknown): string {
  if (typeof answer !== "string") throw new Error("a part of it lies in the archive");
  return answer;
}

const pageOf = async (id: ConversationId, by: TestAccount): Promise<MessagesPage> => {
  const query = { limit: 100, before: undefined, after: undefined, around: undefined };
  return JSON.parse(whole(valueOf(await conversationStub(env, id).page(by.id, query)))) as MessagesPage;
};

test("[P24] [X7] after an erasure no store holds the person's name, handle, password or words", async () => {
  const [ana, bo, cy] = [await signUp("anacanary"), await signUp("bo"), await signUp("cy")];
  const [a, b, c] = [await personOf(ana), await personOf(bo), await personOf(cy)];
  const dm = await foundDm(a, b);
  const group = await foundGroup(a, [b, c]);
  const left = await foundGroup(b, [a, c]);
  const long = "wordcanary".repeat(2_000);
  for (const id of [dm, group, left]) {
    await send(id, a, "wordcanary one");
    await send(id, b, "by bo");
    await send(id, a, long, undefined, { mentions: [bo.id] });
    await submit(id, a, { do: "edit", seq: 1, text: "wordcanary edited", mentions: null });
    await submit(id, a, { do: "react", seq: 2, emoji: "👍", isOn: true });
    await submit(id, b, { do: "react", seq: 1, emoji: "👍", isOn: true });
  }
  valueOf(await ana.calls.patchSummary(dm, { draft: "draftcanary" }));
  valueOf(await ana.calls.patchMe({ bio: "biocanary", name: "namecanary" }));
  valueOf(await bo.calls.putContact(ana.user));
  valueOf(await cy.calls.putContact(ana.user));
  valueOf(await cy.calls.deleteContact(ana.id));
  valueOf(await cy.calls.putBlock(ana.user));
  valueOf(await ana.calls.putBlock(cy.user));
  valueOf(await conversationStub(env, left).removeMember(ana.id, ana.id));
  valueOf(await conversationStub(env, group).createInvite(ana.id, {}));
  await signIn(ana);
  const challenge = valueOf(await ana.calls.challenge(undefined, { deviceId: ana.device }));
  const next = passwordHash("secretcanary");
  const change = { attemptId: challenge.attemptId, hash: hashOf("correct horse"), next };
  valueOf(await ana.calls.changePassword(ana.device, change));
  for (const id of [dm, group, left]) await settleFanOut(id);
  expect(await storedEverywhere()).toMatch(/wordcanary[^]*namecanary/);

  expect(codeOf(await erase(ana, "secretcanary"))).toBe("true");
  await finish(ana);
  for (const id of [dm, group, left]) await settleFanOut(id);

  const stored = (await storedEverywhere()).split("\n");
  const canaries = new RegExp(`canary|${hashOf("secretcanary")}|${ana.handle}`, "i");
  expect(stored.filter((row) => canaries.test(row))).toEqual([]);
  const own = stored.filter((row) => row.startsWith("USERS") && row.includes("changed_at") && row.includes("erased"));
  expect(own).toHaveLength(1);

  // What is left, as others see it.
  const gone = { id: ana.id, handle: null, name: "", bio: "", avatarUrl: null, deleted: true };
  expect(valueOf(await ana.calls.relation(bo.id)).person.user).toEqual(gone);
  expect(valueOf(await directory.profile(ana.id))).toEqual(gone);
  expect(valueOf(await conversationStub(env, dm).view(bo.id)).peer).toEqual(gone);
  expect(
    valueOf(await bo.calls.summaries(undefined, 10)).conversations.find((row) => row.conversationId === dm),
  ).toMatchObject({
    peer: gone,
    lastMessage: { preview: "", unsent: true },
  });
  const page = await pageOf(dm, bo);
  expect(page.messages).toMatchObject([
    { text: "", unsentAt: expect.any(Number) as number, mentions: [], reactions: [] },
    { text: "by bo", reactions: [] },
    { text: "", unsentAt: expect.any(Number) as number },
  ]);
  expect(valueOf(await bo.calls.contacts(undefined, 10)).contacts).toEqual([]);
  expect(valueOf(await cy.calls.blocks(undefined, 10)).blocks).toMatchObject([{ user: gone }]);
  // Leaving a group makes somebody else its owner.
  const after = valueOf(await conversationStub(env, group).view(bo.id));
  expect(after.members?.map((member) => member.role).toSorted()).toEqual(["member", "owner"]);
  expect(after.members?.map((member) => member.user.id).toSorted()).toEqual([bo.id, cy.id].toSorted());
  expect((await pageOf(left, bo)).messages.map((message) => message.text)).toEqual(["", "by bo", ""]);
});

test("[X8] the erased one is signed out everywhere at once, can do nothing, and nobody gets the id again", async () => {
  const [ana, bo] = [await signUp("ana"), await signUp("bo")];
  const [a, b] = [await personOf(ana), await personOf(bo)];
  const dm = await foundDm(a, b);
  await send(dm, a, "hello");
  const sync = await socketOf(userStub(env, ana.id), "/sync", a.actor);
  const live = await socketOf(conversationStub(env, dm), "/live", a.actor);
  await live.next((frame) => frame.type === "hello");
  expect(codeOf(await erase(ana, "wrong password"))).toBe("forbidden");
  expect(await ana.calls.admit(ana.device)).toBe(true);
  expect(codeOf(await erase(ana))).toBe("true");
  expect(await ana.calls.admit(ana.device)).toBe(false);
  expect(await sync.closes()).toBe(4401);
  expect(await live.closes()).toBe(4401);
  expect(codeOf(await ana.calls.refresh(ana.session.refreshToken))).toBe("unauthenticated");
  expect(codeOf(await signIn(ana))).toBe("not_found");
  expect(codeOf(await ana.calls.me())).toBe("not_found");
  await finish(ana);
  expect(codeOf(await submit(dm, a, sendCommand("again", "k")))).toBe("not_found");
  expect(codeOf(await conversationStub(env, dm).view(ana.id))).toBe("not_found");
  expect(codeOf(await submit(dm, b, sendCommand("to nobody", "k")))).toBe("forbidden");
  expect(codeOf(await submit(dm, b, { do: "react", seq: 1, emoji: "👍", isOn: true }))).toBe("conflict");
  // The handle is free for somebody else, under another id.
  const again = await trySignUp(ana.handle);
  expect(again.id).not.toBe(ana.id);
  expect(again.answer.ok).toBe(true);
  const answer = await ana.calls.signUp({
    userId: ana.id,
    handle: "other.handle",
    name: "Ana",
    password: { algorithm: "scrypt", n: 1, r: 1, p: 1, salt: "", hash: "" },
    device: { name: "x", platform: "x" },
  });
  expect(answer.ok).toBe("exists");
  expect(await ana.calls.holdsHandle(ana.handle)).toBe("free");
  expect(codeOf(await ana.calls.approach(bo.id, []))).toBe("forbidden");
  expect(codeOf(await bo.calls.putContact(valueOf(await ana.calls.relation(bo.id)).person.user))).toBe("forbidden");
});

test("[X9] what was under way when the account was erased is undone: a membership, a contact, a delivery", async () => {
  const [ana, bo] = [await signUp("anacanary"), await signUp("bo")];
  const [a, b] = [await personOf(ana), await personOf(bo)];
  expect(await storedEverywhere()).toContain("anacanary");
  expect(codeOf(await erase(ana))).toBe("true");
  await finish(ana);
  // The gateway had asked for these copies before.
  const dm = await foundDm(b, a);
  const group = await foundGroup(b, [a]);
  await send(group, b, "hello");
  valueOf(await bo.calls.putContact(ana.user));
  await finish(ana);
  await settleFanOut(dm);
  await settleFanOut(group);
  expect((await storedEverywhere()).split("\n").filter((row) => row.includes("anacanary"))).toEqual([]);
  expect(valueOf(await conversationStub(env, group).view(bo.id)).memberCount).toBe(1);
  expect(codeOf(await submit(dm, b, sendCommand("to nobody", "k")))).toBe("forbidden");
  const delivery = { conversationId: dm, rev: 7, sinceRev: 0, items: [] } as unknown as Delivery;
  expect(await ana.calls.deliver(delivery)).toEqual({ rev: 7, isGone: true });
  await evict(ana.id);
  expect(await ana.calls.deliver(delivery)).toEqual({ rev: 7, isGone: true });
});

test("[X10] evictions of the user and of conversations at any page end in the same state, and a repeat changes nothing", async () => {
  const [ana, bo] = [await signUp("ana"), await signUp("bo")];
  const [a, b] = [await personOf(ana), await personOf(bo)];
  const dm = mintDmId(env.ID_SECRET, ana.id, bo.id);
  await foundDm(a, b);
  const many = batches.eraseChanges * 3 + 5;
  for (let n = 0; n < many; n += 50)
    await conversationStub(env, dm).submit(
      a.actor,
      Array.from({ length: Math.min(50, many - n) }, (_, i) => sendCommand(`canary ${n + i}`, `k${n + i}`)),
    );
  await send(dm, b, "by bo");
  await settleFanOut(dm);
  const before = (await pageOf(dm, bo)).head;
  expect(await storedEverywhere()).toContain(`canary ${many - 1}`);
  // The first page, then nothing more: the object of the conversation is lost, then that of the user.
  expect(codeOf(await erase(ana))).toBe("true");
  const person = valueOf(await ana.calls.relation(bo.id)).person;
  await conversationStub(env, dm).eraseMember(person, 0);
  await evictDurableObject(env.CONVERSATIONS.getByName(dm));
  await evict(ana.id);
  await runDurableObjectAlarm(env.USERS.getByName(ana.id));
  await finish(ana);
  await settleFanOut(dm);
  const { head } = await pageOf(dm, bo);
  // A rev for what is left of the person, and one for each message.
  expect(head).toEqual({ seq: before.seq, rev: before.rev + 1 + many, hash: before.hash });
  let next: number | null = 0;
  while (next !== null) ({ next } = await conversationStub(env, dm).eraseMember(person, next));
  expect((await pageOf(dm, bo)).head).toEqual(head);
  const changes = JSON.parse(
    whole(valueOf(await conversationStub(env, dm).changes(bo.id, { rev: before.rev, limit: 500 }))),
  ) as ChangesPage;
  expect(changes.messages).toHaveLength(many);
  expect(changes.messages.every((message) => message.text === "")).toBe(true);
  expect(valueOf(await bo.calls.summaries(undefined, 1)).conversations[0]).toMatchObject({ unread: 0 });
  expect(await storedEverywhere()).not.toMatch(/canary/);
});

test("[X7] [X10] what lies in the archive is erased there, through evictions, and old segments go", async () => {
  lowerMarks({ highWaterMessages: 60, lowWaterMessages: 20, segmentMessagesMax: 40 });
  const [ana, bo] = [await signUp("ana"), await signUp("bo")];
  const [a, b] = [await personOf(ana), await personOf(bo)];
  const dm = await foundDm(a, b);
  for (let n = 0; n < 300; n++) await send(dm, n % 3 === 0 ? b : a, n % 3 === 0 ? `by bo ${n}` : `canary ${n}`);
  await submit(dm, a, { do: "react", seq: 1, emoji: "👍", isOn: true });
  const work = async (): Promise<void> => {
    for (let n = 0; n < 12; n++) await consumeArchive({ conversationId: dm }, env);
  };
  // Sealed is what the inboxes have.
  await expect.poll(async () => (await work(), await storedInBucket()), { timeout: 10_000 }).toMatch(/canary/);
  const before = valueOf(await conversationStub(env, dm).view(bo.id)).head;
  expect(codeOf(await erase(ana))).toBe("true");
  await evictDurableObject(env.CONVERSATIONS.getByName(dm)).catch(() => undefined);
  await finish(ana);
  await work();
  // What was replaced is deleted when nobody can be reading it any more.
  wind(86_400_000);
  await work();
  expect(await storedInBucket()).not.toMatch(/canary/);
  expect((await storedEverywhere()).split("\n").filter((row) => /canary/.test(row))).toEqual([]);
  const view = valueOf(await conversationStub(env, dm).view(bo.id));
  expect(view.head).toMatchObject({ seq: before.seq, hash: before.hash });
  let place: ExportPlace | null = null;
  let text = "";
  for (;;) {
    const page: ExportPage<ExportPlace> = valueOf(await readExport(env, dm, bo.id, place));
    text += page.lines;
    if (page.next === null) break;
    place = page.next;
  }
  expect(checked(text)).toMatchObject({ isWhole: true, to: 300, texts: { intact: 100, erased: 200 } });
});

test("[X10] a lost segment of the archive does not hold back what else is erased", async () => {
  lowerMarks({ highWaterMessages: 60, lowWaterMessages: 20, segmentMessagesMax: 40 });
  const [ana, bo] = [await signUp("ana"), await signUp("bo")];
  const [a, b] = [await personOf(ana), await personOf(bo)];
  const dm = await foundDm(a, b);
  for (let n = 1; n <= 300; n++) await send(dm, a, `canary ${n}`);
  const sealed = async () => (await env.ARCHIVE.list({ prefix: `archive/${dm}/` })).objects.map(({ key }) => key);
  const first = async () => (await sealed()).find((key) => key.includes("/1-"));
  await expect
    .poll(async () => (await consumeArchive({ conversationId: dm }, env), await sealed()), { timeout: 10_000 })
    .toContainEqual(expect.stringContaining("/41-"));
  expect(await storedInBucket(dm)).toMatch(/canary/);
  await env.ARCHIVE.delete((await first()) ?? "");
  await evictDurableObject(env.CONVERSATIONS.getByName(dm)).catch(() => undefined);
  expect(codeOf(await erase(ana))).toBe("true");
  await finish(ana);
  for (let n = 0; n < 12; n++) await consumeArchive({ conversationId: dm }, env);
  wind(86_400_000);
  for (let n = 0; n < 12; n++) await consumeArchive({ conversationId: dm }, env);
  // Neither in its index, of which nobody knows what in it was by whom.
  expect(/canary/.test(await storedInBucket(dm))).toBe(false);
  expect((await storedEverywhere()).split("\n").filter((row) => /canary/.test(row))).toEqual([]);
});
