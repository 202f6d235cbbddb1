/** Owns whether notifications are on in this browser: what the browser allows, what the user chose for each account, and what hinders it. */
import type { Account, Observable } from "parley-sdk";
import type { Choice, PushStore } from "../pushes/push-store.ts";
import { shownBy } from "../pushes/shown.ts";
import { keepSubscribed, NoPushesError } from "../pushes/subscription.ts";

/** What stands between the user and notifications, apart from the user's own choice. */
export type Hindrance =
  /** The browser has no notifications, or none for this page. */
  | "unsupported"
  /** On an iPhone or iPad they work only in an app on the home screen. */
  | "needs-home-screen"
  /** The user blocks them in the browser. */
  | "denied"
  /** The server sends none. */
  | "no-server"
  /** The browser could not subscribe, or the subscription did not reach the server; it is tried again. */
  | "failed";

export interface DeviceState {
  /** False until it is known what was chosen earlier. */
  readonly isLoaded: boolean;
  readonly hindrance: Hindrance | null;
  /** Whether the browser has to ask the user. */
  readonly mustAsk: boolean;
  readonly choices: ReadonlyMap<string, Choice>;
}

/** What it takes from the browser; a test replaces it. */
export interface DeviceParts {
  readonly store: PushStore;
  readonly now: () => number;
  readonly accounts: Observable<readonly Account[]>;
  /** The worker that shows notifications; undefined where there is none. */
  readonly registration: () => Promise<ServiceWorkerRegistration | undefined>;
  readonly permission: () => NotificationPermission | "unsupported" | "needs-home-screen";
  readonly ask: () => Promise<unknown>;
  /** Runs one task of all tabs at a time. */
  readonly exclusively: (task: () => Promise<void>) => Promise<unknown>;
}

export class DeviceNotifications implements Observable<DeviceState> {
  readonly #parts: DeviceParts;
  #state: DeviceState = { isLoaded: false, hindrance: null, mustAsk: false, choices: new Map() };
  #trouble: "no-server" | "failed" | null = null;
  #listeners: readonly (() => void)[] = [];

  constructor(parts: DeviceParts) {
    this.#parts = parts;
  }

  readonly getSnapshot = (): DeviceState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    const entry = () => listener();
    this.#listeners = [...this.#listeners, entry];
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== entry);
    };
  };

  /** Looks again: accounts, the browser's permission, the server's key or another tab may have changed something. */
  async look(): Promise<void> {
    await this.#exclusively(async () => await this.#keep());
  }

  /** Asks the browser's permission where that is needed. This has to be called in a click. */
  async turnOn(userIds: readonly string[]): Promise<void> {
    if (this.#parts.permission() === "default") await this.#parts.ask();
    await this.#exclusively(async () => {
      if (this.#parts.permission() === "granted")
        for (const userId of userIds) await this.#parts.store.choose(userId, "on");
      await this.#keep();
    });
  }

  /** Without network the server learns of it later. Until then the service worker shows nothing of what comes. */
  async turnOff(userId: string): Promise<void> {
    const { store } = this.#parts;
    await this.#exclusively(async () => {
      await store.choose(userId, "off", (await store.choices()).get(userId)?.registered);
      await this.#keep();
    });
  }

  /** Forgets an account that was signed out. The browser's subscription stays for the others. */
  async forget(userId: string): Promise<void> {
    await this.#exclusively(async () => {
      const { store, accounts } = this.#parts;
      await store.forget(userId);
      if (accounts.getSnapshot().length === 0) await store.forgetWords();
      const registration = await this.#parts.registration();
      const shown = registration === undefined ? [] : await shownBy(registration);
      for (const notification of shown) if (notification.data?.userId === userId) notification.close();
      await this.#keep();
    });
  }

  async #exclusively(task: () => Promise<void>): Promise<void> {
    await this.#parts.exclusively(task).catch(() => undefined);
    await this.#show();
  }

  async #keep(): Promise<void> {
    const { store, accounts, permission, registration, now } = this.#parts;
    await this.#chooseForNew();
    this.#trouble = null;
    const worker = permission() === "granted" ? await registration() : undefined;
    if (worker === undefined) return;
    try {
      await keepSubscribed(worker.pushManager, store, accounts.getSnapshot(), now());
    } catch (error) {
      this.#trouble = error instanceof NoPushesError ? "no-server" : "failed";
    }
  }

  /** An account that is added has notifications if the others have them: the user has been asked already. */
  async #chooseForNew(): Promise<void> {
    const { store, accounts, permission } = this.#parts;
    if (permission() !== "granted") return;
    const choices = await store.choices();
    const known = accounts.getSnapshot().flatMap(({ userId }) => choices.get(userId)?.choice ?? []);
    if (!known.includes("on")) return;
    for (const { userId } of accounts.getSnapshot()) if (!choices.has(userId)) await store.choose(userId, "on");
  }

  async #show(): Promise<void> {
    const stored = await this.#parts.store.choices().catch(() => new Map<string, { choice: Choice }>());
    const choices = new Map([...stored].map(([userId, { choice }]) => [userId, choice]));
    const permission = this.#parts.permission();
    const isPossible = permission === "default" || permission === "granted";
    this.#state = {
      isLoaded: true,
      hindrance: isPossible ? this.#trouble : permission,
      mustAsk: permission === "default",
      choices,
    };
    for (const listener of this.#listeners) listener();
  }
}
