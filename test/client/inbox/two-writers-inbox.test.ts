import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Inbox } from "../../../client/inbox/inbox.ts";
import { memoryStorage, type Storage, type Summary } from "../../../client/index.ts";
import { keys } from "../../../client/storage/keys.ts";
import { aloneLocks } from "../../../client/storage/locks.ts";
import { row } from "../../rig/client/summary-row.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

/** The server's inbox: rows by id, each with the version of its last change. */
class Truth {
  version = 0;
  epoch = "e1";
  readonly rows = new Map<string, Summary>();

  change(id: string): void {
    this.version++;
    this.rows.set(id, row(id, this.version, { unread: this.version }));
  }

  all(): Summary[] {
    return inOrder(this.rows.values());
  }

  since(version: number): { version: number; conversations: Summary[] } {
    const conversations = [...this.rows.values()].filter((each) => each.version > version);
    return { version: this.version, conversations };
  }

  /** The server's store was restored: versions begin anew and some rows are gone. */
  restore(): void {
    this.epoch += "x";
    this.rows.delete("c0");
    this.version = 0;
    for (const id of this.rows.keys()) this.change(id);
  }
}

function tab(storage: Storage, truth: Truth) {
  const inbox = new Inbox({
    storage,
    clock: new WoundClock(),
    userId: "ana",
    random: () => 0.5,
    locks: aloneLocks(),
    send: () => new Promise(() => undefined),
    serverNow: () => 0,
    isWriter: () => true,
    onRows: () => undefined,
    onShown: () => undefined,
  });
  /** What a socket brings from where the inbox is. */
  const hear = () => {
    const isSame = inbox.cursor?.epoch === truth.epoch;
    inbox.meetEpoch(truth.epoch);
    inbox.frame({ ...truth.since(isSame ? inbox.version : 0), reset: !isSame, more: false });
  };
  return { inbox, hear };
}

/** The inbox of a tab that is opened later, once the server has told it what changed since. */
async function restored(storage: Storage, truth: Truth): Promise<Summary[]> {
  const later = tab(storage, truth);
  await later.inbox.restore();
  later.hear();
  return inOrder(later.inbox.rows());
}

function inOrder(rows: Iterable<Summary>): Summary[] {
  return [...rows].sort((a, b) => (a.conversationId < b.conversationId ? -1 : 1));
}

describe("two tabs that write the inbox", () => {
  it("[C14] do not raise the stored version over a row that one of them put back", async () => {
    const [truth, storage] = [new Truth(), memoryStorage()];
    for (const id of ["c0", "c1"]) truth.change(id);
    const [ahead, behind] = [tab(storage, truth), tab(storage, truth)];
    for (const { hear, inbox } of [ahead, behind]) {
      hear();
      await inbox.flush();
    }
    truth.change("c1");
    behind.hear();
    truth.change("c1");
    ahead.hear();
    await ahead.inbox.flush();
    await behind.inbox.flush();
    truth.change("c0");
    ahead.hear();
    await ahead.inbox.flush();
    expect(await restored(storage, truth)).toEqual(truth.all());
    // And the row itself is there, without asking the server.
    expect(await storage.get(keys.row("ana", "c1"))).toEqual(truth.rows.get("c1"));
  });

  it("[C14] write one step each, and nothing where the other is as far", async () => {
    const [truth, inner] = [new Truth(), memoryStorage()];
    let [reads, writes] = [0, 0];
    const storage: Storage = {
      ...inner,
      get: async (key) => {
        reads++;
        return await inner.get(key);
      },
      writeIf: async (condition, write) => {
        const isDone = (await inner.writeIf?.(condition, write)) ?? false;
        if (isDone) writes++;
        return isDone;
      },
    };
    truth.change("c0");
    const [one, two] = [tab(storage, truth), tab(storage, truth)];
    one.hear();
    await one.inbox.flush();
    truth.change("c0");
    one.hear();
    await one.inbox.flush();
    expect([reads, writes]).toEqual([0, 2]);
    two.hear();
    await two.inbox.flush();
    expect(writes).toBe(2);
  });

  const tabAt = fc.nat({ max: 1 });
  const step = fc.oneof(
    { weight: 9, arbitrary: fc.record({ do: fc.constant("change" as const), at: fc.nat({ max: 2 }) }) },
    { weight: 20, arbitrary: fc.record({ do: fc.constantFrom("hear" as const, "save" as const), at: tabAt }) },
    { weight: 10, arbitrary: fc.record({ do: fc.constant("write" as const), at: fc.nat({ max: 5 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("restore" as const), at: fc.constant(0) }) },
  );

  it("[C14] whatever the order of their writes, nothing is missed by the next tab", async () => {
    const run = async (steps: readonly { do: string; at: number }[]) => {
      const [truth, inner] = [new Truth(), memoryStorage()];
      /** Each write waits until it is let through, in any order. */
      const waiting: (() => void)[] = [];
      const storage: Storage = {
        ...inner,
        writeIf: async (condition, write) => {
          await new Promise<void>((resolve) => waiting.push(resolve));
          return (await inner.writeIf?.(condition, write)) ?? false;
        },
      };
      const tabs = [0, 1].map(() => tab(storage, truth));
      for (const { do: what, at } of steps) {
        if (what === "change") truth.change(`c${at}`);
        else if (what === "hear") tabs[at]?.hear();
        else if (what === "save") void tabs[at]?.inbox.flush();
        else if (what === "write") waiting.splice(at % Math.max(1, waiting.length), 1)[0]?.();
        else truth.restore();
        await settled();
        expect(await restored(inner, truth)).toEqual(truth.all());
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), run), { numRuns: 200 });
  });
});
