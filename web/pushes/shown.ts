/**
 * Owns showing notifications and reading which are shown, by pages and the service worker, never both at a time. Chromium keeps a notification in a list
 * before the system shows it, and a reading takes out of the list what the system does not show: a click on it would lead nowhere.
 */

/** Several may show at a time. Only a reading is alone. */
export const shownLock = "parley-shown-notifications";
/** The system may show a notification only after `showNotification` has resolved. */
const systemMs = 1_000;
/** Nothing is shown later than this because of a reading: the page that reads may be suspended. */
const readingMsMax = 1_000;
const retryMs = 200;
const triesMax = 50;

export async function show(
  registration: ServiceWorkerRegistration,
  title: string,
  options: NotificationOptions,
): Promise<void> {
  const end = await showing();
  try {
    await registration.showNotification(title, options);
  } finally {
    setTimeout(end, systemMs);
  }
}

/** The notifications that are shown. Waits while one is being shown. */
export async function shownBy(registration: ServiceWorkerRegistration): Promise<readonly Notification[]> {
  for (let tries = 0; tries < triesMax; tries++) {
    // It does not wait in the queue of the lock, where what is to be shown would wait behind it.
    const read = await navigator.locks.request(shownLock, { ifAvailable: true }, async (lock) =>
      lock === null ? undefined : await registration.getNotifications(),
    );
    if (read !== undefined) return read;
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
  return await registration.getNotifications();
}

/** Keeps readings away; answers the function that lets them in again. */
async function showing(): Promise<() => void> {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  await new Promise<void>((go) => {
    setTimeout(go, readingMsMax);
    navigator.locks
      .request(shownLock, { mode: "shared" }, async () => {
        go();
        await ended;
      })
      .catch(() => go());
  });
  return end;
}
