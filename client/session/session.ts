/**
 * Owns the tokens of one account. It answers a valid access token, refreshes it before it expires, one refresh at a time, and knows when the
 * user must sign in again. The refresh token rotates. The new one is stored before it is used. When an answer was lost, the client asks again
 * with the old token, and the server repeats its answer until a token of that answer is used.
 */
import { shared } from "../abortable.ts";
import { z } from "zod";
import { refresh, session as sessionBody, type Session as SessionBody } from "../../schema/http/account/accounts.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage, Stored } from "../contract/storage.ts";
import { ParleyError, unreachable } from "../errors.ts";
import type { Http } from "../link/http.ts";
import { inTurn } from "../storage/in-turn.ts";
import { keys } from "../storage/keys.ts";
import { knownPuts } from "./known-accounts.ts";
import type { Locks } from "../storage/locks.ts";
import { State } from "../observable.ts";
import { sleep } from "../platform.ts";

/** An access token is not used in the last minute of its life, because requests take time and clocks differ. */
const marginMs = 60_000;
/** After so many failed tries, callers that wait for a token get the error that the server cannot be reached. The next refresh uses the same refresh token. */
const triesMax = 4;
const retryDelayMs = 500;
/** If another tab refreshes for so long, it is frozen. To ask at the same time harms nothing: the same token is answered alike. */
const turnMsMax = 30_000;
/** The life of an access token, by the protocol. */
const accessTokenMs = 600_000;

/** A session as it is stored. `addedAt` is when it was added on this device; accounts are shown in this order. */
const storedSession = sessionBody.extend({ addedAt: z.number() });

export interface SessionParts {
  readonly http: Http;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly locks: Locks;
}

/** Whether the tokens work, or the user must sign in again. */
export type SessionState = "signed-in" | "reauth";

export class Session {
  readonly #parts: SessionParts;
  #body: SessionBody;
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

  /** The time by the server's clock, as well as it is known. */
  now(): number {
    return this.#parts.http.time.now();
  }

  /** Notes a time that the server named. */
  noteServerTime(serverTime: number): void {
    this.#parts.http.time.note(serverTime);
  }

  /** An access token with at least `marginMs` left. Errors: `unauthenticated` (sign in again), `unavailable` (the server cannot be reached). */
  async token(): Promise<string> {
    if (this.state.getSnapshot() === "reauth") throw mustSignIn();
    if (!this.#isFresh()) await this.#refreshOnce();
    return this.#body.accessToken;
  }

  /** Answers another access token than the one that the server refused. It refreshes only if nobody has done so since. */
  async replace(refused: string): Promise<string> {
    if (this.state.getSnapshot() === "reauth") throw mustSignIn();
    if (this.#body.accessToken === refused) await this.#refreshOnce();
    return this.#body.accessToken;
  }

  /** Gets another access token, after the server closed a socket for its credentials. */
  async renew(): Promise<void> {
    await this.replace(this.#body.accessToken);
  }

  /** Uses a session that a sign-in made. */
  async adopt(body: SessionBody): Promise<void> {
    await this.#keep(body);
    this.#body = body;
    this.state.set("signed-in");
  }

  /** Uses the session that another tab stored, if it is newer. Answers whether it was. */
  async adoptStored(): Promise<boolean> {
    const isNewer = await this.#adoptStored();
    if (isNewer) this.state.set("signed-in");
    return isNewer;
  }

  /** Stores the session as it is. */
  async save(): Promise<void> {
    await this.#keep(this.#body);
  }

  readonly #refreshOnce = shared(() =>
    inTurn(this.#parts, `session ${this.#body.user.id}`, () => this.#refresh(), turnMsMax),
  );

  async #refresh(): Promise<void> {
    if ((await this.#adoptStored()) && this.#isFresh()) return;
    await this.#rotate();
    if (this.#isFresh()) return;
    // The server repeated an answer that was lost long ago. Its access token has expired; its refresh token is still valid.
    await this.#rotate();
    // This access token is new. If it looks expired, this device's clock is wrong.
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
        // A page that was frozen receives its answer late: what was refreshed since stays.
        const stored = await this.#storedAfter(body);
        const isLate = stored !== undefined && stored.accessTokenExpiresAt > body.accessTokenExpiresAt;
        if (!isLate) await this.#keep(body);
        this.#body = isLate ? stored : body;
        // No token lives longer than this. If it looks so, this device's clock is behind.
        if (this.#body.accessTokenExpiresAt - this.now() > accessTokenMs + marginMs) this.#noteIssuedNow();
        return;
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error;
        if (error.retry === "reauth") {
          // Without locks between tabs another tab may have refreshed meanwhile.
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

  /** Uses the stored session if another tab has stored a newer one. Answers whether it did. */
  async #adoptStored(): Promise<boolean> {
    const newer = await this.#storedAfter(this.#body);
    this.#body = newer ?? this.#body;
    return newer !== undefined;
  }

  /** The stored session, if it is another one and not older. A failed write may have left an old one in storage. */
  async #storedAfter({ refreshToken, accessTokenExpiresAt }: SessionBody): Promise<SessionBody | undefined> {
    const value = await this.#parts.storage.get(keys.session(this.#body.user.id)).catch(() => undefined);
    const stored = readSession(value)?.body;
    if (stored === undefined || stored.refreshToken === refreshToken) return undefined;
    return stored.accessTokenExpiresAt < accessTokenExpiresAt ? undefined : stored;
  }

  async #keep(body: SessionBody): Promise<void> {
    // When storage fails, the session works on, and is lost at the next restart.
    await this.#parts.storage
      .write({ puts: sessionPuts(body, this.#addedAt, this.#parts.clock.now()) })
      .catch(() => undefined);
  }
}

/** The rows of a session: the session itself, and the device secret that outlives a sign-out. */
export function sessionPuts(body: SessionBody, addedAt: number, at: number): (readonly [string, Stored])[] {
  return [[keys.session(body.user.id), { ...body, addedAt }], ...knownPuts(body, at)];
}

/** Reads a stored session; undefined where the value is none. */
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
