/**
 * Owns asking large groups for the rows that this inbox has of them: when a device comes back, before a list or a row is shown, and before a poll answers that
 * nothing changed. A question that fails leaves the row as it is stored; the next one brings it.
 */
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import { batches, timeouts } from "../../../schema/limits.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import { call, conversationStub, withDeadline } from "../../shared/platform/calls.ts";
import type { Env } from "../../shared/platform/env.ts";
import { inParallel } from "../../shared/platform/in-parallel.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { AccountSide } from "../sides.ts";
import type { InboxStore } from "../inbox/inbox-store.ts";
import type { RowDeliveries } from "./row-deliveries.ts";

export type PullsParts = { env: Env; awake: Awake; account: Pick<AccountSide, "userId"> };

/** A question that is under way, and the one behind it. */
type Question = { done: Promise<void>; next?: Promise<void> };

export class Pulls {
  readonly #parts: PullsParts;
  readonly #store: Pick<InboxStore, "row" | "largeIds">;
  readonly #rows: Pick<RowDeliveries, "bring">;
  readonly #me: UserId;
  readonly #questions = new Map<ConversationId, Question>();

  constructor(parts: PullsParts, store: Pick<InboxStore, "row" | "largeIds">, rows: Pick<RowDeliveries, "bring">) {
    this.#parts = parts;
    this.#store = store;
    this.#rows = rows;
    this.#me = parts.account.userId();
  }

  /** Asks for the rows that a device looks at first, and does not wait: what is newer goes to sockets and polls as it comes. */
  begin(): void {
    const ids = this.#store.largeIds(batches.rowPullsMax);
    if (ids.length === 0) return;
    const brought = this.#parts.awake.during(this.#bring(ids));
    brought.catch((error: unknown) => logFault("row pulls", error, { rows: ids.length }));
  }

  /** Resolves when memory has the present rows, or after a while. Only rows of large groups are asked for. */
  async look(among?: readonly ConversationId[]): Promise<void> {
    const ids =
      among?.filter((id) => this.#store.row(id)?.mode === "large") ?? this.#store.largeIds(batches.rowPullsMax);
    if (ids.length === 0) return;
    await withDeadline(this.#bring(ids), timeouts.rowPullMs).catch(() => undefined);
  }

  #bring(ids: readonly ConversationId[]): Promise<void> {
    return inParallel(ids, batches.rowPullsAtOnce, (id) => this.#ask(id));
  }

  /** The answer to a question that is under way may be older than what the caller has seen elsewhere. So there is one more behind it, for all who come meanwhile. */
  #ask(id: ConversationId): Promise<void> {
    const present = this.#questions.get(id);
    if (present !== undefined) return (present.next ??= present.done.then(() => this.#ask(id)));
    const question: Question = { done: Promise.resolve() };
    this.#questions.set(id, question);
    question.done = this.#pull(id).finally(() => this.#questions.delete(id));
    return question.done;
  }

  async #pull(id: ConversationId): Promise<void> {
    const row = this.#store.row(id);
    // A former member's row stays as it is until they are brought in again.
    if (row === undefined || row.hasLeft) return;
    const { rev, read, pulled } = row;
    const known = pulled === null ? null : { membership: pulled.membership, rev, read };
    const answer = await call("conversation.rowOf", () => conversationStub(this.#parts.env, id).rowOf(this.#me, known));
    if (answer.ok && answer.value !== null) await this.#rows.bring(answer.value);
  }
}
