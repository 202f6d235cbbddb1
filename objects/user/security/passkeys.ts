/** Owns the passkeys of an account: their rows, the challenges that they are asked, and the judging of their answers. */
import type { DeviceId, TimeMs, UserId } from "../../../schema/ids.ts";
import { securityBounds } from "../../../schema/bounds/security.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { Passkey } from "../../../schema/http/account/passkeys.ts";
import type { NewPasskey, PasskeyAnswer, PasskeyCreation, PasskeyRequest } from "../../../schema/security/passkey.ts";
import type { RelyingParty } from "../../contract/account/passwords.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Reader, Transactor } from "../../shared/platform/database.ts";
import type { UserDatabase } from "../effects.ts";
import { type ChallengeFor, makeChallenge, readChallenge } from "./challenges.ts";
import { algorithms, judgeAnswer, judgeNew, readClientData, type StoredKey } from "./webauthn.ts";
import { signedOut } from "../account/signed-in/signed-out.ts";

type Row = {
  credential_id: string;
  name: string;
  public_key: string;
  counter: number;
  transports: string;
  rp_id: string;
  is_synced: number;
  created_at: number;
  last_used_at: number | null;
};

/** An answer whose signature is right. Nothing is noted of it yet. */
export type Judged = { id: string; counter: number; challenge: string; until: TimeMs };

/** What the passkey of a sign-in is asked. It is made without an account, because nobody knows yet whose it will be. */
export function askAnybody(secret: string, rpId: string): PasskeyRequest {
  const challenge = makeChallenge(secret, { purpose: "enter", rpId, subject: "" }, now());
  return { challenge, rpId, timeout: securityBounds.passkeyChallengeMs, userVerification: "required" };
}

export class Passkeys {
  readonly #db: UserDatabase;
  readonly #secret: string;
  readonly #userId: UserId;

  constructor(parts: { db: UserDatabase; secret: string; userId: UserId }) {
    this.#db = parts.db;
    this.#secret = parts.secret;
    this.#userId = parts.userId;
  }

