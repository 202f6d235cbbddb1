/** Owns how this user stands to others: what is asked before somebody sees them, or brings them into a conversation, or is brought by them. */
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import type { Approach, Bringer } from "../../contract/bringing.ts";
import type { Relation } from "../../contract/person.ts";
import { mintDmId } from "../../shared/identity/mint.ts";
import type { Env } from "../../shared/platform/env.ts";
import { personOf } from "../account/copies.ts";
import type { Erased } from "../account/erased.ts";
import type { UserDatabase } from "../effects.ts";
import type { AccountSide, InboxCalls } from "../sides.ts";
import type { UserTasks } from "../user-tasks.ts";
import type { Brings } from "./brings.ts";
import { contactedBy } from "./people-store.ts";

export type RelationParts = {
  env: Pick<Env, "ID_SECRET">;
  db: UserDatabase;
  userId: UserId;
  self: Pick<AccountSide, "isErased" | "isBlocked" | "hasContact" | "settings">;
  erased: Erased;
  requests: UserTasks;
  inbox: Pick<InboxCalls, "has" | "knownAfter" | "isAnyKnown">;
  brings: Brings;
};

export class Relations {
  readonly #parts: RelationParts;

  constructor(parts: RelationParts) {
    this.#parts = parts;
  }

  /** How this user stands to `viewer`. Errors: `not_found` where there was never an account. */
  to(viewer: UserId): Outcome<Relation> {
    const { db, userId, self, erased } = this.#parts;
    const person = personOf(db, userId) ?? erased.person(userId);
    return person === undefined ? notFound : done({ person, isBlocked: self.isBlocked(viewer) });
  }

  /** This user as one who brings others. `many`: those whom they want to bring, if they are many and are paid for. */
  bringer(founding: ConversationId | null, many: readonly UserId[]): Outcome<Bringer> {
    const { db, userId, inbox, brings } = this.#parts;
    const person = personOf(db, userId);
    if (person === undefined) return notFound;
    const hasRow = founding !== null && inbox.has(founding);
    const refusal = hasRow ? undefined : brings.refusal(many.length);
    if (refusal !== undefined) return refusal;
    const contacts = many.length === 0 ? [] : contactedBy(db, many);
    return done({ person, hasRow, known: inbox.knownAfter(null), contacts });
  }

  /** This user as one whom `by` wants to bring. `isUnreported`: the directory does not know yet who may bring this user. */
  approach(by: UserId, ids: readonly ConversationId[], isUnreported = false): Outcome<Approach> {
    const { env, db, userId, self, requests, inbox } = this.#parts;
    if (self.isErased()) return refuse("forbidden", "this account was deleted");
    const relation = this.to(by);
    if (!relation.ok) return relation;
    if (isUnreported) db.transact((tx) => requests.request(tx, "profile", [""]));
    const isContact = self.hasContact(by);
    return done({
      ...relation.value,
      hasDm: inbox.has(mintDmId(env.ID_SECRET, userId, by)),
      isContact,
      isKnown: isContact || inbox.isAnyKnown(ids),
      reach: self.settings().reach,
    });
  }
}
