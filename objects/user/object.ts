/** One user: composes the account side (who this is, devices, people) and the inbox side (conversations, sockets). No SQL, no rules. */
import { DurableObject } from "cloudflare:workers";
import type { Outcome } from "../../schema/errors.ts";
import type { ConversationId } from "../../schema/ids.ts";
import type { SummaryPatch } from "../../schema/http/conversations.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import { Alarms } from "../shared/alarms.ts";
import { Database } from "../shared/database.ts";
import type { Env } from "../shared/env.ts";
import { Account } from "./account-side.ts";
import type { Delivery, DeliveryAnswer } from "./contract.ts";
import { InboxSide } from "./inbox-side.ts";
import type { InboxCalls } from "./sides.ts";
import { steps } from "./tables.ts";

export class UserObject extends DurableObject<Env> {
  readonly #alarms: Alarms;
  readonly #account: Account;
  readonly #inbox: InboxCalls;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const db = new Database(ctx.storage);
    db.migrate(steps);
    this.#alarms = new Alarms(ctx.storage, db);
    this.#account = new Account({ ctx, env, db, alarms: this.#alarms });
    this.#inbox = new InboxSide({ ctx, env, db, alarms: this.#alarms, account: this.#account });
  }

  deliver(delivery: Delivery): Promise<DeliveryAnswer> {
    return this.#inbox.deliver(delivery);
  }

  summaries(
    cursor: string | undefined,
    limit: number,
  ): Promise<Outcome<{ conversations: Summary[]; cursor: string | null }>> {
    return this.#inbox.summaries(cursor, limit);
  }

  patchSummary(conversationId: ConversationId, patch: SummaryPatch): Promise<Outcome<Summary>> {
    return this.#inbox.patchSummary(conversationId, patch);
  }

  override fetch(request: Request): Promise<Response> {
    return this.#inbox.fetch(request);
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> | void {
    return this.#inbox.webSocketMessage(socket, message);
  }

  override webSocketClose(socket: WebSocket): Promise<void> | void {
    return this.#inbox.webSocketClose(socket);
  }

  override webSocketError(socket: WebSocket): Promise<void> | void {
    return this.#inbox.webSocketError(socket);
  }

  override alarm(): Promise<void> {
    return this.#alarms.run({ ...this.#account.alarmHandlers, ...this.#inbox.alarmHandlers });
  }
}
