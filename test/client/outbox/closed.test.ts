import { describe, expect, it } from "vitest";
import { InboxPatches } from "../../../client/inbox/inbox-patches.ts";
import { memoryStorage, ParleyError, type Storage, type SummaryPatch } from "../../../client/index.ts";
import { Edits } from "../../../client/outbox/acts/edits.ts";
import { aloneLocks } from "../../../client/storage/locks.ts";
import { conversationOnScreen, modelWith } from "../../rig/client/conversation/conversation-on-screen.ts";
import { plainStorage } from "../../rig/client/plain-storage.ts";
import { ack, draft, namerRig, outboxRig } from "../../rig/client/outbox-rig.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

const edit = { conversationId: "c1", seq: 1, text: "better", mentions: null, handles: [], found: null };
const hourly = new ParleyError({ code: "rate_limited", detail: "", retry: "later", retryAfterMs: 3_600_000 });

/** A storage whose next writes end when the test lets them. */
function slowStorage() {
  const inner = plainStorage();
  const writes: (() => void)[] = [];
  const storage: Storage = {
    ...inner,
    write: async (write) => {
      await new Promise<void>((resolve) => writes.push(resolve));
      await inner.write(write);
    },
  };
  const release = async () => {
    for (const resolve of writes.splice(0)) resolve();
    await settled();
  };
  return { storage, release };
}

function editsRig(storage = memoryStorage()) {
  const tries: string[] = [];
  const clock = new WoundClock();
  const edits = new Edits({
    storage,
    clock,
    random: () => 0.5,
    locks: aloneLocks(),
    userId: "u1",
    namer: namerRig().namer,
    send: ({ text }) => {
      tries.push(text);
      return Promise.reject(hourly);
    },
    places: () => undefined,
    onChange: () => undefined,
  });
  return { edits, tries, clock };
}

describe("what is discarded while storage still writes it", () => {
  it("[C10] is not sent: neither a message", async () => {
    const { storage, release } = slowStorage();
    const { outbox, tries } = outboxRig({ storage });
    void outbox.send(draft("a"));
    void outbox.send(draft("b"));
    await settled();
    outbox.discard("c1", "a");
    await release();
    expect(tries.map((each) => each.draft.clientId)).toEqual(["b"]);
  });

  it("[W15] nor an edit", async () => {
    const { storage, release } = slowStorage();
    const { edits, tries } = editsRig(storage);
    void edits.edit(edit);
    await settled();
    edits.discard("c1", 1);
    await release();
    expect(tries).toEqual([]);
  });
});

describe("when the account is closed", () => {
  it("a message that waits is rejected at once, stays in storage, and is not sent any more", async () => {
    const { storage, release } = slowStorage();
    const { outbox, tries } = outboxRig({ storage });
    const sent = outbox.send(draft("a"));
    await settled();
    outbox.close();
    await expect(sent).rejects.toMatchObject({ code: "unavailable", retry: "later" });
    await release();
    expect(tries).toEqual([]);
    expect((await storage.list({ from: "", to: "~" })).length).toBe(1);
    await expect(outbox.send(draft("b"))).rejects.toMatchObject({ code: "unavailable" });
    await release();
    expect((await storage.list({ from: "", to: "~" })).length).toBe(1);
  });

  it("a message that is on its way still leaves the outbox of the next run, which gets the first ack again", async () => {
    const first = outboxRig();
    first.outbox.send(draft("a")).catch(() => undefined);
    await settled();
    first.outbox.close();
    first.tries[0]?.acked(ack(1));
    await settled();
    const second = outboxRig({ storage: first.storage });
    await second.outbox.adopt();
    await settled();
    second.tries[0]?.acked({ ...ack(1), duplicate: true });
    await settled();
    second.confirms[0]?.();
    await settled();
    expect(second.pending()).toEqual([]);
    expect(await first.storage.list({ from: "", to: "~" })).toEqual([]);
  });

  it("an edit that waits for as long as the server asked is rejected at once", async () => {
    const { edits, tries } = editsRig();
    const saved = edits.edit(edit);
    await settled();
    expect(tries).toEqual(["better"]);
    edits.close();
    await expect(saved).rejects.toMatchObject({ code: "unavailable" });
    await expect(edits.edit(edit)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("a change of a row that waits for as long as the server asked is rejected at once, and stays in storage", async () => {
    const storage = memoryStorage();
    const tries: SummaryPatch[] = [];
    const patches = new InboxPatches({
      storage,
      clock: new WoundClock(),
      random: () => 0.5,
      locks: aloneLocks(),
      userId: "u1",
      send: (_id, patch) => {
        tries.push(patch);
        return Promise.reject(hourly);
      },
      onRow: () => undefined,
      onChange: () => undefined,
    });
    const pinned = patches.patch("c1", { pinned: true });
    const other = patches.patch("c2", { draft: "typed a moment ago" });
    await settled();
    patches.close();
    await expect(pinned).rejects.toMatchObject({ code: "rate_limited" });
    await expect(other).rejects.toMatchObject({ code: "unavailable" });
    expect(tries).toEqual([{ pinned: true }]);
    expect((await storage.list({ from: "", to: "~" })).length).toBe(2);
  });

  it("no receipt is sent any more", async () => {
    const { parley, conversation, online, clock, state, server } = await conversationOnScreen({ model: modelWith(5) });
    await online();
    state.isDown = true;
    conversation.markRead(3);
    await clock.wind(300);
    parley.close();
    const asked = server.asked.length;
    conversation.markRead(5);
    await clock.wind(60_000);
    expect(server.asked.length).toBe(asked);
  });
});

it("a change of a row is sent again as soon as the link is back", async () => {
  const tries: SummaryPatch[] = [];
  const patches = new InboxPatches({
    storage: memoryStorage(),
    clock: new WoundClock(),
    random: () => 0.5,
    locks: aloneLocks(),
    userId: "u1",
    send: (_id, patch) => {
      tries.push(patch);
      return Promise.reject(new ParleyError({ code: "unavailable", detail: "no network", retry: "later" }));
    },
    onRow: () => undefined,
    onChange: () => undefined,
  });
  patches.patch("c1", { pinned: true }).catch(() => undefined);
  await settled();
  patches.wake();
  await settled();
  expect(tries.length).toBe(2);
});
