/** Reports of members' objects about their users (profile, blocks) that reach a conversation late or out of order. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import type { MemberChange } from "../../../../objects/contract/person.ts";
import { signUp, valueOf } from "../../../rig/objects/accounts.ts";
import { member, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import { foundGroup, send, somebody } from "../../../rig/objects/people.ts";
import { socketOf } from "../../../rig/objects/socket.ts";

test("[T3] a report of a block that comes late undoes nothing newer, though the newer one changed nothing", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const stub = () => conversationStub(env, id);
  await send(id, bo, "hello");
  await stub().submit(bo.actor, [{ do: "receipt", delivered: null, read: 1 }]);
  const start = Date.now() + 1_000;
  const word = (changedAt: number, isOn: boolean): MemberChange => ({
    userId: ana.userId,
    changedAt,
    blocks: [[bo.userId, isOn]],
  });
  /** Across a block nothing of the other's reading is shown. */
  const isBlocked = async () => {
    await evictDurableObject(env.CONVERSATIONS.getByName(id));
    const view = await stub().view(ana.userId);
    if (!view.ok) throw new Error(view.refusal.detail);
    return view.value.members?.find(({ user }) => user.id === bo.userId)?.read === 0;
  };
  // Unblocked, which the conversation never knew otherwise; then the word of the block before that, of either kind.
  expect(await stub().memberChanged(word(start + 2, false))).toEqual({ isOlder: false });
  expect(await stub().memberChanged(word(start + 1, true))).toEqual({ isOlder: true });
  await stub().personChanged({ ...ana.person, blocks: [bo.userId], changedAt: start + 1 });
  expect(await isBlocked()).toBe(false);
  // Blocked, unblocked, blocked: the one in the middle comes last.
  await stub().memberChanged(word(start + 3, true));
  expect(await stub().memberChanged(word(start + 5, true))).toEqual({ isOlder: false });
  expect(await stub().memberChanged(word(start + 4, false))).toEqual({ isOlder: true });
  expect(await isBlocked()).toBe(true);
});

test("[A9] [M14] the inbox of a member who is busy in the group on screen learns at once who came in, and reports that its user blocks them", async () => {
  const [ana, bo] = [await member("ana"), await member("bo")];
  const eve = await signUp("eve");
  const id = await foundGroup(bo, [ana]);
  const stub = conversationStub(env, id);
  valueOf(await ana.calls.putBlock(eve.user));
  await syncOf(ana);
  const live = await socketOf(stub, "/live", ana.actor);
  // Of what they have on screen their inbox is told once a second: from here on a second has to pass.
  for (let n = 1; n <= 3; n++) await send(id, bo, `word ${n}`);
  await live.next((frame) => JSON.stringify(frame).includes("word 3"));
  await stub.submit(ana.actor, [{ do: "receipt", delivered: 3, read: 3 }]);
  // The clock is put back, so that the second takes half a minute: no slow machine waits so long by itself.
  windClock(-30_000);
  const relation = valueOf(await eve.calls.relation(eve.id));
  await stub.putMember(bo.userId, eve.id, null, relation.person);
  await expect
    .poll(
      async () => {
        const view = await stub.view(eve.id);
        return view.ok ? view.value.members?.find(({ user }) => user.id === ana.id)?.delivered : undefined;
      },
      { interval: 10, timeout: 10_000 },
    )
    .toBe(0);
});
