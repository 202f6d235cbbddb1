/** What the reader's own live sockets, and the writer, do to a push that waits: the inbox learns of it at once. */
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { timeouts } from "../../../../schema/limits.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { wind } from "../../../rig/objects/accounts.ts";
import { type Member, member } from "../../../rig/objects/inbox/inboxes.ts";
import { catchHints, subscriber } from "../../../rig/objects/inbox/pushes.ts";
import { foundDm, send, submit } from "../../../rig/objects/people.ts";
import { socketOf, type TestSocket } from "../../../rig/objects/socket.ts";

async function dueWhen(who: Member, count: number): Promise<void> {
  await expect
    .poll(async () => (await who.calls.pushesDue())?.due.length ?? 0, { interval: 20, timeout: 5_000 })
    .toBe(count);
}

async function readerAndWriter(): Promise<{ id: ConversationId; ana: Member; bo: Member; live: TestSocket }> {
  catchHints();
  const [ana, bo] = [await subscriber("ana"), await member("bo")];
  const id = await foundDm(bo, ana);
  const live = await socketOf(conversationStub(env, id), "/live", ana.actor);
  await live.next(({ type }) => type === "hello");
  // From now on the next call to an inbox goes at once, and whoever has a live socket waits for ever for what is not urgent.
  const { livePaceMs } = timeouts;
  wind(livePaceMs);
  Object.assign(timeouts, { livePaceMs: 3_600_000 });
  onTestFinished(() => void Object.assign(timeouts, { livePaceMs }));
  return { id, ana, bo, live };
}

test.each(["stays open", "closes at once"])(
  "[N4] what is read on a live socket that %s is not pushed",
  async (then) => {
    const { id, ana, bo, live } = await readerAndWriter();
    const { seq } = await send(id, bo, "hello");
    await dueWhen(ana, 1);
    live.say({ type: "receipt", read: seq });
    if (then === "closes at once") live.close();
    await dueWhen(ana, 0);
  },
);

test("[N4] what is unsent while its reader has the conversation open is not pushed", async () => {
  const { id, ana, bo } = await readerAndWriter();
  const { seq } = await send(id, bo, "hello");
  await dueWhen(ana, 1);
  await submit(id, bo, { do: "unsend", seq });
  await dueWhen(ana, 0);
});
