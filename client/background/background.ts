/** Owns the SDK for programs without a page, such as service workers: what they can do for the signed-in accounts, by single calls. */
import type { Background, BackgroundAccount, BackgroundOptions } from "../contract/background.ts";
import { Http } from "../link/http.ts";
import { browserCommon, pageWakeups, systemClock } from "../platform.ts";
import { readSession } from "../session/session.ts";
import { signChannelOf, type SignChannel } from "../session/sign-news.ts";
import { keys } from "../storage/keys.ts";
import { locksOf } from "../storage/locks.ts";
import { memoryStorage } from "../storage/storage-memory.ts";
import { Actor, type ActorParts } from "./actor.ts";

export type { Background, BackgroundAccount, BackgroundOptions, BackgroundSend } from "../contract/background.ts";
export type { Push, PushAddress } from "../contract/push.ts";

/** Makes it for one server. Nothing is read or sent before it is asked for something. */
export function createBackground(options: BackgroundOptions): Background {
  const { baseUrl, storage = memoryStorage(), clock = systemClock, random = Math.random } = options;
  const http = new Http(baseUrl, options.fetch ?? ((url, init) => globalThis.fetch(url, init)), clock);
  const common = options.common ?? browserCommon();
  return new Actors(
    { http, storage, clock, random, locks: locksOf(http.baseUrl, common.locks, clock) },
    signChannelOf(http.baseUrl, common.openChannel),
    options.wakeups ?? pageWakeups,
  );
}

class Actors implements Background {
  readonly #parts: ActorParts;
  readonly #signs: SignChannel;
  readonly #endWakeups: () => void;
  readonly #actors = new Map<string, Actor>();

  constructor(parts: ActorParts, signs: SignChannel, wakeups: NonNullable<BackgroundOptions["wakeups"]>) {
    this.#parts = parts;
    this.#signs = signs;
    this.#endWakeups = wakeups.subscribe(() => this.#actors.forEach((actor) => actor.wake()));
    // A tab has signed an account out: what this program would still write would bring it back.
    signs.listen((news) => {
      if ("signedOut" in news) this.#drop(news.signedOut);
    });
  }

  async accounts(): Promise<readonly BackgroundAccount[]> {
    const stored = await this.#parts.storage.list(keys.sessions);
    const sessions = stored.flatMap(([, value]) => readSession(value) ?? []).sort((a, b) => a.addedAt - b.addedAt);
    for (const userId of this.#actors.keys())
      if (!sessions.some(({ body }) => body.user.id === userId)) this.#drop(userId);
    return sessions.map(({ body, addedAt }) => {
      const known = this.#actors.get(body.user.id);
      if (known !== undefined && known.deviceId === body.device.id) return known;
      this.#drop(body.user.id);
      const actor = new Actor(body, addedAt, this.#parts);
      this.#actors.set(body.user.id, actor);
      return actor;
    });
  }

  close(): void {
    this.#endWakeups();
    this.#signs.close();
    for (const userId of this.#actors.keys()) this.#drop(userId);
    this.#parts.locks.end();
  }

  #drop(userId: string): void {
    this.#actors.get(userId)?.close();
    this.#actors.delete(userId);
  }
}
