/** Reports to the operator: what is kept, who sees it, who is told nothing, and how long. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { Database } from "../../../objects/shared/platform/database.ts";
import { Quotas } from "../../../objects/user/meters/quotas.ts";
import { now, windClock } from "../../../objects/shared/platform/clock.ts";
import { Reports } from "../../../objects/shared/reports/reports.ts";
import { mintGroupId, mintUserId } from "../../../objects/shared/identity/mint.ts";
import { reportHolds } from "../../../schema/bounds/reports.ts";
import { rates } from "../../../schema/rates.ts";
import type { Conversation } from "../../../schema/wire/conversation.ts";
import { makeApi } from "../../../workers/api/api.ts";
import { hashOf, valueOf } from "../../rig/objects/accounts.ts";
import { ask, type Caller, caller, fetchOf, must } from "../../rig/objects/door.ts";
import { codeOf, send, submit } from "../../rig/objects/people.ts";

const secret = "an operator's secret of many letters";
const api = makeApi();
const reports = new Reports(env);
type Listed = {
  id: string;
  kind: string;
  reporterId: string;
  copies: { type: string; seq?: number; text?: string }[];
} & Record<string, unknown>;

afterEach(async () => {
  for (const database of [env.DIRECTORY_0, env.DIRECTORY_1]) await database?.exec("DELETE FROM reports");
});

async function operator(call: object, given = secret): Promise<{ status: number; body: Record<string, unknown> }> {
  const request = new Request("https://parley.test/v1/operator/reports", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${given}` },
    body: JSON.stringify(call),
  });
  const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext;
  const response = await api.fetch(request, { ...env, OPERATOR_SECRET: secret }, context);
  return { status: response.status, body: await response.json() };
}
const listed = async (more: object = {}) => (await operator({ do: "list", ...more })).body["reports"] as Listed[];

async function foundGroup(by: Caller, others: Caller[]): Promise<Conversation["id"]> {
  const memberIds = others.map(({ id }) => id);
  return (await must<Conversation>(201, by, "POST", "/conversations", { title: "G", memberIds })).id;
}
const report = async (by: Caller, body: object) => (await ask(by, "POST", "/reports", body)).status;

test("[G16] a reported message is kept with some around it, as its reporter saw them, once, and told to nobody", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(ana, [bo]);
  for (let n = 1; n <= 9; n++) await send(id, n % 2 === 0 ? ana : bo, `text ${n}`);
  const { head } = await must<Conversation>(200, bo, "GET", `/conversations/${id}`);
  const about = { kind: "message", conversationId: id, seq: 5 };
  expect(await report(ana, { about, reason: "spam", note: "see" })).toBe(204);
  const [first] = await listed();
  expect(first).toMatchObject({
    reporterId: ana.id,
    reportedId: bo.id,
    kind: "message",
    conversationId: id,
    seq: 5,
    reason: "spam",
    note: "see",
    resolvedAt: null,
  });
  expect(first?.copies.map(({ seq, text }) => [seq, text])).toEqual([3, 4, 5, 6, 7].map((n) => [n, `text ${n}`]));
  // What is unsent or reported again later does not take away what was reported; the latest words about it count.
  await submit(id, ana, { do: "unsend", seq: 4 });
  expect(await report(ana, { about, reason: "harassment" })).toBe(204);
  const again = await listed();
  expect(again).toHaveLength(1);
  expect(again[0]).toMatchObject({ id: first?.id, reason: "harassment", note: "" });
  const after = await must<Conversation>(200, bo, "GET", `/conversations/${id}`);
  expect(after.head.rev).toBe(head.rev + 1);
  const exported = async (by: Caller) => {
    const headers = { authorization: `Bearer ${by.session.accessToken}` };
    return await (await fetchOf(new Request("https://parley.test/v1/me/export", { headers }))).text();
  };
  expect(await exported(ana)).toContain('"type":"report"');
  expect(await exported(bo)).not.toContain('"type":"report"');
});

test("[G16] people and groups are reported with the newest messages; nobody reports what they cannot see, or themselves", async () => {
  const [ana, bo, cy] = [await caller("ana"), await caller("bo"), await caller("cy")];
  const id = await foundGroup(ana, [bo]);
  for (let n = 1; n <= 3; n++) await send(id, bo, `text ${n}`);
  expect(await report(ana, { about: { kind: "user", userId: bo.id, conversationId: id }, reason: "sexual" })).toBe(204);
  expect(await report(ana, { about: { kind: "conversation", conversationId: id }, reason: "violence" })).toBe(204);
  const all = await listed();
  expect(all.map(({ kind, copies }) => `${kind}: ${copies.map(({ type }) => type).join(" ")}`).toSorted()).toEqual([
    "conversation: group message message message",
    "user: profile message message message",
  ]);
  const message = (seq: number) => ({ about: { kind: "message", conversationId: id, seq }, reason: "other" });
  expect(await report(cy, message(1))).toBe(404);
  expect(await report(ana, message(9))).toBe(404);
  expect(await report(bo, message(1))).toBe(400);
  expect(await report(cy, { about: { kind: "conversation", conversationId: id }, reason: "other" })).toBe(404);
  expect(await report(cy, { about: { kind: "user", userId: bo.id, conversationId: id }, reason: "other" })).toBe(404);
  expect(await report(ana, { about: { kind: "user", userId: ana.id }, reason: "other" })).toBe(400);
  const nobody = { kind: "user", userId: mintUserId(env.ID_SECRET) };
  expect(await report(ana, { about: nobody, reason: "other" })).toBe(404);
  const nowhere = { kind: "conversation", conversationId: mintGroupId(env.ID_SECRET, ana.id, undefined) };
  expect(await report(ana, { about: nowhere, reason: "other" })).toBe(404);
  expect(await report(ana, { ...message(1), reason: "none" })).toBe(400);
  expect(await report(ana, { ...message(1), note: "n".repeat(1_001) })).toBe(413);
  const dm = (await must<Conversation>(201, ana, "PUT", `/dms/${bo.id}`)).id;
  expect(await report(ana, { about: { kind: "conversation", conversationId: dm }, reason: "other" })).toBe(400);
  expect(await listed()).toHaveLength(2);
});

test("[G16] the operator lists, shows, resolves and reopens; without the secret there is no door", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(ana, [bo]);
  for (let n = 1; n <= 5; n++) await send(id, bo, `text ${n}`);
  for (let seq = 1; seq <= 5; seq++) {
    windClock(1_000);
    expect(await report(ana, { about: { kind: "message", conversationId: id, seq }, reason: "spam" })).toBe(204);
  }
  expect((await operator({ do: "list" }, "another secret of the same length!!")).status).toBe(404);
  const seqs: unknown[] = [];
  for (let cursor: unknown; cursor !== null;) {
    const page = (await operator({ do: "list", limit: 2, ...(cursor === undefined ? {} : { cursor }) })).body;
    seqs.push(...(page["reports"] as Listed[]).map(({ seq }) => seq));
    cursor = page["cursor"];
  }
  expect(seqs).toEqual([5, 4, 3, 2, 1]);
  const ids = (await listed()).slice(0, 2).map((each) => each.id);
  expect((await operator({ do: "resolve", ids, note: "warned" })).body).toEqual({ resolved: 2 });
  expect((await listed()).map(({ seq }) => seq)).toEqual([3, 2, 1]);
  expect((await listed({ state: "resolved" })).map(({ seq, resolution }) => [seq, resolution])).toEqual([
    [5, "warned"],
    [4, "warned"],
  ]);
  expect((await operator({ do: "show", ids: [ids[0], "none"] })).body["reports"]).toHaveLength(1);
  expect((await operator({ do: "reopen", ids: [ids[0]] })).body).toEqual({ reopened: 1 });
  expect((await listed()).map(({ seq }) => seq)).toEqual([5, 3, 2, 1]);
});

test("[G16] a report that is on its way while its reporter erases their account is not kept", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const keep = vi.spyOn(Reports.prototype, "keep").mockImplementationOnce(async (...row) => {
    keep.mockRestore();
    const { attemptId } = valueOf(await ana.calls.challenge(undefined, { deviceId: ana.device }));
    valueOf(await ana.calls.erase(ana.device, { attemptId, hash: hashOf("correct horse") }));
    return await reports.keep(...row);
  });
  expect(await report(ana, { about: { kind: "user", userId: bo.id }, reason: "other", note: "my words" })).toBe(401);
  expect(await listed()).toEqual([]);
  expect(await report(bo, { about: { kind: "user", userId: ana.id }, reason: "other" })).toBe(204);
  expect(await listed()).toHaveLength(1);
});

test("[G16] reports are bounded in number and age, metered by their reporter, and go with the reporter's account", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  // Objects' tests run without rates; this takes them as they are.
  const limited = { ...env, PARLEY_RATE_LIMITS: "on" };
  const take = (): Promise<string> =>
    runInDurableObject(env.USERS.getByName(ana.id), (_, { storage }) =>
      codeOf(new Database(storage).transact((tx) => new Quotas(limited).take(tx, "reportsPerUser")) ?? { ok: true }),
    );
  for (let n = 0; n < rates.reportsPerUser.burst; n++) expect(await take()).toBe("ok");
  expect(await take()).toBe("rate_limited");
  const before = { ...reportHolds };
  Object.assign(reportHolds, { reportsMax: 3 });
  try {
    const kept = { kind: "user", reportedId: bo.id, conversationId: null, seq: null, reason: "spam", note: "" };
    for (let n = 1; n <= 20; n++)
      await reports.keep({
        ...{ ...kept, id: `r_${n}`, reporterId: bo.id, copies: [], at: now() + n },
        ...{ resolvedAt: null, resolution: null },
      });
    expect((await listed()).length).toBeLessThanOrEqual(6);
    // Whoever reports all day pushes out their own reports, and not the one of somebody else, which is older.
    const one = { ...kept, copies: [], resolvedAt: null, resolution: null };
    const ids = Array.from({ length: 60 }, (_, n) => `r_${n + 100}`);
    await reports.keep({ ...one, id: "r_rare", reporterId: ana.id, reportedId: bo.id, at: now() });
    for (const [n, id] of ids.entries()) await reports.keep({ ...one, id, reporterId: bo.id, at: now() + n + 100 });
    expect((await reports.find(["r_rare"])).length).toBe(1);
    await reports.setResolved(["r_rare"], "seen");
    for (const id of ids) await reports.keep({ ...one, id: `${id}x`, reporterId: bo.id, at: now() + 1_000 });
    expect(await reports.find(["r_rare"])).toEqual([]);
  } finally {
    Object.assign(reportHolds, before);
  }
  expect(await reports.forget(bo.id)).toMatchObject({ ok: true });
  expect((await listed()).filter(({ reporterId }) => reporterId === bo.id)).toEqual([]);
  await reports.keep({
    ...{ id: "r_old", reporterId: bo.id, kind: "user", reportedId: ana.id, conversationId: null, seq: null },
    ...{ reason: "spam", note: "", copies: [], at: now() - reportHolds.keptMs, resolvedAt: null, resolution: null },
  });
  expect(await reports.find(["r_old"])).toEqual([]);
});
