/** Owns what the page does for notifications as long as it is open. */
import { useEffect, useMemo } from "react";
import type { Account } from "parley-sdk";
import { useIsVisible } from "../browser/observe.ts";
import { navigate, parseRoute } from "../navigation/route.ts";
import { showBadge, unreadOf } from "../pushes/app-badge.ts";
import type { Place } from "../pushes/payload.ts";
import { closeRead } from "../pushes/read-elsewhere.ts";
import { shownBy } from "../pushes/shown.ts";
import { pushStore, thisDevice } from "./this-device.ts";
import { notificationWords } from "./words.ts";
import { answerWorker } from "../pushes/worker-line.ts";

/** Changes of the inbox that come within this time are looked at together. */
const gatherMs = 1_000;
/** A page that becomes visible looks whether the server's key has changed, if it has not for so long. */
const lookMsMin = 3_600_000;

let lookedAt = 0;

/** To be called once, before the app is shown. */
export function startNotifications(): void {
  if ("serviceWorker" in navigator) answerWorker(navigator.serviceWorker, { shows, open });
  void navigator.permissions
    ?.query({ name: "notifications" })
    .then((status) => status.addEventListener("change", () => void thisDevice.look()))
    .catch(() => undefined);
}

/** `unread`: of all accounts. */
export function useNotifications(accounts: readonly Account[], isReady: boolean, unread: number): void {
  const isVisible = useIsVisible();
  useEffect(() => {
    if (!isReady) return;
    lookedAt = Date.now();
    if (accounts.length > 0) void pushStore.keepWords(notificationWords()).catch(() => undefined);
    void thisDevice.look();
  }, [accounts, isReady]);
  useEffect(() => {
    if (!isReady || !isVisible || Date.now() - lookedAt < lookMsMin) return;
    lookedAt = Date.now();
    void thisDevice.look();
  }, [isReady, isVisible]);
  useEffect(() => {
    if (isReady) void showBadge(navigator, unread);
  }, [isReady, unread]);
  // The service worker adds up the numbers of all accounts while nobody looks.
  useEffect(() => {
    if (isReady && !isVisible)
      for (const { userId, inbox } of accounts)
        pushStore.keepBadge(userId, unreadOf(inbox.getSnapshot())).catch(() => undefined);
  }, [accounts, isReady, isVisible, unread]);
  const reading = useMemo(() => readingOf(accounts), [accounts]);
  useEffect(() => reading(), [reading]);
}

/** Closes notifications whose messages are read, on whichever device, as soon as the inbox says so. */
function readingOf(accounts: readonly Account[]): () => () => void {
  return () => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      timer = undefined;
      const registration = await navigator.serviceWorker?.getRegistration();
      if (registration === undefined) return;
      const rowOf = ({ userId, conversationId }: Place) =>
        accounts.find((account) => account.userId === userId)?.inbox.row(conversationId);
      closeRead(await shownBy(registration), rowOf);
    };
    const lookSoon = () => {
      timer ??= setTimeout(() => look().catch(() => undefined), gatherMs);
    };
    const ends = accounts.map(({ inbox }) => inbox.subscribe(lookSoon));
    lookSoon();
    return () => {
      clearTimeout(timer);
      for (const end of ends) end();
    };
  };
}

function shows({ userId, conversationId }: Place): boolean {
  const route = parseRoute(location.hash);
  const isThere = route.at === "conversation" && route.conversationId === conversationId && route.userId === userId;
  return isThere && document.visibilityState === "visible";
}

function open({ userId, conversationId }: Place): void {
  navigate({ at: "conversation", userId, conversationId });
}
