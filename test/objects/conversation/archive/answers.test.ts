/** What inboxes learn of an answer to an archived message: who wrote that message, so that the answer counts as a mention there. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { valueOf } from "../../../rig/objects/accounts.ts";
import { archiveOf, lowerMarks, seal } from "../../../rig/objects/archived.ts";
import { member } from "../../../rig/objects/inbox/inboxes.ts";
import { catchHints, pushAll, subscribe } from "../../../rig/objects/inbox/pushes.ts";
import { foundGroup, send, sendCommand, settleFanOut } from "../../../rig/objects/people.ts";

test("[N2] an answer to an archived message of the user is pushed where only mentions are, also after an eviction", async () => {
  lowerMarks();
  catchHints();
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const [ana, bo] = [await member("ana"), await member("bo")];
  await subscribe(ana);
  const id = await foundGroup(bo, [ana]);
  const own = await send(id, ana, "by ana");
  for (let from = 0; from < 300; from += 100)
    await conversationStub(env, id).submit(
      bo.actor,
      Array.from({ length: 100 }, (_, n) => sendCommand(`text ${from + n}`, `k${from + n}`)),
    );
  await settleFanOut(id);
  await seal(id);
  expect((await archiveOf(id)).through).toBeGreaterThan(own.seq);
  await pushAll(ana);
  valueOf(await ana.calls.patchSummary(id, { notify: "mentions" }));
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
  const answer = await send(id, bo, "to ana", undefined, { replyTo: own.seq });
  await send(id, bo, "to bo", undefined, { replyTo: own.seq + 1 });
  await settleFanOut(id);
  expect(await pushAll(ana)).toMatchObject([{ seq: answer.seq, isMention: true }]);
});

test("[N2] where the archived message cannot be read the answer is sent all the same", async () => {
  lowerMarks();
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const [ana, bo] = [await member("ana"), await member("bo")];
  const id = await foundGroup(bo, [ana]);
  const own = await send(id, ana, "by ana");
  for (let from = 0; from < 300; from += 100)
    await conversationStub(env, id).submit(
      bo.actor,
      Array.from({ length: 100 }, (_, n) => sendCommand(`text ${from + n}`, `k${from + n}`)),
    );
  await settleFanOut(id);
  await seal(id);
  const { objects } = await env.ARCHIVE.list({ prefix: `archive/${id}/` });
  await env.ARCHIVE.delete(objects.map(({ key }) => key));
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
  const answers = await Promise.all([
    send(id, bo, "to ana", undefined, { replyTo: own.seq }),
    send(id, bo, "again", undefined, { replyTo: own.seq }),
  ]);
  expect(answers.map(({ seq }) => seq)).toEqual([302, 303]);
});
