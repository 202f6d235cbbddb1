/** Owns the hint to the queue's consumer that a conversation's archive has work. A hint that is lost is repeated by the alarm. */
import type { ConversationId } from "../../../schema/ids.ts";
import type { Env } from "../../shared/platform/env.ts";
import { logFault } from "../../shared/platform/log.ts";
import { cost } from "../../shared/platform/meter.ts";
import { archiveMarks } from "./marks.ts";

export function hintArchive(env: Env, conversationId: ConversationId): void {
  if (!archiveMarks.sendsHints) return;
  cost.queueOperations++;
  env.ARCHIVE_QUEUE.send({ conversationId }).catch((error: unknown) => logFault("hint", error, { conversationId }));
}
