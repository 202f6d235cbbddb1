/** Owns the reading of single messages of a conversation, wherever they are. */
import { messageOf } from "../../core/stored-message.ts";
import { ask, conversationStub } from "../../objects/shared/platform/calls.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";
import { logFault } from "../../objects/shared/platform/log.ts";
import { archive } from "../../schema/archive-limits.ts";
import type { Missing } from "../../schema/http/search.ts";
import type { ConversationId, Seq, UserId } from "../../schema/ids.ts";
import type { Message } from "../../schema/wire/message.ts";
import { readSegment } from "../archive/read-segment.ts";

const asksMax = 3;

/**
 * Messages of one conversation, from its object or its archive. The conversation is asked again if a segment is not there, because it may have been written anew meanwhile, and
 * if reading took so long that the user may have been removed. A user who is no member finds nothing.
 */
export async function messagesIn(
  env: Env,
  viewer: UserId,
  id: ConversationId,
  seqs: Seq[],
): Promise<{ messages: Message[]; missing: Missing[] }> {
  for (let asked = 1; asked <= asksMax; asked++) {
    const at = now();
    const answer = await ask("conversation.messagesAt", () => conversationStub(env, id).messagesAt(viewer, seqs));
    if (!answer.ok && answer.refusal.code === "not_found") return { messages: [], missing: [] };
    if (!answer.ok) break;
    const { messages, away } = answer.value;
    const found: Message[] = [];
    const missing: Missing[] = [];
    let isWhole = true;
    try {
      // Of each segment its few messages are kept, and not the whole of it.
      await inParallel(away, archive.segmentsReadAtOnce, async ({ segment, seqs: here }) => {
        const read = await readSegment(env, segment);
        isWhole &&= read.ok;
        for (const seq of here) {
          if (read.ok) found.push(messageOf(id, read.segment.row(seq)));
          else missing.push({ conversationId: id, from: seq, to: seq });
        }
      });
    } catch (error) {
      logFault("archive", error, {});
      break;
    }
    if (now() - at > archive.answerMs || (asked === 1 && !isWhole)) continue;
    return { messages: [...messages, ...found], missing };
  }
  return { messages: [], missing: [{ conversationId: id }] };
}
