/** What the inbox shows of people who come and go, with real conversations behind it, while their own object is out of order. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub, userStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { foundGroup, send, somebody, submit, settleFanOut } from "../../../rig/objects/people.ts";

async function rowOf(userId: UserId, id: ConversationId): Promise<Summary | undefined> {
  const listed = await userStub(env, userId).summaries(undefined, 50);
  return listed.ok ? listed.value.conversations.find((summary) => summary.conversationId === id) : undefined;
}

/** The user's inbox cannot be written until this is undone. */
async function breakInbox(userId: UserId): Promise<() => Promise<void>> {
  const exec = (sql: string) =>
    runInDurableObject(env.USERS.getByName(userId), (_object, { storage }) => void storage.sql.exec(sql));
  await exec("CREATE TRIGGER broken BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'broken'); END");
  await exec("CREATE TRIGGER stuck BEFORE UPDATE ON inbox BEGIN SELECT RAISE(ABORT, 'stuck'); END");
  return () => exec("DROP TRIGGER broken; DROP TRIGGER stuck");
}

for (const isEvicted of [false, true]) {
  test(
    `[I16] who is removed and added again while their inbox is away has the row of the new membership${isEvicted ? ", across eviction" : ""}`,
    { timeout: 120_000 },
    async () => {
      const [ana, bo] = [somebody("ana"), somebody("bo")];
      const id = await foundGroup(ana, [bo], { history: "joined" });
      const stub = () => conversationStub(env, id);
      await send(id, ana, "before");
      await settleFanOut(id);
      expect(await rowOf(bo.userId, id)).toMatchObject({ head: { seq: 1 } });
      const heal = await breakInbox(bo.userId);
      await stub().removeMember(ana.userId, bo.userId);
      await send(id, ana, "while away");
      if (isEvicted) await evictDurableObject(env.CONVERSATIONS.getByName(id));
      await stub().putMember(ana.userId, bo.userId, null, bo.person);
      await send(id, ana, "welcome back");
      await heal();
      await settleFanOut(id);
      expect(await rowOf(bo.userId, id)).toMatchObject({
        left: false,
        unread: 1,
        read: 2,
        head: { seq: 3, rev: 6 },
        lastMessage: { preview: "welcome back" },
      });

      // Added and removed unseen: the row ends as left, and the conversation has nothing more to do.
      await stub().removeMember(ana.userId, bo.userId);
      const healAgain = await breakInbox(bo.userId);
      await stub().putMember(ana.userId, bo.userId, null, bo.person);
      await stub().removeMember(ana.userId, bo.userId);
      if (isEvicted) await evictDurableObject(env.CONVERSATIONS.getByName(id));
      await healAgain();
      await settleFanOut(id);
      expect(await rowOf(bo.userId, id)).toMatchObject({ left: true, unread: 0, head: { rev: 9 } });
    },
  );
}

test("[I17] the row of a removed member has nothing of what came after, and no text, however late their inbox learns of it", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const stub = conversationStub(env, id);
  await send(id, ana, "regretted words");
  await settleFanOut(id);
  expect(await rowOf(bo.userId, id)).toMatchObject({ lastMessage: { preview: "regretted words" } });
  const heal = await breakInbox(bo.userId);
  await stub.removeMember(ana.userId, bo.userId);
  const removedAt = (await rowOf(ana.userId, id))?.head.at;
  windClock(5_000);
  await submit(id, ana, { do: "unsend", seq: 1 });
  await stub.patch(ana.userId, { title: "A title of later" });
  await send(id, ana, "words of later");
  await heal();
  await settleFanOut(id);
  const row = await rowOf(bo.userId, id);
  expect(row).toMatchObject({ left: true, title: "Group", head: { seq: 1, rev: 3, at: removedAt } });
  expect(row?.lastMessage).toMatchObject({ seq: 1, preview: "" });
  const stored = await runInDurableObject(env.USERS.getByName(bo.userId), (_object, { storage }) =>
    JSON.stringify(storage.sql.exec("SELECT * FROM inbox").toArray()),
  );
  for (const text of ["regretted", "later"]) expect(stored).not.toContain(text);
});

test("[I18] a member who joins late is shown the last message that they may see, not an older one that somebody touches", async () => {
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const shown = await foundGroup(ana, []);
  const hidden = await foundGroup(ana, [], { history: "joined" });
  for (const id of [shown, hidden]) {
    await send(id, ana, "ancient");
    await send(id, ana, "newest");
    for (const one of [bo, cy]) await conversationStub(env, id).putMember(ana.userId, one.userId, null, one.person);
    await submit(id, ana, { do: "react", seq: 1, emoji: "👍", isOn: true });
    await settleFanOut(id);
  }
  expect((await rowOf(bo.userId, shown))?.lastMessage).toMatchObject({ seq: 2, preview: "newest" });
  expect((await rowOf(bo.userId, hidden))?.lastMessage).toBeNull();
  await submit(shown, ana, { do: "unsend", seq: 2 });
  await settleFanOut(shown);
  expect((await rowOf(bo.userId, shown))?.lastMessage).toMatchObject({ seq: 2, preview: "", unsent: true });
});
