/** Owns the second factor: whether it is on, the recovery codes that stand in for a passkey, and what a call must bring. */
import { createHmac, randomBytes } from "node:crypto";
import { codeOf, groupedCode, readCode } from "../../../core/account/short-codes.ts";
import { securityBounds } from "../../../schema/bounds/security.ts";
import { done, type Outcome, type Refusal, refuse } from "../../../schema/errors.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { SecondProof, RelyingParty } from "../../contract/account/passwords.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Reader, Transactor } from "../../shared/platform/database.ts";
import type { UserDatabase } from "../effects.ts";
import type { Judged, Passkeys } from "./passkeys.ts";

/**
 * What a call brought, as far as it can be judged without changing anything. `nothing`: it brought none. `proof`: the code or signature itself, which no store holds. One that
 * was used is wrong, but its call may be a repeat.
 */
export type JudgedSecond = { relyingParty: RelyingParty } & (
  | { is: "nothing" }
  | { is: "wrong"; proof?: string }
  | { is: "passkey"; judged: Judged; proof: string }
  | { is: "code"; hash: string; proof: string }
);

const noRelyingParty: RelyingParty = { rpId: "", origins: [] };

export class SecondFactor {
  readonly #db: UserDatabase;
  readonly #secret: string;
  readonly #userId: UserId;
  readonly #passkeys: Passkeys;

  constructor(parts: { db: UserDatabase; secret: string; userId: UserId; passkeys: Passkeys }) {
    this.#db = parts.db;
    this.#secret = parts.secret;
    this.#userId = parts.userId;
    this.#passkeys = parts.passkeys;
  }

  isOn(db: Reader = this.#db): boolean {
    return db.first<{ second_factor: number }>("SELECT second_factor FROM account")?.second_factor === 1;
  }

  codes(): { left: number; createdAt: number | null } {
    const row = this.#db.first<{ n: number; at: number | null }>(
      "SELECT COUNT(*) AS n, MAX(made_at) AS at FROM recovery_codes",
    );
    return { left: row?.n ?? 0, createdAt: row?.at ?? null };
  }

  /** Before the transaction that spends it, because a signature is judged asynchronously. */
  async judge(
    { relyingParty, passkey, recoveryCode }: SecondProof = { relyingParty: noRelyingParty },
  ): Promise<JudgedSecond> {
    if (passkey !== undefined) {
      const judged = await this.#passkeys.judge(passkey, "second", relyingParty);
      const proof = `passkey ${passkey.response.signature}`;
      return judged === null ? { relyingParty, is: "wrong", proof } : { relyingParty, is: "passkey", judged, proof };
    }
    if (recoveryCode === undefined) return { relyingParty, is: "nothing" };
    const code = readCode(recoveryCode, securityBounds.recoveryCodeCharacters);
    return code === null
      ? { relyingParty, is: "wrong" }
      : { relyingParty, is: "code", hash: this.#hash(code), proof: `code ${code}` };
  }

  /**
   * Spends what the call brought, if the second factor is on: a passkey's answer and a recovery code are good once. Else nothing is spent. `wrong`: it was none, so the
   * attempt counts like a wrong password; `missing`: none was brought.
   */
  spend(tx: Transactor, second: JudgedSecond, attemptId: string): "done" | "wrong" | "missing" {
    if (!this.isOn(tx)) return "done";
    switch (second.is) {
      case "nothing":
        return "missing";
      case "wrong":
        return "wrong";
      case "passkey":
        return this.#passkeys.use(tx, second.judged, attemptId) ? "done" : "wrong";
      case "code":
        return tx.run("DELETE FROM recovery_codes WHERE hash = ?", second.hash) > 0 ? "done" : "wrong";
    }
  }

  /** Says what the call lacks, and gives a challenge with which it can be repeated. */
  refusal(why: "wrong" | "missing", relyingParty: RelyingParty): { ok: false; refusal: Refusal } {
    const detail =
      why === "missing"
        ? "the password is right; the second factor is missing"
        : "the second factor is wrong, or was used before";
    const { refusal } = refuse("forbidden", detail);
    const secondFactor = { passkey: this.#passkeys.ask(relyingParty), recoveryCodes: this.codes().left };
    return { ok: false, refusal: { ...refusal, secondFactor } };
  }

  /** What is missing to turn it on: nobody turns it on who could not show it the next time. */
  lack(): { ok: false; refusal: Refusal } | undefined {
    if (this.#passkeys.list().length === 0) return refuse("conflict", "add a passkey first");
    return this.codes().left === 0 ? refuse("conflict", "make recovery codes first") : undefined;
  }

  set(tx: Transactor, isOn: boolean): Outcome<null> {
    const lack = isOn ? this.lack() : undefined;
    if (lack !== undefined) return lack;
    tx.run("UPDATE account SET second_factor = ?", isOn ? 1 : 0);
    return done(null);
  }

  /** New codes in the place of all older ones. Only their hashes are kept. */
  makeCodes(tx: Transactor): { codes: string[]; createdAt: number } {
    const at = now();
    const codes = new Set<string>();
    while (codes.size < securityBounds.recoveryCodes)
      codes.add(codeOf(randomBytes(securityBounds.recoveryCodeCharacters)));
    tx.run("DELETE FROM recovery_codes");
    for (const code of codes) tx.run("INSERT INTO recovery_codes (hash, made_at) VALUES (?, ?)", this.#hash(code), at);
    return { codes: [...codes].map(groupedCode), createdAt: at };
  }

  #hash(code: string): string {
    const mac = createHmac("sha256", Buffer.from(this.#secret, "base64url"));
    return mac.update(`recovery|${this.#userId}|${code}`).digest("base64url");
  }
}