  list(): Passkey[] {
    return rowsOf(this.#db).map(passkeyOf);
  }

  /** What one of these passkeys is asked in place of the second factor; null where there is none for this address. */
  ask({ rpId }: RelyingParty): PasskeyRequest | null {
    const rows = rowsOf(this.#db).filter((row) => row.rp_id === rpId);
    if (rows.length === 0) return null;
    const challenge = makeChallenge(this.#secret, this.#of("second", rpId), now());
    const allowCredentials = rows.map(descriptorOf);
    return {
      challenge,
      rpId,
      timeout: securityBounds.passkeyChallengeMs,
      userVerification: "required",
      allowCredentials,
    };
  }

  /** What the browser is asked for a new passkey. Only the device that showed the owner's proof can answer it. */
  askNew(user: { handle: string; name: string }, by: DeviceId, { rpId }: RelyingParty): Outcome<PasskeyCreation> {
    const rows = rowsOf(this.#db);
    if (rows.length >= securityBounds.passkeysMax) return full;
    return done({
      challenge: makeChallenge(this.#secret, this.#of("add", rpId, by), now()),
      rp: { id: rpId, name: "Parley" },
      user: {
        id: Buffer.from(this.#userId).toString("base64url"),
        name: user.handle,
        displayName: user.name,
      },
      pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key", alg })),
      timeout: securityBounds.passkeyChallengeMs,
      attestation: "none",
      excludeCredentials: rows.filter((row) => row.rp_id === rpId).map(descriptorOf),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    });
  }

  async add(
    draft: { by: DeviceId; name: string; passkey: NewPasskey; relyingParty: RelyingParty },
    isStillThere: () => boolean,
  ): Promise<Outcome<Passkey>> {
    const { by, name, passkey, relyingParty } = draft;
    const asked = this.#readChallenge(passkey.response.clientDataJSON, this.#of("add", relyingParty.rpId, by));
    if (asked === null) return stale;
    const made = await judgeNew(passkey, { challenge: asked.challenge, relyingParty });
    if (made === null) return refuse("bad_request", "passkey: is not the answer to this challenge");
    return this.#db.transact((tx): Outcome<Passkey> => {
      if (!isStillThere()) return signedOut;
      const before = rowOf(tx, made.id);
      // The answer to the first call was lost.
      if (before !== undefined && isUsed(tx, asked.challenge, made.id)) return done(passkeyOf(before));
      if (before !== undefined) return refuse("conflict", "passkey: is there already");
      // Before the challenge is spent: where another passkey made the list full meanwhile, this one is added once there is room.
      if (rowsOf(tx).length >= securityBounds.passkeysMax) return full;
      if (!spendChallenge(tx, asked, made.id)) return stale;
      tx.run(
        "INSERT INTO passkeys (credential_id, name, public_key, counter, transports, rp_id, is_synced, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        made.id,
        name,
        made.publicKey,
        made.counter,
        JSON.stringify(made.transports),
        made.rpId,
        made.isSynced ? 1 : 0,
        now(),
      );
      const row = rowOf(tx, made.id);
      return row === undefined ? notFound : done(passkeyOf(row));
    });
  }

  /** Whether a passkey was made by this challenge. */
  isAdded(challenge: string): boolean {
    return this.#db.first("SELECT 1 FROM used_challenges WHERE challenge = ?", challenge) !== undefined;
  }

  remove(id: string, isNeeded: (tx: Reader) => boolean): Outcome<null> {
    return this.#db.transact((tx): Outcome<null> => {
      if (rowOf(tx, id) === undefined) return notFound;
      if (isNeeded(tx) && rowsOf(tx).length === 1)
        return refuse("conflict", "the second factor needs a passkey; turn it off first");
      tx.run("DELETE FROM passkeys WHERE credential_id = ?", id);
      return done(null);
    });
  }

  /** Judges an answer and changes nothing. While it runs, anything may happen to the account. */
  async judge(answer: PasskeyAnswer, purpose: "enter" | "second", relyingParty: RelyingParty): Promise<Judged | null> {
    const row = rowOf(this.#db, answer.id);
    const subject =
      purpose === "enter" ? { purpose, rpId: relyingParty.rpId, subject: "" } : this.#of(purpose, relyingParty.rpId);
    const asked = this.#readChallenge(answer.response.clientDataJSON, subject);
    if (row === undefined || asked === null || row.rp_id !== relyingParty.rpId) return null;
    const counter = await judgeAnswer(answer, keyOf(row), { challenge: asked.challenge, relyingParty });
    return counter === null ? null : { id: row.credential_id, counter, ...asked };
  }

  /** Notes the use of a judged answer: once, and only if the passkey is still there and was not used meanwhile. */
  use(tx: Transactor, { id, counter, ...asked }: Judged, attemptId: string): boolean {
    const row = rowOf(tx, id);
    if (row === undefined || ((counter > 0 || row.counter > 0) && counter <= row.counter)) return false;
    if (!spendChallenge(tx, asked, attemptId)) return false;
    tx.run("UPDATE passkeys SET counter = ?, last_used_at = ? WHERE credential_id = ?", counter, now(), id);
    return true;
  }

  #of(purpose: "second" | "add", rpId: string, by = ""): ChallengeFor {
    return { purpose, rpId, subject: `${this.#userId}/${by}` };
  }

  #readChallenge(clientData: string, of: ChallengeFor): { challenge: string; until: TimeMs } | null {
    const challenge = readClientData(clientData)?.challenge ?? "";
    const until = readChallenge(this.#secret, challenge, of, now());
    return until === null ? null : { challenge, until };
  }
}

const full = refuse("conflict", `an account has at most ${securityBounds.passkeysMax} passkeys`);
const stale = refuse("bad_request", "passkey: answers no challenge that is open");

function rowsOf(db: Reader): Row[] {
  return db.all<Row>("SELECT * FROM passkeys ORDER BY created_at, credential_id");
}

function rowOf(db: Reader, id: string): Row | undefined {
  return db.first<Row>("SELECT * FROM passkeys WHERE credential_id = ?", id);
}

function keyOf(row: Row): StoredKey {
  return { id: row.credential_id, publicKey: row.public_key, counter: row.counter, rpId: row.rp_id };
}

function passkeyOf(row: Row): Passkey {
  return {
    id: row.credential_id,
    name: row.name,
    synced: row.is_synced === 1,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}

function descriptorOf(row: Row): { id: string; type: "public-key"; transports: string[] } {
  return { id: row.credential_id, type: "public-key", transports: JSON.parse(row.transports) as string[] };
}

function isUsed(tx: Reader, challenge: string, attemptId: string): boolean {
  const statement = "SELECT 1 FROM used_challenges WHERE challenge = ? AND attempt_id = ?";
  return tx.first(statement, challenge, attemptId) !== undefined;
}

/** False where it was used before. Those that are over are forgotten. */
function spendChallenge(
  tx: Transactor,
  { challenge, until }: { challenge: string; until: TimeMs },
  attemptId: string,
): boolean {
  tx.run("DELETE FROM used_challenges WHERE until <= ?", now());
  const statement = "INSERT OR IGNORE INTO used_challenges (challenge, attempt_id, until) VALUES (?, ?, ?)";
  return tx.run(statement, challenge, attemptId, until) > 0;
}
