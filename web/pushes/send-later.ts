/** Owns asking the browser to wake the service worker when there is a network again, so that what waits is sent without a page. Only some browsers can; elsewhere the next page sends it. */

export const unsentTag = "parley-unsent";

interface Syncing {
  readonly sync?: { register(tag: string): Promise<void> };
}

/** Works in pages and in service workers. Asking again changes nothing. */
export async function sendLater(registration: ServiceWorkerRegistration & Syncing): Promise<void> {
  await registration.sync?.register(unsentTag).catch(() => undefined);
}
