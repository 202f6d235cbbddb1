/**
 * Owns the limits on bringing people into conversations: at the object of the user who brings, and at the object of each user who is brought.
 * The gateway asks only where limits are on, so these quotas are always on. Tokens are not given back if the act fails in the end.
 */
import { done, type Outcome } from "../../../schema/errors.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { Database } from "../../shared/platform/database.ts";
import type { BringCost } from "../../contract/bringing.ts";
import { Quotas } from "../meters/quotas.ts";
import type { AccountSide } from "../sides.ts";

export class Brings {
  readonly #db: Database;
  readonly #account: Pick<AccountSide, "hasContact">;
  readonly #quotas = new Quotas({ PARLEY_RATE_LIMITS: "on" });

  constructor(db: Database, account: Pick<AccountSide, "hasContact">) {
    this.#db = db;
    this.#account = account;
  }

  /** The refusal to bring so many people, whoever of them knows this user. Takes nothing. */
  refusal(count: number): Extract<Outcome<never>, { ok: false }> | undefined {
    const strangers = Math.floor(this.#quotas.tokens(this.#db, "bringsStrangersPerUser"));
    return this.#quotas.look(this.#db, "bringsKnownPerUser", { count: count - strangers });
  }

  /** Takes for all or for none. */
  charge({ known, strangers }: BringCost): Outcome<null> {
    return this.#db.transact((tx): Outcome<null> => {
      const refusal =
        this.#quotas.look(tx, "bringsKnownPerUser", { count: known }) ??
        this.#quotas.look(tx, "bringsStrangersPerUser", { count: strangers });
      if (refusal !== undefined) return refusal;
      if (known > 0) this.#quotas.take(tx, "bringsKnownPerUser", { count: known });
      if (strangers > 0) this.#quotas.take(tx, "bringsStrangersPerUser", { count: strangers });
      return done(null);
    });
  }

  /**
   * Takes what it costs that `by` brings this user; a contact pays nothing here. `isRequest`: so many strangers came lately that this one
   * comes as a request, whatever the user's `reach`.
   */
  takeIn(by: UserId, isStranger: boolean): Outcome<{ isRequest: boolean }> {
    if (this.#account.hasContact(by)) return done({ isRequest: false });
    return this.#db.transact((tx): Outcome<{ isRequest: boolean }> => {
      this.#quotas.sweep(tx, "broughtByOnePerUser");
      const refusal =
        this.#quotas.look(tx, "broughtByOnePerUser", { of: by }) ??
        (isStranger ? this.#quotas.look(tx, "strangersMaxPerUser") : undefined);
      if (refusal !== undefined) return refusal;
      this.#quotas.take(tx, "broughtByOnePerUser", { of: by });
      if (!isStranger) return done({ isRequest: false });
      this.#quotas.take(tx, "strangersMaxPerUser");
      return done({ isRequest: this.#quotas.take(tx, "strangersPerUser") !== undefined });
    });
  }
}
