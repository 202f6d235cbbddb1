/** Owns where each frame of the sync socket belongs: to the inbox, to its conversation, or to both. */
import type { NewDevice } from "../../schema/security/new-devices.ts";
import type { InboundFrame } from "../link/frames.ts";
import type { Conversations } from "./conversations.ts";
import type { Inbox } from "../inbox/inbox.ts";
import type { News } from "../feed/feed-position.ts";
import type { Presence } from "../presence/presence.ts";

export interface InboundParts {
  readonly inbox: Inbox;
  readonly presence: Presence;
  readonly newDevices: { set(devices: readonly NewDevice[]): void };
  readonly conversations: Pick<Conversations, "find" | "get" | "known">;
  readonly onHello: (serverTime: number) => void;
  /** What came into a conversation, for those who listen for it. */
  readonly onNews: (conversationId: string, news: News) => void;
  /** All missed rows of the inbox have arrived. */
  readonly onCaughtUp: () => void;
}

export class Inbound {
  readonly #parts: InboundParts;

  constructor(parts: InboundParts) {
    this.#parts = parts;
  }

  take(frame: InboundFrame): void {
    const { inbox, presence, newDevices, conversations, onHello, onCaughtUp, onNews } = this.#parts;
    switch (frame.type) {
      case "hello":
        inbox.meetEpoch(frame.epoch);
        onHello(frame.serverTime);
        newDevices.set(frame.newDevices ?? []);
        return presence.hello();
      case "inbox":
        if (inbox.frame(frame)) onCaughtUp();
        return;
      case "message":
        onNews(frame.message.conversationId, newsOf(frame));
        // The timeline first: a row that is ahead of it looks like something missing.
        conversations.get(frame.message.conversationId).take(frame);
        if (frame.inbox !== undefined) inbox.message(frame.message, frame.inbox);
        return;
      case "change":
        onNews(frame.conversationId, newsOf(frame));
        // The conversation is made if it was not there: what is stored of it must follow what happens in it.
        conversations.get(frame.conversationId).take(frame);
        if (frame.inbox !== undefined) inbox.numbers(frame.conversationId, frame.rev, frame.inbox);
        return;
      case "receipt":
        return conversations.known(frame.conversationId)?.take(frame);
      case "typing":
        // The list of conversations shows it, too, so the conversation is made if it was not there.
        return conversations.find(frame.conversationId)?.take(frame);
      case "presence":
        return presence.take(frame.presence);
      case "devices":
        return newDevices.set(frame.newDevices);
      case "drain":
        return;
    }
  }
}

function newsOf(frame: Extract<InboundFrame, { type: "message" | "change" }>): News {
  if (frame.type === "change") {
    const { rev, since = rev - 1, messages = [], notices = [] } = frame;
    return { since, rev, messages, notices, isNew: false };
  }
  const { message } = frame;
  return { since: message.rev - 1, rev: message.rev, messages: [message], notices: [], isNew: true };
}
