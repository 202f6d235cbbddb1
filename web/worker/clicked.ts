/** Owns what a click on a notification, or on one of its actions, leads to. */
import { handlesIn, ParleyError, pathOfPage } from "parley-sdk";
import type { BackgroundAccount } from "parley-sdk/background";
import { showBadge, unreadIn } from "../pushes/app-badge.ts";
import { type Place, readPlace } from "../pushes/payload.ts";
import type { Words } from "../pushes/push-store.ts";
import { sendLater } from "../pushes/send-later.ts";
import { show, shownBy } from "../pushes/shown.ts";
import { accountsOf, type WorkerParts } from "./parts.ts";
import { openPlace } from "./windows.ts";

/** The browser ends a worker that takes too long. What is not sent by then is sent later. */
const sentMsMax = 10_000;
/** Rows of the inbox that are asked for to count what is unread. */
const rowsMax = 100;

export async function clicked(parts: WorkerParts, event: NotificationEvent): Promise<void> {
  const { notification, action } = event;
  const place = readPlace(notification.data);
  notification.close();
  if (place === undefined) return;
  const account = (await accountsOf(parts))?.find(({ userId }) => userId === place.userId);
  const text = "reply" in event && typeof event.reply === "string" ? event.reply : "";
  if (account !== undefined && action === "read") return await markRead(parts, account, place);
  if (account !== undefined && action === "reply" && text.trim() !== "") {
    return await answer(parts, account, { ...place, tag: notification.tag, text });
  }
  const { userId, conversationId } = place;
  // First of all: browsers let a click open a window only for a moment.
  await openPlace(parts.self.clients, place, `/#${pathOfPage({ at: "conversation", userId, conversationId })}`);
  await closeUpTo(parts, { ...place, seq: Infinity });
}

async function markRead(parts: WorkerParts, account: BackgroundAccount, place: Place): Promise<void> {
  const outcome = inTime(account.markRead(place.conversationId, place.seq));
  await closeUpTo(parts, place);
  // An error that is not final leaves the watermark in storage.
  if ((await outcome) !== "done") return await sendLater(parts.self.registration);
  await countAnew(parts, account).catch(() => undefined);
}

/** The account's badge after something was read. In a longer inbox it is left as it is until the next push. */
async function countAnew(parts: WorkerParts, account: BackgroundAccount): Promise<void> {
  const { items, cursor } = await account.conversations({ limit: rowsMax });
  if (cursor !== null) return;
  await parts.store.keepBadge(account.userId, unreadIn(items));
  const userIds = (await accountsOf(parts))?.map(({ userId }) => userId) ?? [account.userId];
  await showBadge(parts.self.navigator, await parts.store.badges(userIds));
}

interface Answer extends Place {
  readonly tag: string;
  readonly text: string;
}

async function answer(parts: WorkerParts, account: BackgroundAccount, answered: Answer): Promise<void> {
  const { conversationId, tag, text } = answered;
  const clientId = await clientIdOf(account.deviceId, tag, text);
  const outcome = inTime(account.send(conversationId, text, { clientId, mentionHandles: [...handlesIn(text)] }));
  await closeUpTo(parts, answered);
  if ((await outcome) === "refused") await sayRefused(parts, answered);
  else if ((await outcome) === "open") await sendLater(parts.self.registration);
}

/** The same answer to the same notification has the same id, however often it is sent. Another device's, or another text, is another message. */
async function clientIdOf(...parts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(parts.join("\n"));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `n${Array.from(hash.subarray(0, 20), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** The text is not lost: the conversation shows it as not sent. */
async function sayRefused(
  { self, store }: WorkerParts,
  { userId, conversationId, seq, tag, text }: Answer,
): Promise<void> {
  const { notSent } = await store.words().catch((): Words => ({}));
  const data = { userId, conversationId, seq };
  await show(self.registration, notSent ?? text, {
    body: text,
    tag: `${tag}/unsent`,
    icon: "/icon-192.png",
    data,
  });
}

/** `refused`: the server has refused it for good. `open`: not known yet. */
async function inTime(sending: Promise<unknown>): Promise<"done" | "refused" | "open"> {
  const late = new Promise<"open">((resolve) => {
    setTimeout(() => resolve("open"), sentMsMax);
  });
  const told = sending.then(
    () => "done" as const,
    (error: unknown) =>
      error instanceof ParleyError && error.retry === "never" ? ("refused" as const) : ("open" as const),
  );
  return await Promise.race([told, late]);
}

/** Closes the notifications of a conversation up to a message, that of a summary too. */
async function closeUpTo({ self }: WorkerParts, { userId, conversationId, seq }: Place): Promise<void> {
  for (const notification of await shownBy(self.registration)) {
    const place = readPlace(notification.data);
    if (place?.userId === userId && place.conversationId === conversationId && place.seq <= seq) notification.close();
  }
}
