/** Owns the page's one `DeviceNotifications`, and what it takes from the browser. */
import { parley, storage } from "../accounts/parley.ts";
import { DeviceNotifications, type DeviceParts } from "./device.ts";
import { PushStore } from "../pushes/push-store.ts";

/** A browser that installs no worker, as in a private window, does not say so. */
const workerMsMax = 10_000;
const lockName = "parley notifications";

export const pushStore = new PushStore(storage);

export const thisDevice = new DeviceNotifications({
  store: pushStore,
  now: Date.now,
  accounts: parley.accounts,
  registration: workerRegistration,
  permission,
  ask: async () => await Notification.requestPermission(),
  exclusively: async (task) => await (navigator.locks?.request(lockName, task) ?? task()),
});

/** The registration of the worker that shows notifications. */
async function workerRegistration(): Promise<ServiceWorkerRegistration | undefined> {
  if (!("serviceWorker" in navigator)) return undefined;
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), workerMsMax);
  });
  return await Promise.race([navigator.serviceWorker.ready, late]);
}

function permission(): ReturnType<DeviceParts["permission"]> {
  if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)
    return Notification.permission;
  const isTouchOfApple = /iPhone|iPad/.test(navigator.userAgent);
  return isTouchOfApple && !matchMedia("(display-mode: standalone)").matches ? "needs-home-screen" : "unsupported";
}
