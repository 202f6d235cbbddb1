/** Owns the SDK as a whole: the accounts that are signed in on this device, restored from storage, each with a link of its own. */
import { checkHandle, signIn, signUp, type Session as SessionBody } from "../schema/http/account/accounts.ts";
import { type InvitePreview, previewInviteOpenly } from "../schema/http/conversation/conversations.ts";
import { Account } from "./account/account.ts";
import type { Platform } from "./account/platform.ts";
import type { Account as PublicAccount, Credentials, NewAccount, Parley } from "./contract/account.ts";
import type { CallOptions } from "./contract/page.ts";
import type { ParleyOptions } from "./contract/platform.ts";
import type { ShownLink, UsePasskey } from "./contract/security.ts";
import type { OpenTabs } from "./contract/tabs.ts";
import type { Observable } from "./contract/observable.ts";
import { Http } from "./link/http.ts";
import { keys } from "./storage/keys.ts";
import { boundKnown, signInBody } from "./session/known-accounts.ts";
import { locksOf } from "./storage/locks.ts";
import { guarded, State } from "./observable.ts";
import { browserCommon, pageWakeups, socketsOf, systemClock } from "./platform.ts";
import { report } from "./report.ts";
import { retried } from "./link/retried.ts";
import type * as WaysIn from "./security/ways-in.ts";
import { xhrSender } from "./link/send-by-xhr.ts";
import { readSession, sessionPuts } from "./session/session.ts";
import { Revocations } from "./session/revocations.ts";
import { signChannelOf, type SignNews } from "./session/sign-news.ts";
import { memoryStorage } from "./storage/storage-memory.ts";

/** Makes the SDK for one server. Nothing is sent before an account signs in or is found in storage. */
export function createParley(options: ParleyOptions): Parley {
  const { baseUrl, storage = memoryStorage(), device, clock = systemClock, random = Math.random } = options;
  const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const http = new Http(baseUrl, fetch, clock, options.fetch === undefined ? xhrSender() : undefined);
  const common = options.common ?? browserCommon();
  return new Accounts({
    http,
    storage,
    clock,
    random,
    device,
    onError: options.onError ?? report,
    // A logger that throws must not stop the SDK.
    log: (entry) => guarded(() => options.log?.(entry)),
    wakeups: options.wakeups ?? pageWakeups,
    locks: locksOf(http.baseUrl, common.locks, clock),
    openChannel: common.openChannel,
    signs: signChannelOf(http.baseUrl, common.openChannel),
    revocations: new Revocations({ http, storage, clock, random }),
    openSocket: socketsOf(options.WebSocket),
  });
}

