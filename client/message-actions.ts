/** Owns what a user does to messages that are there: editing, unsending, reacting, reading a long one whole. */
import { qualified } from "../schema/emoji.ts";
import { deleteReaction, editMessage, putReaction, unsendMessage } from "../schema/http/messages.ts";
import type { Api } from "./api.ts";
import type { ConversationSync } from "./conversation-sync.ts";
import type { ReactionOverlay } from "./reactions.ts";
import { retried } from "./retried.ts";

export interface ActionParts {
  readonly conversationId: string;
  readonly api: Api;
  readonly sync: ConversationSync;
  readonly reactions: ReactionOverlay;
  /** Reactions are shown otherwise than before. */
  readonly onShown: () => void;
}

export class MessageActions {
  readonly #parts: ActionParts;

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  async edit(seq: number, text: string, mentions: readonly string[] | undefined): Promise<void> {
    const { api, sync } = this.#parts;
    const body = { text, ...(mentions === undefined ? {} : { mentions: [...mentions] }) };
    sync.changed(await retried(() => api.call(editMessage, { params: this.#at(seq), body })));
  }

  async unsend(seq: number): Promise<void> {
    const { api, sync } = this.#parts;
    sync.changed(await retried(() => api.call(unsendMessage, { params: this.#at(seq) })));
  }

  async react(seq: number, given: string, on: boolean): Promise<void> {
    const { api, sync, reactions, onShown } = this.#parts;
    // The form that the server keeps, so that what is shown at once is what is there afterwards.
    const emoji = qualified(given);
    const end = reactions.add(seq, emoji, on);
    onShown();
    try {
      const params = { ...this.#at(seq), emoji };
      const call = () => (on ? api.call(putReaction, { params }) : api.call(deleteReaction, { params }));
      sync.changed(await retried(call));
    } finally {
      end();
      onShown();
    }
  }

  #at(seq: number): { conversationId: string; seq: number } {
    return { conversationId: this.#parts.conversationId, seq };
  }
}
