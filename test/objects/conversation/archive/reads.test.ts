/** What a conversation promises about its archive: no read shows whether a message lies in it. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { Command } from "../../../../objects/contract/command.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ExportPage } from "../../../../objects/contract/transfer/exporting.ts";
import type { Outcome } from "../../../../schema/errors.ts";
import type { MessagesPage } from "../../../../schema/http/conversation/messages.ts";
import type { ConversationId, Seq } from "../../../../schema/ids.ts";
import { archiveOf, lowerMarks, readerOf, readUnarchived, type Reader, seal } from "../../../rig/objects/archived.ts";
import { codeOf, foundGroup, sendCommand, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";
import { checked, exportOf, linesIn } from "../../../rig/objects/exports.ts";
import { readOwnWords } from "../../../../workers/archive/read-exports.ts";
import { forgetSegments, readSegments } from "../../../../workers/archive/read-segment.ts";
import { Fetched } from "../../../../objects/conversation/archive/fetched.ts";
import type { Manifest } from "../../../../objects/conversation/archive/manifest.ts";
import { archive } from "../../../../schema/archive-limits.ts";
import type { SegmentName } from "../../../../objects/contract/archive.ts";
import type { Env } from "../../../../objects/shared/platform/env.ts";
import { seeded } from "../../../rig/random.ts";

const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);

async function sendAll(id: ConversationId, by: TestPerson, commands: Command[]): Promise<void> {
  for (let from = 0; from < commands.length; from += 100) {
    const answers = await conversationStub(env, id).submit(by.actor, commands.slice(from, from + 100));
    expect(answers.every((answer) => answer.ok)).toBe(true);
  }
}

const seeds = [1, 1_227_815_316, Math.floor(Math.random() * 2 ** 31)];
test.each(seeds)(
  "[H3] [M6] [S12] every read of an archived conversation is byte for byte the read of one that never archived (seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    lowerMarks();
    const random = seeded(seed);
    const int = (below: number): number => Math.floor(random() * below);
    const [ana, bo, cy, di] = [somebody("ana"), somebody("bo"), somebody("cy"), somebody("di")];
    const id = await foundGroup(ana, [bo, cy], random() < 0.5 ? { history: "joined" } : {});
    const stub = conversationStub(env, id);
    let head = 0;
    let isIn = false;
    const emojis = ["👍", "🎉", "😀"];
    const people = [ana, bo, cy];
    const change = async (): Promise<void> => {
      const by = people[int(3)] ?? ana;
      const seq = 1 + int(head);
      const kind = random();
      const command: Command =
        kind < 0.4
          ? { do: "react", seq, emoji: emojis[int(3)] ?? "👍", isOn: random() < 0.7 }
          : kind < 0.75
            ? {
                do: "edit",
                seq,
                text: `edited ${int(1_000)} ${"é".repeat(int(40))}`,
                mentions: random() < 0.3 ? [bo.userId] : null,
              }
            : { do: "unsend", seq };
      expect(["ok", "forbidden", "conflict"]).toContain(codeOf(await submit(id, by, command)));
    };
    const compare = async (): Promise<void> => {
      const viewers = [ana, bo, di].map(({ userId }) => userId);
      const rev = int(head + 20);
      const asks = (reader: Reader): Promise<string>[] => {
        const own = seeded(seed + head);
        const any = (below: number): number => Math.floor(own() * below);
        return viewers.flatMap((viewer) => [
          reader.page(viewer, { limit: 50 }),
          ...Array.from({ length: 4 }, () => reader.page(viewer, { limit: 1 + any(100), before: any(head + 3) })),
          ...Array.from({ length: 4 }, () => reader.page(viewer, { limit: 1 + any(100), after: any(head + 3) })),
          ...Array.from({ length: 4 }, () => reader.page(viewer, { limit: 1 + any(100), around: any(head + 3) })),
          ...Array.from({ length: 8 }, () => reader.message(viewer, 1 + any(head + 2))),
          ...Array.from({ length: 4 }, () => {
            const from = 1 + any(head);
            return reader.verify(viewer, from, Math.min(head, from + any(300)));
          }),
          reader.changes(viewer, { rev: 0, limit: 500 }),
          reader.changes(viewer, { rev, limit: 1 + any(100) }),
          reader.changes(viewer, { rev, limit: 200, messages: "mutated" }),
        ]);
      };
      if (random() < 0.2) forgetSegments();
      const expected = await readUnarchived(id, asks);
      const actual = await Promise.all(asks(readerOf(id)));
      expect(actual.length).toBe(expected.length);
      for (const [at, text] of actual.entries()) {
        const same = Array.from(text).findIndex((letter, index) => letter !== expected[at]?.[index]);
        const about = (all: string): string =>
          text === expected[at] ? "" : all.slice(Math.max(0, same - 200), same + 200);
        expect(about(text), `seed ${seed}, head ${head}, read ${at}`).toBe(about(expected[at] ?? ""));
      }
    };
    while (head < 700) {
      const by = people[int(3)] ?? ana;
      const count = 1 + int(120);
      const longs = random() < 0.1;
      await sendAll(
        id,
        by,
        Array.from({ length: count }, (_, at) =>
          sendCommand(longs ? `${head + at} ${"long ".repeat(3_000)}` : `message ${head + at}`, `k${head + at}`, {
            replyTo: head > 0 && random() < 0.2 ? 1 + int(head) : null,
            mentions: random() < 0.2 ? [cy.userId] : [],
          }),
        ),
      );
      head += count;
      for (let n = int(12); n > 0; n--) await change();
      if (random() < 0.3) await stub.patch(ana.userId, { title: `title ${head}` });
      if (random() < 0.3) {
        if (isIn) await stub.removeMember(ana.userId, di.userId);
        else await stub.putMember(ana.userId, di.userId, null, di.person);
        isIn = !isIn;
      }
      if (random() < 0.4) await evict(id);
      if (random() < 0.7) {
        await seal(id);
        for (let n = int(6); n > 0; n--) await change();
        if (random() < 0.3) await evict(id);
      }
      if (random() < 0.4) await compare();
    }
    await seal(id);
    const { through, segments } = await archiveOf(id);
    expect(through).toBeGreaterThan(300);
    expect(segments).toBeGreaterThan(6);
    await compare();
    await evict(id);
    await compare();
  },
);

test(
  "[H3] [X2] archived messages are in exports, whole and in order, and a long text is read whole",
  { timeout: 120_000 },
  async () => {
    lowerMarks();
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundGroup(ana, [bo]);
    const long = "long é ".repeat(3_000);
    await sendAll(id, ana, [sendCommand(long, "long")]);
    for (let n = 0; n < 3; n++) {
      await conversationStub(env, id).patch(ana.userId, { title: `title ${n}` });
      await sendAll(
        id,
        bo,
        Array.from({ length: 100 }, (_, at) => sendCommand(`message ${n}-${at}`, `k${n}-${at}`)),
      );
    }
    await submit(id, bo, { do: "react", seq: 7, emoji: "👍", isOn: true });
    await seal(id);
    expect((await archiveOf(id)).through).toBeGreaterThan(200);
    await submit(id, bo, { do: "edit", seq: 9, text: "edited in the archive", mentions: null });
    await submit(id, bo, { do: "unsend", seq: 10 });

    expect(JSON.parse(await readerOf(id).message(bo.userId, 1))).toMatchObject({ text: long });
    const [first] = (JSON.parse(await readerOf(id).page(bo.userId, { limit: 5, after: 0 })) as MessagesPage).messages;
    expect(first).toMatchObject({ truncated: true });
    const exported = await exportOf(id, ana.userId);
    expect(checked(exported?.text ?? "")).toMatchObject({ isWhole: true, to: 301, notices: 4 });
    const lines = linesIn(exported?.text ?? "").filter(({ type }) => type === "message");
    for (const [at, line] of lines.entries()) {
      const message = JSON.parse(await readerOf(id).message(ana.userId, at + 1)) as object;
      expect(line).toMatchObject(message);
    }
    let own = "";
    for (let after: Seq | null = 0; after !== null;) {
      const page: Outcome<ExportPage<Seq>> = await readOwnWords(env, id, bo.userId, after);
      if (!page.ok) throw new Error(page.refusal.code);
      own += page.value.lines;
      after = page.value.next;
    }
    expect(linesIn(own).filter(({ type }) => type === "message")).toHaveLength(300);
    expect(linesIn(own).find(({ type }) => type === "reaction")).toMatchObject({ seq: 7, emoji: "👍" });
  },
);

test("[H3] a call reads a few segments at the same time, however many it needs, and answers them in order", async () => {
  const names = Array.from({ length: 30 }, (_, n) => ({ key: `none/${n}`, digest: "" }));
  let [running, most] = [0, 0];
  const asked: string[] = [];
  const get = async (key: string): Promise<null> => {
    asked.push(key);
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running--;
    if (key === "none/20") throw new Error("R2 is away");
    return null;
  };
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const away = { ...env, ARCHIVE: { get } } as unknown as Env;
  // Only these are read.
  await expect(readSegments(away, names as unknown as SegmentName[])).rejects.toThrow("R2 is away");
  expect(most).toBe(archive.segmentsReadAtOnce);
  expect(asked).toEqual(names.map(({ key }) => key));
  expect(await readSegments(away, names.slice(0, 9) as unknown as SegmentName[])).toHaveLength(9);
});

test("[H3] the object fetches no more segments at the same time than it keeps, and one that is under way not twice", async () => {
  let [running, most] = [0, 0];
  const asked: string[] = [];
  const get = async (key: string): Promise<null> => {
    asked.push(key);
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running--;
    if (key === "none/3") throw new Error("R2 is away");
    return null;
  };
  for (const method of ["log", "error"] as const) vi.spyOn(console, method).mockImplementation(() => undefined);
  const away = { ...env, ARCHIVE: { get } } as unknown as Env;
  // Nothing is looked up in it.
  const fetched = new Fetched({ env: away, manifest: {} as unknown as Manifest });
  const names = Array.from({ length: 10 }, (_, n) => ({ key: `none/${n}`, digest: "", first: 1, last: 1 }));
  const tried = await Promise.all([...names, ...names].map((name) => fetched.tryFetch(name)));
  expect(tried.filter((one) => one === "late")).toHaveLength(2);
  expect(tried.filter((one) => one === "lost")).toHaveLength(18);
  expect(asked).toEqual(names.map(({ key }) => key));
  expect(most).toBe(archive.unpackedInObjectMax);
  expect(await fetched.tryFetch(names[0] ?? { key: "", digest: "", first: 1, last: 1 })).toBe("lost");
  expect(asked).toHaveLength(names.length + 1);
});
