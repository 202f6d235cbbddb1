/**
 * Owns the tokens of one account: answers a valid access token, refreshes it in good time and once at a time, and knows when the user
 * must sign in again. The refresh token rotates; the new one is stored before anything of it is used, and a lost answer is asked for
 * again with the old one, which the server answers alike until something of that answer is used, however long that takes.
 */
import { z } from "zod";
import { refresh, session as sessionBody, type Session as SessionBody } from "../../schema/http/accounts.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage, Stored } from "../contract/storage.ts";
import { ParleyError, unreachable } from "../errors.ts";
import type { Http } from "../link/http.ts";
import { keys } from "../storage/keys.ts";
import { knownPuts } from "./known-accounts.ts";
import type { Locks } from "../storage/locks.ts";
import { State } from "../observable.ts";
import { sleep } from "../platform.ts";

/** An access token is not used in the last minute of its life: requests take time, clocks differ. */
const marginMs = 60_000;
/** Tries of one refresh, until whoever needs the token is told that the server cannot be reached. The next one asks with the same token. */
const triesMax = 4;
const retryDelayMs = 500;
/** What the protocol gives an access token. */
const accessTokenMs = 600_000;

/** A session as it is stored: with when it was made here, for the order of accounts. */
const storedSession = sessionBody.extend({ addedAt: z.number() });

export interface SessionParts {
  readonly http: Http;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly locks: Locks;
}

/** What a valid session was found to be. */
export type SessionState = "signed-in" | "reauth";

export class Session {
  readonly #parts: SessionParts;
  #body: SessionBody;
  #refreshing: Promise<void> | undefined;
  readonly #addedAt: number;
  readonly state = new State<SessionState>("signed-in");

  constructor(body: SessionBody, addedAt: number, parts: SessionParts) {
    this.#body = body;
    this.#addedAt = addedAt;
    this.#parts = parts;
  }

  get body(): SessionBody {
    return this.#body;
  }

  /** The server's clock, as well as it is known. */
  now(): number {
    return this.#parts.http.time.now();
  }

  /** The server said what time it is. */
  noteServerTime(serverTime: number): void {
    this.#parts.http.time.note(serverTime);
  }

  /** An access token that is good for a while. Errors: `unauthenticated` (sign in again), `unavailable` (the server cannot be reached). */
  async token(): Promise<string> {
    if (this.state.getSnapshot() === "reauth") throw mustSignIn();
    if (!this.#isFresh()) await this.#refreshOnce();
    return this.#body.accessToken;
  }

  /** The server refused this access token: gets another one, unless that has happened meanwhile. */
  async replace(refused: string): Promise<string> {
    if (this.state.getSnapshot() === "reauth") throw mustSignIn();
    if (this.#body.accessToken === refused) await this.#refreshOnce();
    return this.#body.accessToken;
  }

  /** The server closed a socket for its credentials: gets another access token. */
  async renew(): Promise<void> {
    await this.replace(this.#body.accessToken);
  }

  /** Takes over a session that was made by signing in. */
  async adopt(body: SessionBody): Promise<void> {
    await this.#keep(body);
    this.#body = body;
    this.state.set("signed-in");
  }

  /** Takes over a session that another tab stored. Answers whether there was a newer one. */
  async adoptStored(): Promise<boolean> {
    const isNewer = await this.#adoptStored();
    if (isNewer) this.state.set("signed-in");
    return isNewer;
  }

  /** Stores the session as it is. */
  async save(): Promise<void> {
    await this.#keep(this.#body);
  }

  async #refreshOnce(): Promise<void> {
    this.#refreshing ??= this.#parts.locks
      .exclusive(`session ${this.#body.user.id}`, () => this.#refresh())
      .finally(() => {
        this.#refreshing = undefined;
      });
    await this.#refreshing;
  }

  async #refresh(): Promise<void> {
    if ((await this.#adoptStored()) && this.#isFresh()) return;
    await this.#rotate();
    if (this.#isFresh()) return;
    // An answer that was lost long ago, and came again: its access token has expired meanwhile, its refresh token has not.
    await this.#rotate();
    // This one is new, whatever the clock of this device says.
    if (!this.#isFresh()) this.#noteIssuedNow();
  }

  #noteIssuedNow(): void {
    this.noteServerTime(this.#body.accessTokenExpiresAt - accessTokenMs);
  }

  #isFresh(): boolean {
    return this.#body.accessTokenExpiresAt - this.now() >= marginMs;
  }

  async #rotate(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        const body = await this.#parts.http.call(refresh, { body: { refreshToken: this.#body.refreshToken } });
        await this.#keep(body);
        this.#body = body;
        // A token that seems to live longer than any does: this device's clock is behind.
        if (body.accessTokenExpiresAt - this.now() > accessTokenMs + marginMs) this.#noteIssuedNow();
        return;
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error;
        if (error.retry === "reauth") {
          // Another tab may have refreshed in between, where there are no locks.
          if (await this.#adoptStored()) return;
          this.state.set("reauth");
          throw mustSignIn();
        }
        if (error.retry === "never") throw error;
        if (tries === triesMax) throw unreachable("the session could not be refreshed");
        await sleep(this.#parts.clock, Math.max(error.retryAfterMs ?? 0, retryDelayMs * 2 ** (tries - 1)));
      }
    }
  }

  /** Whether another tab has stored a newer session, which is then this one's too. */
  async #adoptStored(): Promise<boolean> {
    const stored = readSession(
      await this.#parts.storage.get(keys.session(this.#body.user.id)).catch(() => undefined),
    )?.body;
    if (stored === undefined || stored.refreshToken === this.#body.refreshToken) return false;
    // Of two sessions the one that lives longer is the newer; a write that failed may have left an old one in the store.
    if (stored.accessTokenExpiresAt < this.#body.accessTokenExpiresAt) return false;
    this.#body = stored;
    return true;
  }

  async #keep(body: SessionBody): Promise<void> {
    // A store that fails costs the session at the next restart, not now.
    await this.#parts.storage
      .write({ puts: sessionPuts(body, this.#addedAt, this.#parts.clock.now()) })
      .catch(() => undefined);
  }
}

/** What is stored of a session, and what stays when it is signed out. */
export function sessionPuts(body: SessionBody, addedAt: number, at: number): (readonly [string, Stored])[] {
  return [[keys.session(body.user.id), { ...body, addedAt }], ...knownPuts(body, at)];
}

/** A stored session, if it is one. */
export function readSession(value: unknown): { body: SessionBody; addedAt: number } | undefined {
  const parsed = storedSession.safeParse(value);
  if (!parsed.success) return undefined;
  const { addedAt, ...body } = parsed.data;
  return { body, addedAt };
}

function mustSignIn(): ParleyError {
  return new ParleyError({
    code: "unauthenticated",
    detail: "signed out: sign in again",
    retry: "reauth",
    status: 401,
  });
}
