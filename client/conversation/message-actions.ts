/** Owns what a user does to a stored message: edit, unsend, react, vote, mark it; and how that is asked of the server. */
import { qualified } from "../../schema/emoji.ts";
import { parseWith } from "../../schema/wire/frames/parse.ts";
import { deleteReaction, editMessage, putReaction, unsendMessage } from "../../schema/http/conversation/messages.ts";
import { deletePin, putPin } from "../../schema/http/conversation/marks.ts";
import { closePoll, listVoters, putVote } from "../../schema/http/conversation/polls.ts";
import type { User } from "../../schema/wire/user.ts";
import type { Act } from "../act.ts";
import type { VotersAsk } from "../contract/conversation/polls.ts";
import type { Page } from "../contract/page.ts";
import type { Clock } from "../contract/platform.ts";
import type { Api } from "../session/api.ts";
import type { PendingEdit } from "../contract/conversation/conversation.ts";
import type { ConversationSync } from "../sync/conversation-sync.ts";
import type { Deleting } from "../sync/deleting.ts";
import type { Marks } from "../sync/marks.ts";
import type { Performer, Acts } from "../outbox/acts/acts.ts";
import type { EditAsk, Edits } from "../outbox/acts/edits.ts";
import { handlesToAsk } from "../outbox/naming.ts";
import { ParleyError, rejected } from "../errors.ts";
import { Derived } from "../observable.ts";
import type { Details } from "./details.ts";

export interface ActionParts {
  readonly conversationId: string;
  readonly api: Api;
  readonly sync: ConversationSync;
  readonly clock: Clock;
  readonly edits: Pick<Edits, "edit" | "discard" | "of">;
  readonly acts: Pick<Acts, "do" | "answered">;
  readonly marks: Pick<Marks, "perform">;
  readonly deleting: Deleting;
  readonly details: Pick<Details, "takePin">;
  /** Other acts are to be shown than before. */
  readonly onActs: () => void;
}

export class MessageActions {
  readonly #parts: ActionParts;
  readonly deleting: Deleting;
  /** How the acts are made; `acts.ts` says when. */
  readonly performer: Performer;
  /** Edits that are not stored by the server yet. */
  readonly pendingEdits: Derived<ReadonlyMap<number, PendingEdit>>;

  constructor(parts: ActionParts) {
    this.#parts = parts;
    this.deleting = parts.deleting;
    this.performer = {
      perform: (act, isRepeat) => this.#perform(act, isRepeat),
      epoch: () => parts.sync.timeline.facts.epoch ?? undefined,
      renew: () => parts.sync.renew(),
      stored: () => parts.sync.stored(),
      changed: () => parts.onActs(),
    };
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

  unsend(seq: number): Promise<void> {
    const { clock, acts } = this.#parts;
    return acts.do({ kind: "unsend", ...this.#at(seq), at: clock.now() });
  }

  react(seq: number, emoji: string, on: boolean): Promise<void> {
    // The form in which the server stores it, so that the text does not change when the answer comes.
    return this.#parts.acts.do({ kind: "react", ...this.#at(seq), emoji: qualified(emoji), on });
  }

  vote(seq: number, options: readonly number[]): Promise<void> {
    return this.#parts.acts.do({ kind: "vote", ...this.#at(seq), options: [...options] });
  }

  closePoll(seq: number): Promise<void> {
    const { clock, acts } = this.#parts;
    return acts.do({ kind: "close-poll", ...this.#at(seq), at: clock.now() });
  }

  mark(kind: "star" | "pin", seq: number, on: boolean): Promise<void> {
    return this.#parts.acts.do({ kind, ...this.#at(seq), on });
  }

  hide(seqs: readonly number[], on: boolean): Promise<void> {
    const { conversationId, acts } = this.#parts;
    if (seqs.length === 0) return Promise.resolve();
    return acts.do({ kind: "hide", conversationId, hidden: on ? [...seqs] : [], shown: on ? [] : [...seqs] });
  }

  answered(kind: Act["kind"]): Promise<void> {
    return this.#parts.acts.answered(this.#parts.conversationId, kind);
  }

  async #perform(act: Act, isRepeat: boolean): Promise<void> {
    const { api, sync, marks, deleting, details } = this.#parts;
    switch (act.kind) {
      case "react": {
        const ask = { params: { ...this.#at(act.seq), emoji: act.emoji } };
        return sync.changed(await (act.on ? api.call(putReaction, ask) : api.call(deleteReaction, ask)));
      }
      case "vote": {
        const body = { options: act.options };
        return sync.changed(await api.call(putVote, { params: this.#at(act.seq), body }));
      }
      case "unsend":
        return sync.changed(await api.call(unsendMessage, { params: this.#at(act.seq) }));
      case "close-poll":
        return sync.changed(await api.call(closePoll, { params: this.#at(act.seq) }));
      case "pin": {
        const ask = { params: this.#at(act.seq) };
        await (act.on ? api.call(putPin, ask) : api.run(deletePin, ask));
        details.takePin(act.seq, act.on);
        return sync.besideChanged();
      }
      case "star":
      case "hide":
        return await marks.perform(act);
      default:
        await deleting.perform(act, isRepeat);
    }
  }

  async voters(seq: number, { signal, ...query }: VotersAsk): Promise<Page<User>> {
    const { voters, cursor } = await this.#parts.api.call(listVoters, { params: this.#at(seq), query }, { signal });
    return { items: voters, cursor };
  }

  #at(seq: number): { conversationId: string; seq: number } {
    return { conversationId: this.#parts.conversationId, seq };
  }
}
