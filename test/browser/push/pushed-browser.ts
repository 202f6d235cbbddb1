/** A browser that pushes come to: they are delivered to its service worker by the DevTools protocol, and its notifications are read and clicked there. */
import type { CDPSession, Page, Worker } from "playwright-core";
import type { WebPerson } from "../../rig/browser/web-person.ts";
import { shownLock } from "../../../web/pushes/shown.ts";

export interface Shown {
  readonly title: string;
  readonly body: string;
  readonly tag: string;
  readonly actions: readonly string[];
}

export interface Push {
  readonly userId: string;
  readonly conversationId: string;
  readonly seq: number;
  readonly title?: string;
  readonly body?: string;
  readonly type?: "message" | "summary";
  readonly count?: number;
  readonly badge?: number;
}

export class PushedBrowser {
  readonly #person: WebPerson;
  readonly #devtools: CDPSession;
  readonly #registrationId: string;
  readonly #origin: string;

  private constructor(person: WebPerson, devtools: CDPSession, registrationId: string, origin: string) {
    this.#person = person;
    this.#devtools = devtools;
    this.#registrationId = registrationId;
    this.#origin = origin;
  }

  /** `devtools`: a page that may stay when the app's pages are closed. */
  static async of(person: WebPerson, url: string): Promise<PushedBrowser> {
    const { context, page } = person;
    await context.grantPermissions(["notifications"], { origin: url });
    await page.evaluate(async () => await navigator.serviceWorker.ready);
    const blank = await context.newPage();
    const devtools = await context.newCDPSession(blank);
    const registrationId = new Promise<string>((resolve) => {
      devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const mine = registrations.find(({ scopeURL }) => scopeURL.startsWith(url));
        if (mine !== undefined) resolve(mine.registrationId);
      });
    });
    await devtools.send("ServiceWorker.enable");
    return new PushedBrowser(person, devtools, await registrationId, new URL(url).origin);
  }

  async deliver(push: Push): Promise<void> {
    const data = {
      ...{ type: "message", senderId: "somebody", title: "Bo", body: "a text", badge: 1, at: Date.now() },
      ...push,
    };
    await this.deliverText(JSON.stringify(data));
  }

  async deliverText(data: string): Promise<void> {
    await this.#devtools.send("ServiceWorker.deliverPushMessage", {
      origin: this.#origin,
      registrationId: this.#registrationId,
      data,
    });
  }

  async worker(): Promise<Worker> {
    return this.#person.context.serviceWorkers()[0] ?? (await this.#person.context.waitForEvent("serviceworker"));
  }

  async shown(page: Page = this.#person.page): Promise<readonly Shown[]> {
    return await shownIn(page);
  }

  async tags(page?: Page): Promise<readonly string[]> {
    return (await this.shown(page)).map(({ tag }) => tag).toSorted();
  }

  /** As the worker sees them, while no page of the app is open. */
  async tagsOfWorker(): Promise<readonly string[]> {
    const shown = await (await this.worker()).evaluate(readShown, shownLock);
    return shown.map(({ tag }) => tag).toSorted();
  }

  /** As the user does who wipes it away: the browser tells nobody. */
  async dismiss(tag: string): Promise<void> {
    await this.#person.page.evaluate(
      async ({ wanted, lock }) => {
        const registration = await navigator.serviceWorker.ready;
        await navigator.locks.request(lock, async () => {
          for (const each of await registration.getNotifications({ tag: wanted })) each.close();
        });
      },
      { wanted: tag, lock: shownLock },
    );
  }

  /** The protocol has no clicks on notifications, so the event is made in the worker. What a click alone may do is noted: windows that were opened. */
  async click(tag: string, action = "", reply?: string): Promise<readonly string[]> {
    const worker = await this.worker();
    return await worker.evaluate(
      async ({ wanted, chosen, text, lock }) => {
        const scope = globalThis as unknown as ServiceWorkerGlobal;
        const opened: string[] = [];
        scope.clients.openWindow = (url: string) => {
          opened.push(url);
          return Promise.resolve(null);
        };
        let notification: Notification | undefined;
        // A push that was delivered just now is not shown at once.
        for (let tries = 0; notification === undefined; tries++) {
          if (tries === 300) {
            const others = (await scope.registration.getNotifications()).map((each) => each.tag);
            throw new Error(`There is no notification ${wanted} among [${others.join()}]`);
          }
          // It is read as `readShown` does, and for the same reason.
          const shown = await navigator.locks.request(lock, { ifAvailable: true }, async (free) =>
            free === null ? [] : await scope.registration.getNotifications({ tag: wanted }),
          );
          [notification] = shown;
          if (notification === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
        }
        const event = new scope.NotificationEvent("notificationclick", { notification, action: chosen });
        if (text !== undefined) Object.defineProperty(event, "reply", { value: text });
        const waits: Promise<unknown>[] = [];
        Object.defineProperty(event, "waitUntil", { value: (wait: Promise<unknown>) => waits.push(wait) });
        scope.dispatchEvent(event);
        await Promise.all(waits);
        return opened;
      },
      { wanted: tag, chosen: action, text: reply, lock: shownLock },
    );
  }

  /** How many windows of the app the worker sees. One that was closed is gone a moment later. */
  async windows(): Promise<number> {
    return await (
      await this.worker()
    ).evaluate(async () => {
      const scope = globalThis as unknown as ServiceWorkerGlobal;
      return (await scope.clients.matchAll({ type: "window", includeUncontrolled: true })).length;
    });
  }

  /** The numbers that the worker gives the app's icon from now on. */
  async badges(): Promise<() => Promise<unknown>> {
    const worker = await this.worker();
    await worker.evaluate(() => {
      const numbers: number[] = [];
      const note = (count: number) => Promise.resolve(void numbers.push(count));
      Object.assign(navigator, { setAppBadge: note, clearAppBadge: () => note(0) });
      Object.assign(globalThis, { testBadges: numbers });
    });
    return async () => await worker.evaluate(() => Reflect.get(globalThis, "testBadges"));
  }

  /** Without a network the worker's calls get no answer. Its waits of two seconds and more, as for them, pass twenty times as fast. */
  async setOffline(isOffline: boolean): Promise<void> {
    await (
      await this.worker()
    ).evaluate((is) => {
      interface Scope {
        fetch: typeof fetch;
        setTimeout: (run: () => void, ms?: number) => unknown;
        real?: Pick<Scope, "fetch" | "setTimeout">;
      }
      const scope = globalThis as unknown as Scope;
      scope.real ??= { fetch: scope.fetch.bind(globalThis), setTimeout: scope.setTimeout.bind(globalThis) };
      const { real } = scope;
      scope.fetch = is ? () => Promise.reject(new TypeError("no network")) : real.fetch;
      scope.setTimeout = is ? (run, ms = 0) => real.setTimeout(run, ms < 2_000 ? ms : ms / 20) : real.setTimeout;
    }, isOffline);
  }

  /** Dispatches an event that the browser has no command for. */
  async wake(type: "sync" | "pushsubscriptionchange"): Promise<void> {
    await (
      await this.worker()
    ).evaluate(async (name) => {
      const scope = globalThis as unknown as ServiceWorkerGlobal;
      const event = new scope.ExtendableEvent(name);
      Object.defineProperty(event, "tag", { value: "parley-unsent" });
      const waits: Promise<unknown>[] = [];
      Object.defineProperty(event, "waitUntil", { value: (wait: Promise<unknown>) => waits.push(wait) });
      scope.dispatchEvent(event);
      await Promise.all(waits);
    }, type);
  }
}

