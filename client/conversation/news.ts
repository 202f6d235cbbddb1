/** Owns how frames that bring something new become stretches of a timeline, and bring what is known of the conversation itself. */
import type { Notice } from "../../schema/wire/message.ts";
import type { UserId } from "../../schema/ids.ts";
import type { ConversationSync } from "../sync/conversation-sync.ts";
import { withOwnReactions } from "../timeline/own-reactions.ts";
import type { Details } from "./details.ts";
import type { LiveFrame } from "../link/frames.ts";
import type { Place } from "./live-link.ts";

/** What arrives for one conversation, on whichever socket. */
export type ConversationFrame = Extract<LiveFrame, { type: "message" | "change" | "receipt" | "typing" }>;

/** `place`: what the frame covers, where that is more than its own rev. `me`: who receives it. */
export function takeNews(
  frame: Extract<ConversationFrame, { type: "message" | "change" }>,
  place: Place | undefined,
  sync: Pick<ConversationSync, "feed" | "timeline">,
  me: UserId,
  details: Pick<Details, "takeShared" | "refreshSoon">,
): void {
  if (frame.type === "message") {
    const { message } = frame;
    return sync.feed({ since: message.rev - 1, ...place, rev: message.rev, messages: [message], notices: [] }, true);
  }
  const { rev, notices = [] } = frame;
  const held = (seq: number) => sync.timeline.messages.get(seq);
  const messages = (frame.messages ?? []).map((each) => withOwnReactions(each, held(each.seq), me, frame));
  const since = Math.min(frame.since ?? rev - 1, place?.since ?? rev - 1);
  sync.feed({ ...place, since, rev, messages, notices });
  if (frame.conversation !== undefined) details.takeShared(frame.conversation);
  if (notices.some(changesMembers)) details.refreshSoon();
}

function changesMembers({ kind }: Notice): boolean {
  return kind !== "conversation_created";
}
