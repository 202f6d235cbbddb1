import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { memoryStorage, type Message } from "../../../client/index.ts";
import { Verifier } from "../../../client/history/verify.ts";
import { bodyDigest, textBody } from "../../../core/body.ts";
import { chainHash, hashOfNothing } from "../../../core/chain.ts";
import { conversation as conversationForm } from "../../../schema/wire/conversation.ts";
import type { ChainRange } from "../../../schema/http/conversation/messages.ts";
import { modelWith } from "../../rig/client/conversation/conversation-on-screen.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** A server with a chain, and a device that holds some of its messages. */
function chained(count: number, { joinedSeq = 0, storage = memoryStorage() } = {}) {
  const state = { epoch: "e1", failsAt: Infinity };
  const hashes = [hashOfNothing];
  const items: ChainRange["items"] = [];
  const held = new Map<number, Message>();
  const grow = (to: number) => {
    const { messages } = modelWith(to);
    for (let seq = items.length + 1; seq <= to; seq++) {
      const message = messages.get(seq);
      if (message === undefined) throw new Error("no such message");
      const { senderId, sentAt, text } = message;
      const salt = `salt ${seq}`;
      const contentHash = bodyDigest(sha256, salt, textBody(text));
      const hash = chainHash(sha256, hashes[seq - 1] ?? "", { seq, senderId, sentAt, contentHash });
      hashes[seq] = hash;
      items.push({ seq, senderId, sentAt, contentHash, salt });
      if (seq % 10 === 0) held.set(seq, { ...message, hash });
    }
  };
  grow(count);
  const asked: string[] = [];
  const verifier = new Verifier({
    storage,
    key: "verified",
    calls: {
      details: () =>
        Promise.resolve(
          conversationForm.parse({
            ...{ id: "c1", kind: "group", mode: "small", title: "c1", createdAt: 0, createdBy: "ana" },
            policy: { add: "member", edit: "member", write: "member", history: joinedSeq > 0 ? "joined" : "all" },
            epoch: state.epoch,
            head: { seq: items.length, rev: items.length, hash: hashes.at(-1) },
            memberCount: 1,
            me: { role: "member", read: 0, delivered: 0, joinedSeq },
          }),
        ),
      chain: (from, to) => {
        asked.push(`${from}-${to}`);
        if (from >= state.failsAt) return Promise.reject(new Error("no network"));
        const range = {
          from,
          to,
          startHash: hashes[from - 1] ?? "",
          items: items.slice(from - 1, to),
          hash: hashes[to] ?? "",
        };
        return Promise.resolve(range);
      },
    },
    sync: { held: (from, to) => Promise.resolve(new Map([...held].filter(([seq]) => seq >= from && seq <= to))) },
  });
  return { verifier, state, hashes, items, held, asked, grow, storage };
}

test("[C23] a whole conversation is verified a thousand messages at a time, and reports how far it has come", async () => {
  const { verifier, asked } = chained(2_300);
  const progress: number[] = [];
  const found = await verifier.whole({ onProgress: ({ verified }) => progress.push(verified) });
  expect(found).toEqual({ first: 1, verified: 2_300, headSeq: 2_300, isSound: true, differing: [] });
  expect(progress).toEqual([1_000, 2_000, 2_300]);
  expect(asked).toEqual(["1-1000", "1001-2000", "2001-2300"]);
});

test("[C23] a check that was given up goes on where it was, in a later run, too, unless it is to begin anew", async () => {
  const first = chained(2_300);
  const giveUp = new AbortController();
  const given = first.verifier.whole({ signal: giveUp.signal, onProgress: () => giveUp.abort(new Error("enough")) });
  await expect(given).rejects.toThrow("enough");
  expect(first.asked.length).toBeLessThanOrEqual(2);
  const { verifier, asked, grow, state } = chained(2_300, { storage: first.storage });
  state.failsAt = 2_001;
  await expect(verifier.whole()).rejects.toThrow("no network");
  expect(asked[0]).toBe("1001-2000");
  state.failsAt = Infinity;
  asked.length = 0;
  expect(await verifier.whole()).toMatchObject({ verified: 2_300, isSound: true });
  expect(asked).toEqual(["2001-2300"]);
  asked.length = 0;
  expect(await verifier.whole()).toMatchObject({ verified: 2_300, isSound: true });
  expect(asked).toEqual([]);
  grow(2_310);
  expect(await verifier.whole()).toMatchObject({ verified: 2_310, isSound: true });
  expect(asked).toEqual(["2301-2310"]);
  asked.length = 0;
  expect(await verifier.whole({ anew: true })).toMatchObject({ verified: 2_310, isSound: true });
  expect(asked.length).toBe(3);
});

test("[C23] a server that answers another past than before is found out, and so is a chain that does not add up", async () => {
  const before = chained(1_500);
  await before.verifier.whole();
  // The same conversation with another message in its past: sound by itself.
  const other = chained(0, { storage: before.storage });
  other.hashes[0] = sha256("another past");
  other.grow(1_600);
  expect(await other.verifier.whole()).toMatchObject({ verified: 1_500, headSeq: 1_600, isSound: false });
  expect(await other.verifier.whole({ anew: true })).toMatchObject({ verified: 0, isSound: false });
  // After a restore the conversation has another epoch, and the check begins anew.
  const restored = chained(1_600, { storage: before.storage });
  restored.state.epoch = "e2";
  expect(await restored.verifier.whole()).toMatchObject({ verified: 1_600, isSound: true });
  expect(restored.asked[0]).toBe("1-1000");

  const torn = chained(1_500);
  const item = torn.items[1_200];
  if (item !== undefined) torn.items[1_200] = { ...item, contentHash: "0" };
  expect(await torn.verifier.whole()).toMatchObject({ verified: 1_000, isSound: false });
  const short = chained(1_500);
  short.hashes[1_500] = "0";
  expect((await short.verifier.whole()).isSound).toBe(false);
});

test("[C23] messages on this device that are others than those of the chain are named, by each check until they are not", async () => {
  const { verifier, held } = chained(2_300);
  const message = held.get(40);
  if (message !== undefined) held.set(40, { ...message, text: "forged" });
  for (let i = 0; i < 2; i++)
    expect(await verifier.whole()).toEqual({
      first: 1,
      verified: 2_300,
      headSeq: 2_300,
      isSound: true,
      differing: [40],
    });
  if (message !== undefined) held.set(40, { ...message, text: "edited", editedAt: 5 });
  expect((await verifier.whole()).differing).toEqual([]);
});

test("[C23] a member who sees the history from joining on verifies that part, and an empty conversation is sound", async () => {
  const late = chained(1_500, { joinedSeq: 1_400 });
  expect(await late.verifier.whole()).toMatchObject({ first: 1_401, verified: 1_500, isSound: true });
  expect(late.asked).toEqual(["1401-1500"]);
  const just = chained(1_500, { joinedSeq: 1_500 });
  expect(await just.verifier.whole()).toMatchObject({ first: 1_501, verified: 1_500, isSound: true });
  expect(await chained(0).verifier.whole()).toMatchObject({ verified: 0, headSeq: 0, isSound: true });
});