interface ServiceWorkerGlobal extends EventTarget {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    openWindow: (url: string) => Promise<null>;
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<readonly object[]>;
  };
  readonly NotificationEvent: new (type: string, init: { notification: Notification; action: string }) => Event;
  readonly ExtendableEvent: new (type: string) => Event;
}

/** The notifications that are shown, as a page of the app sees them. */
export async function shownIn(page: Page): Promise<readonly Shown[]> {
  return await page.evaluate(readShown, shownLock);
}

/** Runs in a page or in the worker. It reads as the app does, because a reading while a notification is being shown would lose it. */
async function readShown(lock: string): Promise<Shown[]> {
  const scope = globalThis as unknown as { registration?: ServiceWorkerRegistration };
  const registration = scope.registration ?? (await navigator.serviceWorker.ready);
  for (;;) {
    const shown = await navigator.locks.request(lock, { ifAvailable: true }, async (free) =>
      free === null ? undefined : await registration.getNotifications(),
    );
    if (shown !== undefined)
      return shown.map((notification) => {
        const actions: unknown = Reflect.get(notification, "actions");
        const titles = Array.isArray(actions) ? actions.map((each: { title: string }) => each.title) : [];
        return { title: notification.title, body: notification.body, tag: notification.tag, actions: titles };
      });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** No page of the app is open then. A blank page would not do, because a database is opened at each load. */
export async function leaveApp({ page }: WebPerson): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/v1/healthz`);
}

/** Notifications are offered from the next load on, which the rig puts off otherwise. */
export async function offerAgain({ page }: WebPerson): Promise<void> {
  await page.evaluate(() => {
    sessionStorage.setItem("test.offered", "yes");
    localStorage.removeItem("parley.notifications-later");
  });
}

/** The keys of a subscription that no server encrypts for. */
const noKeys = { p256dh: "BPublic", auth: "secret" };

/** What `pushServiceStandIn` is given. */
export function subscriptionAt(endpoint: string, keys = noKeys) {
  return { endpoint, keys };
}

/** Stands in for the browser's push service, without a network. Runs in the page, where it outlives reloads, or in the worker. */
export function pushServiceStandIn({ endpoint, keys }: ReturnType<typeof subscriptionAt>): void {
  const scope = globalThis as unknown as { stored?: string | undefined; localStorage?: Storage };
  const kept = {
    get: () =>
      (scope.localStorage === undefined ? scope.stored : scope.localStorage.getItem("test.subscription")) ?? null,
    set: (text: string | null) => {
      if (scope.localStorage === undefined) scope.stored = text ?? undefined;
      else if (text === null) scope.localStorage.removeItem("test.subscription");
      else scope.localStorage.setItem("test.subscription", text);
    },
  };
  const made = (text: string) => {
    const { url, key }: { url: string; key: string } = JSON.parse(text);
    const bytes = Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (letter) =>
      letter.charCodeAt(0),
    );
    return {
      endpoint: url,
      options: { applicationServerKey: bytes.buffer, userVisibleOnly: true },
      toJSON: () => ({ endpoint: url, keys }),
      unsubscribe: () => {
        kept.set(null);
        return Promise.resolve(true);
      },
    };
  };
  Object.assign(PushManager.prototype, {
    getSubscription: () => {
      const text = kept.get();
      return Promise.resolve(text === null ? null : made(text));
    },
    subscribe: ({ applicationServerKey }: { applicationServerKey: string }) => {
      const text = JSON.stringify({ url: endpoint, key: applicationServerKey });
      kept.set(text);
      return Promise.resolve(made(text));
    },
  });
}

/** The account that the address of a page names. */
export function userIdOf(page: Page): string {
  return /#\/u\/([^/]+)/.exec(page.url())?.[1] ?? "";
}

export function conversationIdOf(page: Page): string {
  return /\/c\/([^/]+)/.exec(page.url())?.[1] ?? "";
}
