/** Owns the ways by which a message is sent to the server, and how its ack becomes the message that the timeline holds. */
import { pollText, shownPoll, storedPoll } from "../../core/polls/poll.ts";
import { sendMessage } from "../../schema/http/conversation/messages.ts";
import { everyone, type UserId } from "../../schema/ids.ts";
import { ack as ackForm, type Ack, type Message } from "../../schema/wire/message.ts";
import { parseWith } from "../../schema/wire/frames/parse.ts";
import { messageDraft } from "../../schema/wire/send.ts";
import type { Api } from "../session/api.ts";
import { ParleyError } from "../errors.ts";
import type { UpDraft } from "../link/frame-socket.ts";
import type { WholeDraft } from "./entry.ts";

/** Sends by an open socket, and where there is none, or it stays silent, by HTTP. Errors: `never` refused for good; anything else is unknown. */
export async function deliver(
  draft: WholeDraft,
  api: Api,
  viaSocket: (frame: UpDraft) => Promise<Record<string, unknown>> | undefined,
): Promise<Ack> {
  const { conversationId, clientId, text, replyTo, mentions, attachments, poll } = draft;
  const body = {
    clientId,
    ...(poll == null ? { text } : { poll }),
    ...(replyTo === null ? {} : { replyTo }),
    ...mentionsIn(mentions),
    ...(attachments.length === 0 ? {} : { attachments: attachments.map(({ id }) => id) }),
  };
  try {
    const answer = viaSocket({ type: "send", conversationId, ...body });
    if (answer !== undefined) return readAck(await answer);
  } catch (error) {
    // No answer came, so it is unknown whether the message was stored. Under the same clientId it may be sent by another way.
    if (!(error instanceof ParleyError) || error.status !== 0) throw error;
  }
  return await api.call(sendMessage, { params: { conversationId }, body });
}

/** The message that was stored under this ack. */
export function messageOf(draft: WholeDraft, ack: Ack, senderId: UserId): Message | undefined {
  const parsed = parseWith(messageDraft, {
    clientId: draft.clientId,
    ...(draft.poll == null ? { text: draft.text } : { poll: draft.poll }),
    replyTo: draft.replyTo,
    ...mentionsIn(draft.mentions),
    attachments: draft.attachments.map(({ id }) => id),
  });
  if (!parsed.ok) return undefined;
  const { conversationId, seq, rev, sentAt, hash } = ack;
  const { clientId, replyTo, mentions = [], mentionsAll = false } = parsed.value;
  const poll = parsed.value.poll === undefined ? undefined : storedPoll(parsed.value.poll);
  const text = poll === undefined ? parsed.value.text : pollText(poll);
  return {
    conversationId,
    seq,
    rev,
    senderId,
    clientId,
    text,
    sentAt,
    editedAt: null,
    unsentAt: null,
    replyTo: replyTo ?? null,
    mentions,
    ...(mentionsAll ? { mentionsAll: true as const } : {}),
    reactions: [],
    ...(poll === undefined ? {} : { poll: shownPoll(poll, []) }),
    attachments: [...draft.attachments],
    hash,
  };
}

/** Those whom a draft names, and whether it mentions all members, as the server takes them. */
function mentionsIn(mentions: readonly string[]): { mentions?: string[]; mentionsAll?: true } {
  const named = mentions.filter((userId) => userId !== everyone);
  return {
    ...(named.length === 0 ? {} : { mentions: named }),
    ...(named.length === mentions.length ? {} : { mentionsAll: true }),
  };
}

function readAck(fields: Record<string, unknown>): Ack {
  const parsed = parseWith(ackForm, fields);
  if (!parsed.ok)
    throw new ParleyError({
      code: "internal",
      detail: `the answer is no ack: ${parsed.refusal.detail}`,
      retry: "later",
      status: 0,
    });
  return parsed.value;
}
