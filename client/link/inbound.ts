/** Owns where each frame of the sync socket belongs: to the inbox, to its conversation, or to both. */
import type { InboundFrame } from "./connection-parts.ts";
import type { Conversation } from "../conversation/conversation.ts";
import type { Inbox } from "../account/inbox.ts";
import type { Presence } from "../presence/presence.ts";

export interface InboundParts {
  readonly inbox: Inbox;
  readonly presence: Presence;
  /** The conversation, made if it was not there: what is stored of it must follow what happens in it. */
  readonly conversation: (conversationId: string) => Conversation;
  /** The conversation, if somebody has asked for it. */
  readonly known: (conversationId: string) => Conversation | undefined;
  readonly onHello: (serverTime: number) => void;
  /** Everything that was missed has arrived. */
  readonly onCaughtUp: () => void;
}

export class Inbound {
  readonly #parts: InboundParts;

  constructor(parts: InboundParts) {
    this.#parts = parts;
  }

  take(frame: InboundFrame): void {
    const { inbox, presence, conversation, known, onHello, onCaughtUp } = this.#parts;
    switch (frame.type) {
      case "hello":
        inbox.meetEpoch(frame.epoch);
        onHello(frame.serverTime);
        return presence.hello();
      case "inbox":
        if (inbox.frame(frame)) onCaughtUp();
        return;
      case "message":
        // The timeline first: a row that is ahead of it looks like something missing.
        conversation(frame.message.conversationId).take(frame);
        if (frame.inbox !== undefined) inbox.message(frame.message, frame.inbox);
        return;
      case "change":
        conversation(frame.conversationId).take(frame);
        if (frame.inbox !== undefined) inbox.numbers(frame.conversationId, frame.rev, frame.inbox);
        return;
      case "receipt":
      case "typing":
        // Of no lasting worth where nobody looks.
        return known(frame.conversationId)?.take(frame);
      case "presence":
        return presence.take(frame.presence);
      case "drain":
        return;
    }
  }
}
