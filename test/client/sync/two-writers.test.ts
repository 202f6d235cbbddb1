import { expect, it } from "vitest";
import { conversationSync as rig } from "../../rig/client/conversation/conversation-sync-rig.ts";
import { modelWith } from "../../rig/client/conversation/conversation-on-screen.ts";

it("[C13] two tabs that both write, as without a lock manager, leave no stretch in storage that an earlier state stands in", async () => {
  const model = modelWith(60);
  const one = rig({ model });
  await one.sync.bringUpToDate();
  await one.sync.flush();
  const two = rig({ model, storage: one.storage });
  await two.sync.load();
  const catchUp = async ({ sync }: typeof one) => {
    sync.noteHead(model.head);
    await sync.catchUp();
    await sync.flush();
  };
  model.send(0);
  await catchUp(two);
  await one.sync.history.before();
  await one.sync.flush();
  // Fetched by the second and not stored yet, when it is changed and the first stores that.
  await two.sync.history.before();
  model.edit(5);
  await catchUp(one);
  await two.sync.flush();
  model.send(0);
  await catchUp(one);

  const third = rig({ model, storage: one.storage });
  third.state.isDown = true;
  await third.sync.load();
  await third.sync.history.before().catch(() => undefined);
  const held = [...third.sync.timeline.messages.values()];
  expect(third.sync.timeline.facts.rev).toBe(model.rev);
  expect(held.length).toBeGreaterThan(0);
  for (const message of held) expect(message).toEqual(model.messages.get(message.seq));
});