class Accounts implements Parley {
  readonly #platform: Platform;
  readonly #state = new State<readonly Account[]>([]);
  readonly ready: Promise<void>;
  /** Accounts are added and removed one after the other, by calls here and by news of other tabs. */
  #tail: Promise<unknown>;
  readonly #endWakeups: () => void;
  #isClosed = false;

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#endWakeups = platform.wakeups.subscribe(() => platform.revocations.wake());
    this.ready = this.#restore();
    this.#tail = this.ready;
    platform.signs.listen((news) => void this.#serial(async () => await this.#received(news)).catch(() => undefined));
    // Sessions that were in storage, or that another tab stored, while memory stood in for it.
    platform.storage.onReturn?.(() => void this.#serial(async () => await this.#restore()).catch(() => undefined));
    platform.revocations.wake();
  }

  get baseUrl(): string {
    return this.#platform.http.baseUrl;
  }

  get accounts(): Observable<readonly PublicAccount[]> {
    return this.#state;
  }

  get tabs(): OpenTabs {
    const { locks } = this.#platform;
    return {
      name: locks.instance,
      running: () => locks.alive(),
      ended: (name) => new Promise((resolve) => void locks.watchEnd(name, resolve)),
      exclusive: (name, task) => locks.exclusive(`app ${name}`, task),
    };
  }

  async signUp({ handle, password, name }: NewAccount, { signal }: CallOptions = {}): Promise<PublicAccount> {
    const body = { handle, password, ...this.#device, ...(name === undefined ? {} : { name }) };
    // The server answers the same sign-up again for ten minutes, so a lost answer is repeated here.
    return await this.#enter(await retried(() => this.#platform.http.call(signUp, { body }, { signal })));
  }

  async signIn(credentials: Credentials, { signal }: CallOptions = {}): Promise<PublicAccount> {
    const { http, storage, device } = this.#platform;
    const body = await signInBody(storage, { ...credentials, device });
    return await this.#enter(await http.call(signIn, { body }, { signal }));
  }

  async signInWithPasskey(answer: UsePasskey, options: CallOptions = {}): Promise<PublicAccount> {
    const { enterByPasskey } = await waysIn();
    return await this.#enter(await enterByPasskey(this.#platform, answer, options));
  }

  async signInByLink(show: (link: ShownLink) => void, options: CallOptions = {}): Promise<PublicAccount> {
    const { enterByLink } = await waysIn();
    return await this.#enter(await enterByLink(this.#platform, show, options));
  }

  async previewInvite(code: string, { signal }: CallOptions = {}): Promise<InvitePreview> {
    return await this.#platform.http.call(previewInviteOpenly, { params: { code } }, { signal });
  }

  async isHandleFree(handle: string, { signal }: CallOptions = {}): Promise<boolean> {
    return (await this.#platform.http.call(checkHandle, { params: { handle } }, { signal })).isFree;
  }

  close(): void {
    this.#isClosed = true;
    this.#platform.signs.close();
    this.#endWakeups();
    this.#platform.revocations.close();
    for (const account of this.#state.getSnapshot()) account.close();
    this.#platform.locks.end();
  }

  #enter(body: SessionBody): Promise<Account> {
    return this.#serial(async () => {
      const known = this.#of(body.user.id);
      if (known !== undefined) {
        await known.adopt(body);
        return known;
      }
      const { storage, clock, signs } = this.#platform;
      const addedAt = clock.now();
      // If storage fails, the session is lost at the next restart, not now.
      await storage.write({ puts: sessionPuts(body, addedAt, addedAt) }).catch(() => undefined);
      await boundKnown(storage);
      signs.post({ signedIn: body.user.id });
      const account = this.#made(body, addedAt);
      await this.#show([account]);
      return account;
    });
  }

  /** Another tab has signed an account in or out, or changed its profile. */
  async #received(news: SignNews): Promise<void> {
    if (this.#isClosed) return;
    if ("signedOut" in news) {
      const account = this.#of(news.signedOut);
      if (account !== undefined && account.deviceId === (news.deviceId ?? account.deviceId)) await account.forget();
      return;
    }
    if ("changed" in news) {
      this.#of(news.changed)?.lookAgain();
      return;
    }
    const known = this.#of(news.signedIn);
    if (known !== undefined) return void (await known.adoptStored());
    const stored = readSession(await this.#platform.storage.get(keys.session(news.signedIn)));
    if (stored !== undefined) await this.#show([this.#made(stored.body, stored.addedAt)]);
  }

  #of(userId: string): Account | undefined {
    return this.#state.getSnapshot().find((account) => account.userId === userId);
  }

  #serial<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(task, task);
    this.#tail = run.catch(() => undefined);
    return run;
  }

  async #restore(): Promise<void> {
    const stored = await this.#platform.storage.list(keys.sessions).catch(() => []);
    const sessions = stored.flatMap(([, value]) => readSession(value) ?? []).sort((a, b) => a.addedAt - b.addedAt);
    const unknown = sessions.filter(({ body }) => this.#of(body.user.id) === undefined);
    if (!this.#isClosed) await this.#show(unknown.map(({ body, addedAt }) => this.#made(body, addedAt)));
  }

  #made(body: SessionBody, addedAt: number): Account {
    return new Account(body, addedAt, this.#platform, (gone) => {
      this.#state.set(this.#state.getSnapshot().filter((each) => each !== gone));
    });
  }

  /** An account is shown when it has read its rows from storage. */
  async #show(accounts: readonly Account[]): Promise<void> {
    await Promise.all(accounts.map((account) => account.start()));
    if (this.#isClosed) for (const account of accounts) account.close();
    this.#state.set([...this.#state.getSnapshot(), ...accounts]);
  }

  get #device(): { device?: { name: string; platform: string } } {
    return this.#platform.device === undefined ? {} : { device: { ...this.#platform.device } };
  }
}

/** Most people sign in by a password, so what the other ways need is loaded for those who take them. */
const waysIn = async (): Promise<typeof WaysIn> => await import("./security/ways-in.ts");
