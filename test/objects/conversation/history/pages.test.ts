/** What a conversation promises about pages: each is bounded and filled, and says truly what it leaves out. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { batches } from "../../../../schema/limits.ts";
import type { ChangesPage } from "../../../../schema/http/conversation/messages.ts";
import type { Message, Notice } from "../../../../schema/wire/message.ts";
import { seeded } from "../../../rig/random.ts";
import {
  changesOf,
  exec,
  flipTitle,
  objectOf,
  pageOf,
  reactMuch,
  sendMany,
  seqsOf,
} from "../../../rig/objects/conversation-pages.ts";
import { foundDm, foundGroup, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";

test("[S17] 3,000 notices at one place leave history readable, and the page says up to which rev some are left out", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await sendMany(id, ana, ["one", "two"]);
  await flipTitle(id, bo.userId, 3_000);
  await sendMany(id, ana, ["three"]);
  const page = await pageOf(id, bo);
  expect(seqsOf(page)).toEqual([1, 2, 3]);
  expect(page.notices).toHaveLength(batches.pageNoticesMax);
  expect(page.notices.at(-1)).toMatchObject({ rev: 3_003, title: "title 3000" });
  expect(page.noticesCutRev).toBe((page.notices[0]?.rev ?? 0) - 1);
  // What is left out can be had.
  const all: Notice[] = [];
  let rev = 0;
  for (let more = true; more;) {
    const changes = await changesOf(id, bo, rev);
    expect(changes.rev).toBeGreaterThan(rev);
    all.push(...changes.notices);
    ({ rev, more } = changes);
  }
  expect(all.filter((notice) => notice.rev <= (page.noticesCutRev ?? 0))).toHaveLength(3_001 - page.notices.length);
  expect(all.slice(-page.notices.length)).toEqual(page.notices);
  // A page that does not touch the place lacks nothing.
  await sendMany(id, ana, ["four", "five"]);
  const beside = await pageOf(id, bo, { after: 3 });
  expect([seqsOf(beside), beside.notices, beside.noticesCutRev]).toEqual([[4, 5], [], undefined]);
});

test("[S17] reading a page costs the same, however many notices lie in its range", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await sendMany(id, ana, ["one"]);
  const rowsOfPage = async (): Promise<number> => {
    const before = cost.rowsRead;
    await pageOf(id, bo);
    return cost.rowsRead - before;
  };
  await flipTitle(id, bo.userId, 1_000);
  await pageOf(id, bo);
  const few = await rowsOfPage();
  await flipTitle(id, bo.userId, 20_000);
  await pageOf(id, bo);
  expect(await rowsOfPage()).toBeLessThanOrEqual(few * 1.1);
});

test("[S16] a page is cut at 1 MiB of everything in it, next to the bound asked for, and says truly what lies beyond", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await sendMany(
    id,
    ana,
    Array.from({ length: 60 }, (_, i) => `m${i}`),
  );
  await reactMuch(id, { from: 1, to: 60 }, 60_000);
  const newest = await pageOf(id, bo);
  expect(newest).toMatchObject({ hasBefore: true, hasAfter: false });
  expect(newest.messages.length).toBeGreaterThan(8);
  expect(newest.messages.length).toBeLessThan(20);
  expect(seqsOf(newest).at(-1)).toBe(60);

  const before = await pageOf(id, bo, { before: 50 });
  expect(seqsOf(before).at(-1)).toBe(49);
  expect(before).toMatchObject({ hasBefore: true, hasAfter: true });

  const after = await pageOf(id, bo, { after: 10 });
  expect(seqsOf(after)[0]).toBe(11);
  expect(after).toMatchObject({ hasBefore: true, hasAfter: true });

  for (const around of [1, 2, 30, 59, 60]) {
    const page = await pageOf(id, bo, { around });
    const seqs = seqsOf(page);
    expect(seqs).toContain(around);
    expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i));
    expect(page.hasBefore).toBe(seqs[0] !== 1);
    expect(page.hasAfter).toBe(seqs.at(-1) !== 60);
    if (around === 30) expect(Math.abs(30 - (seqs[0] ?? 0) - ((seqs.at(-1) ?? 0) - 30))).toBeLessThanOrEqual(2);
  }

  // Following pages in either direction, and changes, brings every message once.
  const up: number[] = [];
  for (let at = 0, more = true; more;) {
    const page = await pageOf(id, bo, { after: at, limit: 100 });
    up.push(...seqsOf(page));
    at = up.at(-1) ?? 0;
    more = page.hasAfter;
  }
  const down: number[] = [];
  for (let at = 61, more = true; more;) {
    const page = await pageOf(id, bo, { before: at, limit: 100 });
    down.unshift(...seqsOf(page));
    at = down[0] ?? 0;
    more = page.hasBefore;
  }
  const changed: number[] = [];
  for (let rev = 0, more = true; more;) {
    const page = await changesOf(id, bo, rev);
    changed.push(...page.messages.map((message) => message.seq));
    ({ rev, more } = page);
  }
  const all = Array.from({ length: 60 }, (_, i) => i + 1);
  expect([up, down, changed]).toEqual([all, all, all]);
});

test("[S18] changes from 0 come in full pages, however often each message was edited", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await sendMany(
    id,
    ana,
    Array.from({ length: 30 }, (_, i) => `m${i}`),
  );
  // 12,000 changes, of which all but the last of each message say nothing any more.
  await exec(
    id,
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 11999)
     INSERT INTO changes (rev, at, seq, notice) SELECT 32 + i, 1, 1 + i % 30, NULL FROM n`,
  );
  await exec(id, "UPDATE messages SET rev = (SELECT MAX(rev) FROM changes WHERE changes.seq = messages.seq)");
  await evictDurableObject(objectOf(id));
  const pages: ChangesPage[] = [];
  for (let rev = 0, more = true; more;) {
    const before = cost.rowsRead;
    const page = await changesOf(id, bo, rev, { limit: 10 });
    expect(cost.rowsRead - before).toBeLessThan(2 * batches.pageRevsMax + 1_000);
    expect(page.rev).toBeGreaterThan(rev);
    pages.push(page);
    ({ rev, more } = page);
  }
  const messages = pages.flatMap((page) => page.messages.map((message) => message.seq));
  expect([...messages].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  // 12,031 revs: two stretches end without being filled, the rest is full.
  expect(pages.length).toBeLessThanOrEqual(2 + 4);
});

test("[S12] [S16] whatever happened, pages from either end and changes from any rev give the present state (seeded)", async () => {
  for (const seed of [1, 2]) {
    const random = seeded(seed);
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundGroup(ana, [bo]);
    const states: { rev: number; messages: Map<number, Message> }[] = [];
    let seq = 0;
    for (let round = 0; round < 9; round++) {
      const texts = Array.from({ length: 1 + Math.floor(random() * 12) }, (_, i) =>
        random() < 0.5 ? `${round} ${i}` : '"é🦜'.repeat(1 + Math.floor(random() * 2_000)),
      );
      await sendMany(id, ana, texts);
      seq += texts.length;
      for (let i = 0; i < 6; i++) {
        const target = 1 + Math.floor(random() * seq);
        const luck = random();
        if (luck < 0.4)
          await submit(id, ana, {
            do: "edit",
            seq: target,
            text: "e".repeat(1 + Math.floor(random() * 20_000)),
            mentions: null,
          });
        else if (luck < 0.7) await submit(id, bo, { do: "react", seq: target, emoji: "👍", isOn: random() < 0.8 });
        else if (luck < 0.8) await submit(id, ana, { do: "unsend", seq: target });
        else await conversationStub(env, id).patch(bo.userId, { title: `t ${round} ${i}` });
      }
      if (random() < 0.3) await reactMuch(id, { from: seq, to: seq }, 50_000);
      if (random() < 0.3) await evictDurableObject(objectOf(id));
      states.push({ rev: (await pageOf(id, bo)).head.rev, messages: await everything(id, bo, "after") });
    }
    const present = await everything(id, bo, "before");
    expect(
      [...present.keys()].sort((a, b) => a - b),
      `seed ${seed}`,
    ).toEqual(Array.from({ length: seq }, (_, i) => i + 1));
    for (const past of states) {
      const folded = new Map(past.messages);
      for (let rev = past.rev, more = true; more;) {
        const page = await changesOf(id, bo, rev, { limit: 1 + Math.floor(random() * 40) });
        for (const message of page.messages) folded.set(message.seq, message);
        expect(page.rev > rev || !page.more, `seed ${seed}`).toBe(true);
        ({ rev, more } = page);
      }
      const sorted = (messages: Map<number, Message>) =>
        [...messages.values()].sort((a, b) => a.seq - b.seq).map(withoutMuch);
      expect(sorted(folded), `seed ${seed}`).toEqual(sorted(present));
    }
  }
});

/** Reactions that a test wrote past the journal are no part of the comparison. */
function withoutMuch(message: Message): Message {
  return { ...message, reactions: message.reactions.filter((reaction) => reaction.userIds.length < 100) };
}

async function everything(
  id: ConversationId,
  by: TestPerson,
  direction: "after" | "before",
): Promise<Map<number, Message>> {
  const all = new Map<number, Message>();
  for (let at = direction === "after" ? 0 : 1_000_000, more = true; more;) {
    const page = await pageOf(id, by, { [direction]: at, limit: 100 });
    for (const message of page.messages) all.set(message.seq, message);
    at = (direction === "after" ? page.messages.at(-1) : page.messages[0])?.seq ?? at;
    more = direction === "after" ? page.hasAfter : page.hasBefore;
  }
  return all;
}
