/** Owns the calls to many people whom this user brings, a page at a time: how each stands to this user, and what it costs on their side. */
import { done, type Outcome } from "../../../schema/errors.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import type { Approach, BringPage, BroughtPage } from "../../contract/bringing.ts";
import { ask, call, userStub } from "../../shared/platform/calls.ts";
import type { Env } from "../../shared/platform/env.ts";
import { inParallel } from "../../shared/platform/in-parallel.ts";
import type { InboxCalls } from "../sides.ts";

type Parts = { env: Env; userId: UserId; inbox: Pick<InboxCalls, "knownAfter"> };

export class BringPages {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async answer(page: BringPage): Promise<Outcome<BroughtPage>> {
    const approaches: Approach[] = [];
    const crowded: UserId[] = [];
    let refusal: Extract<Outcome<never>, { ok: false }> | undefined;
    const [unreported, strangers] =
      page.do === "approach" ? [new Set(page.unreported), undefined] : [undefined, new Set(page.strangers)];
    await inParallel([...page.userIds.entries()], batches.bringCallsAtOnce, async ([index, userId]) => {
      if (refusal !== undefined) return;
      if (strangers === undefined) {
        const approach = await this.#approach(userId, unreported.has(userId));
        // A large group keeps no block lists.
        if (approach.ok) approaches[index] = { ...approach.value, person: { ...approach.value.person, blocks: [] } };
        else refusal ??= approach;
        return;
      }
      const taken = await ask("user.takeIn", () =>
        this.#stub(userId).takeIn(this.#parts.userId, strangers.has(userId)),
      );
      if (!taken.ok) refusal ??= taken;
      else if (taken.value.isRequest) crowded.push(userId);
    });
    return refusal ?? done({ approaches, crowded });
  }

  /** Asks page by page until one conversation that both are in is found, or there are no more. */
  async #approach(userId: UserId, isUnreported: boolean): Promise<Outcome<Approach>> {
    const { userId: me, inbox } = this.#parts;
    const first = inbox.knownAfter(null);
    const approach = await ask("user.approach", () => this.#stub(userId).approach(me, first.ids, isUnreported));
    if (!approach.ok || approach.value.isKnown) return approach;
    for (let next: ConversationId | null = first.next; next !== null;) {
      const { ids, next: after } = inbox.knownAfter(next);
      const shares = await call("user.sharesOne", () => this.#stub(userId).sharesOne(ids));
      if (!shares.ok) return shares;
      if (shares.value) return done({ ...approach.value, isKnown: true });
      next = after;
    }
    return approach;
  }

  #stub(userId: UserId): ReturnType<typeof userStub> {
    return userStub(this.#parts.env, userId);
  }
}
