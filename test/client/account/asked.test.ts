/** Calls of the SDK that a program makes by name, and calls that it aborts. */
import { afterEach, expect, test } from "vitest";
import { conversationOnScreen, modelWith } from "../../rig/client/conversation/conversation-on-screen.ts";
import { linkedAccount } from "../../rig/client/linked-account.ts";
import { settled } from "../../rig/wound-clock.ts";

const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

test("whenOnline resolves once everything is here, at once where it is, and rejects where it will not be", async () => {
  const rig = await linkedAccount();
  const seen: string[] = [];
  const online = rig.account.whenOnline().then(() => seen.push("online"));
  await settled();
  expect(seen).toEqual([]);
  await rig.hello();
  await online;
  await rig.account.whenOnline();
  rig.network.last.end(4408);
  await settled();
  const waiting = rig.account.whenOnline();
  rig.parley.close();
  await expect(waiting).rejects.toMatchObject({ code: "unavailable" });
  await expect(rig.account.whenOnline()).rejects.toMatchObject({ code: "unavailable" });
});

test("an aborted wait rejects with the signal's reason, before and while it waits", async () => {
  const rig = await linkedAccount();
  const reason = new Error("enough");
  await expect(rig.account.whenOnline({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const abort = new AbortController();
  const waiting = rig.account.whenOnline({ signal: abort.signal });
  const listing = rig.account.contacts({ signal: abort.signal });
  const asked = rig.account.getUser("bo", { signal: abort.signal });
  abort.abort(reason);
  for (const each of [waiting, listing, asked]) await expect(each).rejects.toBe(reason);
});

test("an aborted send is discarded", async () => {
  const rig = await conversationOnScreen();
  ends.push(() => rig.parley.close());
  const abort = new AbortController();
  const sending = rig.conversation.send("too late", { signal: abort.signal });
  expect(rig.account.unsent.getSnapshot()).toBe(1);
  abort.abort();
  await expect(sending).rejects.toMatchObject({ name: "AbortError" });
  expect(rig.account.unsent.getSnapshot()).toBe(0);
  await expect(rig.conversation.send("never", { signal: abort.signal })).rejects.toMatchObject({ name: "AbortError" });
  expect(rig.account.unsent.getSnapshot()).toBe(0);
});

test("[C34] acts and rows whose changes the server has not answered are counted", async () => {
  const rig = await conversationOnScreen({ model: modelWith(3) });
  ends.push(() => rig.parley.close());
  await rig.online();
  rig.state.isDown = true;
  const count = () => rig.account.unanswered.getSnapshot();
  const told: number[] = [];
  rig.account.unanswered.subscribe(() => told.push(count()));
  expect(count()).toBe(0);
  rig.conversation.star(1).catch(() => undefined);
  rig.conversation.react(1, "👍", true).catch(() => undefined);
  // Of the same thing the last one counts.
  rig.conversation.unstar(1).catch(() => undefined);
  rig.account.inbox.mute(rig.conversation.id).catch(() => undefined);
  rig.account.inbox.setDraft(rig.conversation.id, "d").catch(() => undefined);
  expect(count()).toBe(3);
  expect(rig.account.unsent.getSnapshot()).toBe(0);
  await rig.clock.wind(5_000);
  expect(count()).toBe(3);
  const before = rig.server.answer;
  rig.server.answer = (asked) =>
    asked.method === "PATCH" && !rig.state.isDown ? { status: 200, body: rig.summary() } : before(asked);
  rig.state.isDown = false;
  await rig.clock.wind(60_000);
  expect(count()).toBe(0);
  expect(told).toContain(3);
});

test("pin, mute, archive, markUnread and setDraft are what patch does with one thing", async () => {
  const rig = await conversationOnScreen();
  ends.push(() => rig.parley.close());
  await rig.online();
  const { inbox } = rig.account;
  const { id } = rig.conversation;
  for (const change of [
    inbox.pin(id),
    inbox.mute(id),
    inbox.archive(id),
    inbox.markUnread(id),
    inbox.setDraft(id, "d"),
  ])
    change.catch(() => undefined);
  expect(inbox.row(id)).toMatchObject({ pinned: true, archived: true, markedUnread: true, draft: "d" });
  expect(inbox.row(id)?.mutedUntil).toBeGreaterThan(rig.clock.now());
  for (const change of [inbox.pin(id, false), inbox.mute(id, null), inbox.archive(id, false)])
    change.catch(() => undefined);
  expect(inbox.row(id)).toMatchObject({ pinned: false, archived: false, mutedUntil: null });
});
