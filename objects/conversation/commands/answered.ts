/** Owns who wrote the message that a new one answers. Their inbox has to know it, because an answer counts as a mention there. */
import type { ConversationId, Seq, UserId } from "../../../schema/ids.ts";
import type { Messages } from "../messages/messages.ts";
import type { Away } from "./waiting-jobs.ts";
import type { Fetched } from "../archive/fetched.ts";

/** Undefined where it answers none, and where the segment with the answered message cannot be read: no message is refused for it. */
export function answeredBy(
  { messages, fetched }: { messages: Pick<Messages, "senderOf">; fetched: Fetched },
  id: ConversationId,
  replyTo: Seq | null,
): UserId | Away | undefined {
  if (replyTo === null) return undefined;
  const own = messages.senderOf(replyTo);
  if (own !== undefined) return own;
  const archived = fetched.lookup(id, replyTo);
  if (archived?.is === "row") return archived.row.senderId;
  if (archived === undefined || fetched.hasFailed(archived.away)) return undefined;
  return { away: archived.away, isDispensable: true };
}
