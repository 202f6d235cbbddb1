/** What an export promises: everything that the member may see, whole, in order, checkable, in pages of bounded work. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Quotas } from "../../../objects/user/meters/quotas.ts";
import { Database } from "../../../objects/shared/platform/database.ts";
import { conversationStub } from "../../../objects/shared/platform/calls.ts";
import type { ConversationId } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import { rates } from "../../../schema/rates.ts";
import { signUp, wind } from "../../rig/objects/accounts.ts";
import { checked, exportOf, linesIn } from "../../rig/objects/exports.ts";
import {
  codeOf,
  foundDm,
  foundGroup,
  send,
  sendCommand,
  somebody,
  submit,
  type TestPerson,
} from "../../rig/objects/people.ts";
import { readExport, readOwnWords } from "../../../workers/archive/read-exports.ts";
import type { ExportPage } from "../../../objects/contract/transfer/exporting.ts";
import type { Outcome } from "../../../schema/errors.ts";
import type { Seq } from "../../../schema/ids.ts";

const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id));

async function sendMany(id: ConversationId, by: TestPerson, count: number, text = "text"): Promise<void> {
  for (let from = 0; from < count; from += 200) {
    const commands = Array.from({ length: Math.min(200, count - from) }, (_, i) =>
      sendCommand(`${text} ${from + i}`, crypto.randomUUID()),
    );
    const answers = await conversationStub(env, id).submit(by.actor, commands);
    expect(answers.every((answer) => answer.ok)).toBe(true);
  }
}

test("[X1] an export holds the conversation, every message whole and in order with its notices, and the head", async () => {
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const id = await foundGroup(ana, [bo]);
  const long = "é".repeat(50_000);
  await send(id, ana, "first");
  await conversationStub(env, id).patch(ana.userId, { title: "Other" });
  await send(id, bo, long);
  await submit(id, ana, { do: "edit", seq: 1, text: "edited", mentions: null });
  await send(id, bo, "gone");
  await submit(id, bo, { do: "unsend", seq: 3 });
  await submit(id, bo, { do: "react", seq: 1, emoji: "👍", isOn: true });
  await conversationStub(env, id).putMember(ana.userId, cy.userId, null, cy.person);
  await evict(id);
  const { text } = (await exportOf(id, bo.userId)) ?? { text: "" };
  const lines = linesIn(text);
  expect(lines.map((line) => [line.type, line["seq"] ?? line["kind"]])).toEqual([
    ["conversation", "group"],
    ["notice", "conversation_created"],
    ["message", 1],
    ["notice", "title_changed"],
    ["message", 2],
    ["message", 3],
    ["notice", "member_added"],
    ["end", undefined],
  ]);
  expect(lines[0]).toMatchObject({ id, title: "Other", from: 1, memberCount: 3 });
  expect(lines[2]).toMatchObject({ text: "edited", reactions: [{ emoji: "👍", count: 1, userIds: [bo.userId] }] });
  expect(lines[4]).toMatchObject({ text: long });
  expect(lines[4]).not.toHaveProperty("truncated");
  expect(lines[5]).toMatchObject({ text: "", salt: null, unsentAt: expect.any(Number) as number });
  const view = await conversationStub(env, id).view(ana.userId);
  expect(lines.at(-1)).toEqual({ type: "end", head: view.ok ? view.value.head : null });
  expect(checked(text)).toMatchObject({
    isWhole: true,
    faults: [],
    to: 3,
    texts: { intact: 1, edited: 1, erased: 1 },
    notices: 3,
  });
});

test("[X2] an export ends at the head that it began with, whatever is sent, edited and unsent meanwhile, across evictions", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await sendMany(id, ana, batches.exportPageLines * 2 + 7);
  const count = batches.exportPageLines * 2 + 7;
  const exported = await exportOf(id, bo.userId, async () => {
    await send(id, bo, "later");
    await submit(id, ana, { do: "edit", seq: count, text: "edited meanwhile", mentions: null });
    await submit(id, ana, { do: "unsend", seq: 1 });
    await evict(id);
  });
  expect(exported?.pages).toBe(4);
  const lines = linesIn(exported?.text ?? "");
  expect(checked(exported?.text ?? "")).toMatchObject({ isWhole: true, to: count, texts: { edited: 1, erased: 1 } });
  expect(lines.at(-1)).toMatchObject({ head: { seq: count, rev: count + 1 } });
  expect(lines.at(-2)).toMatchObject({ seq: count, text: "edited meanwhile" });
});

test("[X2] pages are cut by bytes and by lines, also where hundreds of notices stand behind one message", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const stub = conversationStub(env, id);
  await send(id, ana, "first");
  for (let n = 0; n < batches.exportPageLines + 30; n++) await stub.patch(ana.userId, { title: `Title ${n}` });
  for (let n = 0; n < 4; n++) await send(id, ana, "long".repeat(25_000));
  const sizes: number[] = [];
  let before = 0;
  const exported = await exportOf(id, bo.userId, async () => undefined);
  expect(checked(exported?.text ?? "")).toMatchObject({ isWhole: true, to: 5, notices: batches.exportPageLines + 31 });
  let place: Parameters<typeof stub.export>[1] = null;
  for (;;) {
    const page = await readExport(env, id, bo.userId, place);
    if (!page.ok) throw new Error("refused");
    sizes.push(page.value.lines.length);
    before += page.value.lines.length;
    if (page.value.next === null) break;
    place = page.value.next;
  }
  expect(before).toBe(exported?.text.length);
  expect(Math.max(...sizes)).toBeLessThan(batches.exportPageBytes * 2.1);
});

test("[X3] a member who is removed while the export runs gets no further page; strangers get none", async () => {
  const [ana, bo, eve] = [somebody("ana"), somebody("bo"), somebody("eve")];
  const id = await foundGroup(ana, [bo]);
  await sendMany(id, ana, batches.exportPageLines + 10);
  expect(await exportOf(id, eve.userId)).toBeUndefined();
  const remove = (pages: number) =>
    pages === 2 ? conversationStub(env, id).removeMember(ana.userId, bo.userId) : Promise.resolve();
  expect(await exportOf(id, bo.userId, remove)).toBeUndefined();
});

test("[X3] [M6] with history from joining on an export begins there, and is checkable from there", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [], { history: "joined" });
  await sendMany(id, ana, 5, "hidden");
  await conversationStub(env, id).putMember(ana.userId, bo.userId, null, bo.person);
  await sendMany(id, ana, 3, "shown");
  const { text } = (await exportOf(id, bo.userId)) ?? { text: "" };
  expect(text).not.toContain("hidden");
  expect(checked(text)).toMatchObject({ isWhole: true, from: 6, to: 8, notices: 1 });
  // The policy changes while an export of everything runs: what the member may no longer see does not come, and nothing is passed over in silence.
  const all = await foundGroup(ana, [bo]);
  await sendMany(all, ana, 2);
  await conversationStub(env, all).removeMember(ana.userId, bo.userId);
  await conversationStub(env, all).putMember(ana.userId, bo.userId, null, bo.person);
  const hide = (pages: number) =>
    pages === 1 ? conversationStub(env, all).patch(ana.userId, { policy: { history: "joined" } }) : Promise.resolve();
  expect(await exportOf(all, bo.userId, hide)).toBeUndefined();
});

test("[X4] what a user wrote in a conversation is theirs alone to have, also after they left", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await sendMany(id, ana, batches.exportOwnScan + 5, "by ana");
  await send(id, bo, "by bo");
  await submit(id, bo, { do: "react", seq: 2, emoji: "👍", isOn: true });
  await conversationStub(env, id).removeMember(bo.userId, bo.userId);
  let after: number | null = 0;
  let text = "";
  let pages = 0;
  while (after !== null) {
    const page: Outcome<ExportPage<Seq>> = await readOwnWords(env, id, bo.userId, after);
    if (!page.ok) throw new Error("refused");
    text += page.value.lines;
    after = page.value.next;
    pages++;
  }
  expect(pages).toBe(2);
  expect(linesIn(text)).toMatchObject([
    { type: "reaction", conversationId: id, seq: 2, emoji: "👍" },
    { type: "message", text: "by bo", senderId: bo.userId },
  ]);
});

test("[X2] any mixture of messages, notices and changes exports in order and checks", async () => {
  const act = fc.constantFrom("send", "send", "title", "edit", "unsend", "react", "evict");
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 25 }), async (acts) => {
      const [ana, bo] = [somebody("ana"), somebody("bo")];
      const id = await foundGroup(ana, [bo]);
      let sent = 0;
      for (const [n, what] of acts.entries()) {
        if (what === "send") await send(id, n % 2 === 0 ? ana : bo, `text ${++sent}`);
        else if (what === "title") await conversationStub(env, id).patch(ana.userId, { title: `Title ${n}` });
        else if (what === "evict") await evict(id).catch(() => undefined);
        else if (sent === 0) continue;
        else if (what === "edit")
          for (const by of [ana, bo]) await submit(id, by, { do: "edit", seq: 1, text: `edited ${n}`, mentions: null });
        else if (what === "unsend") await submit(id, ana, { do: "unsend", seq: sent });
        else await submit(id, bo, { do: "react", seq: sent, emoji: "👍", isOn: true });
      }
      const { text } = (await exportOf(id, bo.userId)) ?? { text: "" };
      expect(checked(text)).toMatchObject({ isWhole: true, faults: [], to: sent });
    }),
    { numRuns: 15, endOnFailure: true },
  );
});

test("[X6] exports are metered by the user who begins them, through evictions", async () => {
  const { id } = await signUp("ana");
  // Objects' tests run without rates; this one takes them as they are.
  const limited = { ...env, PARLEY_RATE_LIMITS: "on" };
  const begin = (): Promise<string> =>
    runInDurableObject(env.USERS.getByName(id), (_, { storage }) =>
      codeOf(new Database(storage).transact((tx) => new Quotas(limited).take(tx, "exportsPerUser")) ?? { ok: true }),
    );
  for (let n = 0; n < rates.exportsPerUser.burst; n++) expect(await begin()).toBe("ok");
  await evictDurableObject(env.USERS.getByName(id));
  expect(await begin()).toBe("rate_limited");
  wind(61_000);
  expect(await begin()).toBe("ok");
  expect(await begin()).toBe("rate_limited");
});
