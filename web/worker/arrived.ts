/** Owns what a push leads to: one notification for each message on this device, and the number on the app's icon. */
import { unmarked } from "parley-sdk";
import { type PushPayload, readPayload, tagOf } from "../pushes/payload.ts";
import { closeRead } from "../pushes/read-elsewhere.ts";
import { showBadge } from "../pushes/app-badge.ts";
import type { Words } from "../pushes/push-store.ts";
import { show, shownBy } from "../pushes/shown.ts";
import { accountsOf, type WorkerParts } from "./parts.ts";
import { isShown } from "./windows.ts";

/** Whether conversations with notifications were read elsewhere is asked at most this often for each account. */
const lookedMsMin = 30_000;
/** A conversation with notifications is among those with the newest messages. */
const rowsMax = 100;

/** Pushes are taken one after the other, so that each knows what the one before it has shown. */
let tail: Promise<unknown> = Promise.resolve();

export async function arrived(parts: WorkerParts, text: string): Promise<void> {
  const push = readPayload(text);
  if (push === undefined) return;
  const taken = tail.then(() => take(parts, push));
  tail = taken.catch(() => undefined);
  await taken;
  // The next push does not wait for what the server answers here.
  await closeReadElsewhere(parts, push).catch(() => undefined);
}

async function take(parts: WorkerParts, push: PushPayload): Promise<void> {
  const { self, store } = parts;
  const accounts = await accountsOf(parts);
  const isSignedIn = accounts?.some(({ userId }) => userId === push.userId);
  // An account that was signed out here may have pushes that were under way.
  if (accounts !== undefined && !isSignedIn) return await left(parts, push, accounts);
  // It was turned off here while the server could not be reached.
  if ((await store.choices().catch(() => undefined))?.get(push.userId)?.choice === "off") return;
  await store.keepBadge(push.userId, push.badge).catch(() => undefined);
  const userIds = accounts?.map(({ userId }) => userId) ?? [push.userId];
  await showBadge(self.navigator, await store.badges(userIds).catch(() => push.badge));
  // Where storage fails, the tag alone keeps a repeated push from showing twice.
  if (await store.wasShown(push).catch(() => false)) return;
  if (!(await isShown(self.clients, push))) await notify(parts, push);
  await store.noteShown(push).catch(() => undefined);
}

/** Ends what is left of an account on this device. */
async function left(
  { self, store }: WorkerParts,
  { userId }: PushPayload,
  accounts: readonly unknown[],
): Promise<void> {
  for (const notification of await shownBy(self.registration))
    if (notification.data?.userId === userId) notification.close();
  await store.forget(userId).catch(() => undefined);
  if (accounts.length === 0) await (await self.registration.pushManager.getSubscription())?.unsubscribe();
}

async function notify({ self, store }: WorkerParts, push: PushPayload): Promise<void> {
  const words = await store.words().catch((): Words => ({}));
  const { userId, conversationId, seq, kind, title, body, at } = push;
  const options: NotificationOptions & NotificationMore = {
    body: body === "" ? (words[kind === "summary" ? "newMessages" : "newMessage"] ?? "") : unmarked(body),
    tag: tagOf(push),
    // A newer summary is shown like a message.
    renotify: kind === "summary",
    timestamp: at,
    icon: "/icon-192.png",
    data: { userId, conversationId, seq },
    actions: actionsOf(words),
  };
  await show(self.registration, title, options);
}

/** What browsers know of notifications beyond the library of types. */
interface NotificationMore {
  readonly renotify: boolean;
  readonly timestamp: number;
  readonly actions: readonly { action: string; title: string; type?: "text"; placeholder?: string }[];
}

/** Only some browsers show actions. A worker that has not got its texts from a page yet shows none. */
function actionsOf({ reply, replyHint, markRead }: Words): NotificationMore["actions"] {
  if (reply === undefined || markRead === undefined) return [];
  const answer = { action: "reply", title: reply, type: "text" as const };
  return [
    { ...answer, ...(replyHint === undefined ? {} : { placeholder: replyHint }) },
    { action: "read", title: markRead },
  ];
}

/** Closes notifications of this account whose messages were read on another device. */
async function closeReadElsewhere(parts: WorkerParts, push: PushPayload): Promise<void> {
  const { self, store, now } = parts;
  const account = (await accountsOf(parts))?.find(({ userId }) => userId === push.userId);
  if (account === undefined) return;
  const others = (await shownBy(self.registration)).filter(
    ({ data, tag }) => data?.userId === push.userId && tag !== tagOf(push),
  );
  if (others.length === 0 || !(await store.mayLook(push.userId, now(), lookedMsMin))) return;
  const { items } = await account.conversations({ limit: rowsMax });
  closeRead(others, ({ conversationId }) => items.find((row) => row.conversationId === conversationId));
}
