/** Owns the inbox side as the object composes it: a place to stand until the real one arrives. */
import { done, notFound, type Outcome } from "../../schema/errors.ts";
import type { ConversationId } from "../../schema/ids.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Delivery, DeliveryAnswer } from "./contract.ts";
import type { AlarmHandlers, InboxCalls, InboxParts } from "./sides.ts";

export class InboxSide implements InboxCalls {
  readonly alarmHandlers: AlarmHandlers = {};

  constructor(_parts: InboxParts) {}

  async deliver(delivery: Delivery): Promise<DeliveryAnswer> {
    return { rev: delivery.rev };
  }

  async summaries(): Promise<Outcome<{ conversations: Summary[]; cursor: string | null }>> {
    return done({ conversations: [], cursor: null });
  }

  async patchSummary(): Promise<Outcome<Summary>> {
    return notFound;
  }

  async fetch(): Promise<Response> {
    return new Response(null, { status: 503 });
  }

  webSocketMessage(): void {}

  webSocketClose(): void {}

  webSocketError(): void {}

  closeDevice(): void {}

  conversationIds(): ConversationId[] {
    return [];
  }
}
