/** Owns waiting until a page has stored what it needs without network. */
import type { WebPerson } from "./web-person.ts";

/** Resolves once the service worker has this page, so that it opens without network. */
export async function hasShell(person: WebPerson): Promise<void> {
  await person.page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller !== null) return;
    await new Promise((resolve) =>
      navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }),
    );
  });
}

/** Whether a text is in the page's database, from where it can be shown without network. */
export async function hasStored({ page }: WebPerson, text: string): Promise<boolean> {
  return await page.evaluate(async (wanted) => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.addEventListener("success", () => resolve(request.result));
        request.addEventListener("error", () => reject(request.error ?? new Error("no store")));
      });
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name ?? ""));
      const stores = [...database.objectStoreNames];
      const all = await Promise.all(
        stores.map((store) => done(database.transaction(store).objectStore(store).getAll())),
      );
      database.close();
      if (JSON.stringify(all).includes(wanted)) return true;
    }
    return false;
  }, text);
}
