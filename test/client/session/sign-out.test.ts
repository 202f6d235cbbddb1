import { expect, test } from "vitest";
import { AccountStorage } from "../../../client/storage/account-storage.ts";
import { memoryStorage, type Storage } from "../../../client/index.ts";
import { keys } from "../../../client/storage/keys.ts";
import { conversationOnScreen, modelWith } from "../../rig/client/conversation/conversation-on-screen.ts";
import { settled } from "../../rig/wound-clock.ts";

const everything = { from: "", to: "\uFFFF" };
const keysIn = async (storage: Storage) => (await storage.list(everything)).map(([key]) => key);

test("[W18] after signing out nothing of the account is in storage, whatever was due to be written, but what is kept over sign-outs", async () => {
  const storage = memoryStorage();
  const { account, conversation, online, live, clock, socketTo, model } = await conversationOnScreen({
    model: modelWith(5),
    storage,
  });
  await online();
  conversation.open();
  await settled();
  await live();
  await clock.wind(1_000);
  expect((await keysIn(storage)).some((key) => key.includes("/m/"))).toBe(true);
  await storage.write({ puts: [[keys.known("ana"), { handle: "ana", deviceSecret: "s", at: 1 }]] });
  // Saves of the row, of the timeline and of a message are due.
  socketTo("/sync").say({ type: "message", message: model.send(1) });
  void conversation.send("never sent");
  void conversation.edit(1, "never saved");
  void account.inbox.patch(conversation.id, { draft: "a draft" });
  const out = account.signOut();
  await clock.wind(60_000);
  await out;
  expect(await keysIn(storage)).toEqual([keys.known("ana")]);
});

test("[W18] a write that is under way when the account is forgotten does not outlive it", async () => {
  const inner = memoryStorage();
  let release = () => {};
  const slow: Storage = {
    ...inner,
    write: async (write) => {
      if ((write.puts ?? []).length > 0) await new Promise<void>((resolve) => (release = resolve));
      await inner.write(write);
    },
  };
  const storage = new AccountStorage(slow);
  const writing = storage.write({ puts: [[keys.session("ana"), 1]] });
  const forgotten = storage.forget("ana", () => []);
  await storage.write({ puts: [[keys.sync("ana"), 1]] });
  const nothing = { key: keys.sync("ana"), stamp: undefined };
  expect(await storage.writeIf(nothing, { puts: [[keys.sync("ana"), 1]] })).toBe(false);
  release();
  await Promise.all([writing, forgotten]);
  expect(await keysIn(inner)).toEqual([]);
});
