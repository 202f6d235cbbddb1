/** Owns what a user does to a stored message: edit, unsend, react, load a long one whole. */
import { qualified } from "../../schema/emoji.ts";
import { parseWith } from "../../schema/wire/frames/parse.ts";
import { deleteReaction, editMessage, putReaction, unsendMessage } from "../../schema/http/conversation/messages.ts";
import { closePoll, listVoters, putVote } from "../../schema/http/conversation/polls.ts";
import type { User } from "../../schema/wire/user.ts";
import type { VotersAsk } from "../contract/polls.ts";
import type { Page } from "../contract/page.ts";
import type { Api } from "../session/api.ts";
import type { PendingEdit } from "../contract/conversation.ts";
import type { ConversationSync } from "../sync/conversation-sync.ts";
import type { EditAsk, Edits } from "../outbox/edits.ts";
import { handlesToAsk } from "../outbox/naming.ts";
import { ParleyError, rejected } from "../errors.ts";
import { Derived } from "../observable.ts";
import type { ReactionOverlay } from "../timeline/reactions.ts";
import { retried } from "../link/retried.ts";

export interface ActionParts {
  readonly conversationId: string;
  readonly api: Api;
  readonly sync: ConversationSync;
  readonly reactions: ReactionOverlay;
  readonly edits: Pick<Edits, "edit" | "discard" | "of">;
  /** Called when reactions are shown differently from before. */
  readonly onShown: () => void;
}

export class MessageActions {
  readonly #parts: ActionParts;
  /** By vote or reaction: the last one that is under way. */
  readonly #underWay = new Map<string, Promise<void>>();
  /** Edits that are not stored by the server yet. */
  readonly pendingEdits: Derived<ReadonlyMap<number, PendingEdit>>;

  constructor(parts: ActionParts) {
    this.#parts = parts;
    this.pendingEdits = new Derived(() => parts.edits.of(parts.conversationId));
  }

  readonly edit = (
    seq: number,
    text: string,
    given?: readonly string[],
    mentionHandles?: readonly string[],
  ): Promise<void> => {
    const { edits, conversationId } = this.#parts;
    const mentions = given ?? (mentionHandles === undefined ? undefined : []);
    const parsed = parseWith(editMessage.body, { text, ...(mentions === undefined ? {} : { mentions }) });
    if (!parsed.ok) return rejected(new ParleyError(parsed.refusal));
    const handles = handlesToAsk(mentionHandles ?? [], mentions ?? []);
    return edits.edit({ conversationId, seq, text, mentions: mentions ?? null, handles, found: null });
  };

  discardEdit(seq: number): void {
    this.#parts.edits.discard(this.#parts.conversationId, seq);
  }

  /** One try of an edit; `edits.ts` repeats it. */
  async deliverEdit({ seq, text, mentions }: EditAsk): Promise<void> {
    const { api, sync } = this.#parts;
    const body = { text, ...(mentions === null ? {} : { mentions: [...mentions] }) };
    sync.changed(await api.call(editMessage, { params: this.#at(seq), body }));
  }

  async unsend(seq: number): Promise<void> {
    const { api, sync } = this.#parts;
    sync.changed(await retried(() => api.call(unsendMessage, { params: this.#at(seq) })));
  }

  async react(seq: number, given: string, on: boolean): Promise<void> {
    const { api, sync, reactions, onShown } = this.#parts;
    // The form in which the server stores it, so that the text does not change when the answer comes.
    const emoji = qualified(given);
    const end = reactions.add(seq, emoji, on);
    onShown();
    try {
      const params = { ...this.#at(seq), emoji };
      const call = () => (on ? api.call(putReaction, { params }) : api.call(deleteReaction, { params }));
      sync.changed(await this.#inOrder(`${seq} ${emoji}`, call));
    } finally {
      end();
      onShown();
    }
  }

  async vote(seq: number, options: readonly number[]): Promise<void> {
    const { api, sync, reactions, onShown } = this.#parts;
    const end = reactions.vote(seq, options);
    onShown();
    try {
      const call = () => api.call(putVote, { params: this.#at(seq), body: { options: [...options] } });
      sync.changed(await this.#inOrder(`${seq}`, call));
    } finally {
      end();
      onShown();
    }
  }

  async closePoll(seq: number): Promise<void> {
    const { api, sync } = this.#parts;
    sync.changed(await retried(() => api.call(closePoll, { params: this.#at(seq) })));
  }

  async voters(seq: number, { signal, ...query }: VotersAsk): Promise<Page<User>> {
    const { voters, cursor } = await this.#parts.api.call(listVoters, { params: this.#at(seq), query }, { signal });
    return { items: voters, cursor };
  }

  /** After what the user did before to the same: the server keeps what it is asked last. */
  async #inOrder<T>(what: string, call: () => Promise<T>): Promise<T> {
    const before = this.#underWay.get(what);
    const done = before === undefined ? retried(call) : before.then(() => retried(call));
    const ended = done.then(
      () => undefined,
      () => undefined,
    );
    this.#underWay.set(what, ended);
    try {
      return await done;
    } finally {
      if (this.#underWay.get(what) === ended) this.#underWay.delete(what);
    }
  }

  #at(seq: number): { conversationId: string; seq: number } {
    return { conversationId: this.#parts.conversationId, seq };
  }
}
