/**
 * Serves the fan-out queue: a hint names a large group in which something is due to single members, and perhaps the member behind whom its round goes on. What is
 * due stays in the conversation until it is reported as delivered. So a hint that is lost, repeated or cut off does no harm, and the conversation's alarm sends
 * another.
 */
import type { DeliveredRow, DueRow } from "../../objects/contract/delivery/pulled-row.ts";
import { isMinted } from "../../objects/shared/identity/mint.ts";
import { cost } from "../../objects/shared/platform/meter.ts";
import { call, conversationStub, userStub } from "../../objects/shared/platform/calls.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";
import type { ConversationId, UserId } from "../../schema/ids.ts";
import { largeGroups } from "../../schema/bounds/large-groups.ts";

/** False if it is no hint of this queue. If it throws, the platform sends the hint again. */
export async function consumeFanOut(hint: unknown, env: Env): Promise<boolean> {
  const { conversationId, after } = (typeof hint === "object" && hint !== null ? hint : {}) as Record<string, unknown>;
  if (typeof conversationId !== "string" || !isMinted(env.ID_SECRET, conversationId, "conversation")) return false;
  await serve(env, conversationId as ConversationId, typeof after === "string" ? (after as UserId) : null);
  return true;
}

/** One round over the members behind this one to whom something is due, in the order of their ids. Members whose objects fail are left to the alarm's next hint. */
async function serve(env: Env, id: ConversationId, from: UserId | null): Promise<void> {
  const ask = async (after: UserId | null, delivered: DeliveredRow[]) => {
    const asked = await call("conversation.fanOutPage", () => conversationStub(env, id).fanOutPage(after, delivered));
    if (!asked.ok) throw new Error(asked.refusal.detail);
    return asked.value;
  };
  let after = from;
  let delivered: DeliveredRow[] = [];
  for (let pages = 0; pages < largeGroups.duePagesPerHintMax; pages++) {
    const page: { due: DueRow[]; next: UserId | null } = await ask(after, delivered);
    delivered = await deliver(env, page.due);
    after = page.next ?? page.due.at(-1)?.userId ?? null;
    if (after === null) return;
  }
  // There is more work here. The last page is reported, and a hint to go on behind it goes into the queue, behind those of other conversations.
  await ask(after, delivered);
  cost.queueOperations++;
  await env.FANOUT_QUEUE.send({ conversationId: id, after });
}

/** Calls the inboxes side by side, and answers which have durably what was due. */
async function deliver(env: Env, due: readonly DueRow[]): Promise<DeliveredRow[]> {
  const delivered: DeliveredRow[] = [];
  await inParallel(due, largeGroups.dueCallsAtOnce, async ({ userId, ...delivery }) => {
    const answer = await call("user.deliverRow", () => userStub(env, userId).deliverRow(delivery));
    if (!answer.ok || answer.value.isFailed === true) return;
    const { membership, rev } = delivery.row;
    const { wantsAll, wantsAt } = answer.value;
    const wish = { ...(wantsAll === undefined ? {} : { wantsAll }), ...(wantsAt === undefined ? {} : { wantsAt }) };
    delivered.push({ userId, membership, rev, ...wish });
  });
  return delivered;
}
