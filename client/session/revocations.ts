/**
 * Owns the sessions that were signed out on this device while the server may not know it. Their tokens stay in storage until the server has ended
 * the device, so that a sign-out without network reaches the server later. Each session has tries of its own: one that keeps failing does not delay
 * the others, and is given up after `revocationMsMax`.
 */
import { z } from "zod";
import { refresh, signOut, type Session as SessionBody } from "../../schema/http/account/accounts.ts";
import { clientHolds } from "../../schema/bounds/client.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage, Stored } from "../contract/storage.ts";
import { faultOf, type ParleyError } from "../errors.ts";
import type { Http } from "../link/http.ts";
import { Waits } from "../link/waits.ts";
import { sleep } from "../platform.ts";
import { keys } from "../storage/keys.ts";

/** A sign-out waits this long for the server's answer. After that the tries go on in the background. */
const sentMsMax = 3_000;

/** `at` is when the user signed out on this device. */
const signedOut = z.object({ accessToken: z.string(), refreshToken: z.string(), at: z.number() });
type SignedOut = z.infer<typeof signedOut>;

export interface RevocationParts {
  readonly http: Http;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: () => number;
}

export class Revocations {
  readonly #parts: RevocationParts;
  readonly #waits: Waits;
  /** The sessions that the server has not ended yet, by their keys in storage. Those that storage could not keep are here, too. */
  readonly #owed = new Map<string, SignedOut>();
  readonly #sending = new Map<string, Promise<void>>();
  #isClosed = false;

  constructor(parts: RevocationParts) {
    this.#parts = parts;
    this.#waits = new Waits(parts.clock, parts.random);
  }

  /** Notes a session that is being signed out. Answers the rows to store in the same write that deletes the session. */
  add({ device, accessToken, refreshToken }: SessionBody): readonly (readonly [string, Stored])[] {
    const key = keys.revocation(device.id);
    const owed = { accessToken, refreshToken, at: this.#parts.clock.now() };
    this.#owed.set(key, owed);
    return [[key, owed]];
  }

  /** Sends all these sign-outs to the server. Resolves when the server has them, or after `sentMsMax`; the others are sent later. */
  async send(): Promise<void> {
    await Promise.race([this.#sendAll(), sleep(this.#parts.clock, sentMsMax)]);
  }

  /** Tries again now, because there may be a network again. */
  wake(): void {
    this.#waits.wake();
    void this.#sendAll();
  }

  close(): void {
    this.#isClosed = true;
    this.#waits.close();
  }

  async #sendAll(): Promise<void> {
    const { storage, clock } = this.#parts;
    for (const [key, value] of await storage.list(keys.revocations).catch(() => [])) {
      // A session that is being sent is newer than its stored row. Older versions stored no `at`.
      const parsed = signedOut.safeParse({ at: clock.now(), ...(typeof value === "object" ? value : {}) });
      if (parsed.success && !this.#sending.has(key)) this.#owed.set(key, parsed.data);
    }
    for (const key of this.#owed.keys()) {
      if (this.#sending.has(key)) continue;
      const sending = this.#sendOne(key).finally(() => this.#sending.delete(key));
      this.#sending.set(key, sending);
    }
    await Promise.all(this.#sending.values());
  }

  /** Sends one sign-out until the server has ended the session, refuses for good, or `revocationMsMax` is over. */
  async #sendOne(key: string): Promise<void> {
    const { clock, storage } = this.#parts;
    for (let failures = 0; !this.#isClosed; failures++) {
      const owed = this.#owed.get(key);
      if (owed === undefined) return;
      const isOver = clock.now() - owed.at > clientHolds.revocationMsMax;
      const fault = isOver ? undefined : await this.#ended(owed);
      if (fault !== undefined && fault.retry !== "never") {
        await this.#waits.afterFault(owed, fault, failures);
        continue;
      }
      this.#owed.delete(key);
      await storage.write({ deletes: [key] }).catch(() => undefined);
      return;
    }
  }

  /** Asks the server once to end a device. Answers the error; undefined where the device is ended. */
  async #ended({ accessToken, refreshToken }: SignedOut): Promise<ParleyError | undefined> {
    const { http } = this.#parts;
    const end = async (token: string): Promise<ParleyError | undefined> =>
      await http.run(signOut, {}, { token }).then(() => undefined, faultOf);
    const fault = await end(accessToken);
    if (fault?.retry !== "reauth") return fault;
    // The access token has expired, or the device is ended already. If the refresh token is refused as well, the device is ended.
    try {
      const session = await http.call(refresh, { body: { refreshToken } });
      const again = await end(session.accessToken);
      return again?.retry === "reauth" ? undefined : again;
    } catch (error) {
      const refused = faultOf(error);
      return refused.retry === "reauth" ? undefined : refused;
    }
  }
}
