/** Rows that cannot be written after the sockets have received their changes: these come again, and no socket receives a message twice. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { commitPace } from "../../../../objects/user/inbox/commit-pace.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { limits } from "../../../../schema/limits.ts";
import {
  delivery,
  hibernate,
  type Member,
  member,
  newConversation,
  syncOf,
  versionsOf,
} from "../../../rig/objects/inbox/inboxes.ts";
import type { Frame, TestSocket } from "../../../rig/objects/socket.ts";

beforeEach(() => void Object.assign(commitPace, { ms: 0, spreadMs: 0 }));

/** Somebody with a row at rev 2, of which a block of versions is written. */
async function waiting(name: string): Promise<{ ana: Member; id: ConversationId; socket: TestSocket }> {
  const ana = await member(name);
  const id = newConversation();
  await ana.calls.deliver(delivery(id, 1));
  await ana.calls.deliver(delivery(id, 2));
  return { ana, id, socket: await syncOf(ana) };
}

const seqOf = (frame: Frame): number => (frame["message"] as { seq: number } | undefined)?.seq ?? 0;
const told = async (socket: TestSocket, seq: number) =>
  (await socket.next((frame) => seqOf(frame) === seq))["inbox"] as { version: number; unread: number };

test("[I31] a socket receives each message once, however often its row cannot be written, also one that sleeps meanwhile, and one that comes later receives all of them", async () => {
  const { ana, id, socket } = await waiting("ana");
  const setFault = (isOn: boolean) =>
    runInDurableObject(env.USERS.getByName(ana.id), (_, { storage }) => {
      storage.sql.exec(
        isOn
          ? "CREATE TRIGGER fault BEFORE UPDATE ON inbox BEGIN SELECT RAISE(ABORT, 'on purpose'); END"
          : "DROP TRIGGER fault",
      );
    });
  /** Everything from 3 to this one, as a conversation repeats it. */
  const deliver = (upTo: number): Promise<unknown> => {
    const items = Array.from({ length: upTo - 2 }, (_, n) => delivery(id, n + 3).items).flat();
    return ana.calls.deliver(delivery(id, upTo, { sinceRev: 2, items }));
  };
  await setFault(true);
  expect(await deliver(3)).toEqual({ rev: 2, isFailed: true });
  const later = await syncOf(ana);
  expect(await deliver(4)).toEqual({ rev: 2, isFailed: true });
  await told(socket, 4);
  await hibernate(ana);
  await setFault(false);
  expect(await deliver(5)).toEqual({ rev: 5 });
  expect((await told(socket, 5)).unread).toBe(5);
  await told(later, 5);
  const seqs = (of: TestSocket) => of.frames.map(seqOf).filter((seq) => seq > 2);
  expect(seqs(socket)).toEqual([3, 4, 5]);
  // It came when the row was again without the third message.
  expect(seqs(later)).toEqual([3, 4, 5]);
  const versions = versionsOf(socket.frames);
  expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  // Nothing is kept once the conversation has gone on.
  await deliver(6);
  const kept = await runInDurableObject(env.USERS.getByName(ana.id), (_, state) =>
    state.getWebSockets().map((each) => (each.deserializeAttachment() as { shown?: unknown }).shown),
  );
  expect(kept).toEqual([undefined, undefined]);
});

test("[I31] a socket that would have to remember too many conversations begins anew", async () => {
  const { ana, socket } = await waiting("ana");
  const ids = Array.from({ length: limits.shownConversationsMax + 1 }, () => newConversation());
  for (const id of ids) await ana.calls.deliver(delivery(id, 1));
  await runInDurableObject(env.USERS.getByName(ana.id), (_, { storage }) => {
    storage.sql.exec("CREATE TRIGGER fault BEFORE UPDATE ON inbox BEGIN SELECT RAISE(ABORT, 'on purpose'); END");
  });
  for (const id of ids) {
    expect(socket.closed).toBeUndefined();
    expect(await ana.calls.deliver(delivery(id, 2))).toEqual({ rev: 1, isFailed: true });
  }
  expect(await socket.closes()).toBe(1013);
});
