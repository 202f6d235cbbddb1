/**
 * Owns the sessions that were signed out on this device and that the server may not know of yet. Their tokens stay in storage until the server
 * has ended the device, so that signing out without network signs out all the same, a little later.
 */
import { z } from "zod";
import { refresh, signOut, type Session as SessionBody } from "../../schema/http/accounts.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage, Stored } from "../contract/storage.ts";
import { faultOf, type ParleyError } from "../errors.ts";
import type { Http } from "../link/http.ts";
import { Waits } from "../link/waits.ts";
import { sleep } from "../platform.ts";
import { keys } from "../storage/keys.ts";

/** A sign-out waits for the server's word for so long; after that it goes on by itself. */
const toldMsMax = 3_000;

const signedOut = z.object({ accessToken: z.string(), refreshToken: z.string() });
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
  /** Also what storage could not keep. */
  readonly #owed = new Map<string, SignedOut>();
  #telling: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: RevocationParts) {
    this.#parts = parts;
    this.#waits = new Waits(parts.clock, parts.random);
  }

  /** A session is being signed out. Answers what is to be stored in the same write that deletes it. */
  add({ device, accessToken, refreshToken }: SessionBody): readonly (readonly [string, Stored])[] {
    const key = keys.revocation(device.id);
    const tokens = { accessToken, refreshToken };
    this.#owed.set(key, tokens);
    return [[key, tokens]];
  }

  /** Tells the server of all that it may not know. Resolves when it knows, or after a few seconds; the rest is told later. */
  async tell(): Promise<void> {
    await Promise.race([this.#tellAll(), sleep(this.#parts.clock, toldMsMax)]);
  }

  /** There may be a network again. */
  wake(): void {
    this.#waits.wake();
    void this.#tellAll();
  }

  close(): void {
    this.#isClosed = true;
    this.#waits.close();
  }

  async #tellAll(): Promise<void> {
    for (const [key, value] of await this.#parts.storage.list(keys.revocations).catch(() => [])) {
      const parsed = signedOut.safeParse(value);
      if (parsed.success) this.#owed.set(key, parsed.data);
    }
    this.#telling ??= this.#run().finally(() => {
      this.#telling = undefined;
    });
    await this.#telling;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#isClosed;) {
      const [next] = this.#owed;
      if (next === undefined) return;
      const [key, tokens] = next;
      const fault = await this.#ended(tokens);
      if (fault !== undefined && fault.retry !== "never") {
        await this.#waits.afterFault(this, fault, failures++);
        continue;
      }
      this.#owed.delete(key);
      await this.#parts.storage.write({ deletes: [key] }).catch(() => undefined);
    }
  }

  /** Ends one device at the server. Answers what went wrong; nothing where the device is ended. */
  async #ended({ accessToken, refreshToken }: SignedOut): Promise<ParleyError | undefined> {
    const { http } = this.#parts;
    const end = async (token: string): Promise<ParleyError | undefined> =>
      await http.run(signOut, {}, { token }).then(() => undefined, faultOf);
    const fault = await end(accessToken);
    if (fault?.retry !== "reauth") return fault;
    // Expired, or ended already. The refresh token tells which: refused, it ends the device.
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
