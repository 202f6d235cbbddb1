/** Owns what an account has written and the server has not answered: messages and edits, sent and kept alike. */
import type { Ack } from "../../schema/wire/message.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage } from "../contract/storage.ts";
import { type EditAsk, Edits } from "./edits.ts";
import type { Locks } from "../storage/locks.ts";
import { Derived } from "../observable.ts";
import { type Draft, Outbox } from "./outbox.ts";

/** What delivers, in the conversation that it is for. */
interface Delivering {
  deliver(draft: Draft): Promise<Ack>;
  confirm(draft: Draft, ack: Ack): Promise<void>;
  deliverEdit(ask: EditAsk): Promise<void>;
  outboxChanged(): void;
  editsChanged(): void;
}

export interface UnsentParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: () => number;
  readonly locks: Locks;
  readonly userId: string;
  readonly conversation: (conversationId: string) => Delivering;
  /** The conversation, if somebody has asked for it. */
  readonly known: (conversationId: string) => Delivering | undefined;
}

export class Unsent {
  readonly outbox: Outbox;
  readonly edits: Edits;
  readonly count: Derived<number>;

  constructor({ conversation, known, ...parts }: UnsentParts) {
    this.outbox = new Outbox({
      ...parts,
      deliver: async (draft) => await conversation(draft.conversationId).deliver(draft),
      confirm: async (draft, ack) => await conversation(draft.conversationId).confirm(draft, ack),
      onChange: (conversationId) => known(conversationId)?.outboxChanged(),
    });
    this.edits = new Edits({
      ...parts,
      send: async (ask) => await conversation(ask.conversationId).deliverEdit(ask),
      onChange: (conversationId) => known(conversationId)?.editsChanged(),
    });
    const counts = [this.outbox.unsent, this.edits.unsent];
    this.count = new Derived(() => counts.reduce((sum, each) => sum + each.getSnapshot(), 0));
    for (const each of counts) each.subscribe(() => this.count.touch());
  }

  /** Takes over what earlier runs, and tabs that are gone, did not get through. */
  adopt(): void {
    this.outbox.adopt().catch(() => undefined);
    this.edits.adopt().catch(() => undefined);
  }

  /** The link is there again. */
  wake(): void {
    this.outbox.wake();
    this.edits.wake();
  }

  close(): void {
    this.outbox.close();
    this.edits.close();
  }
}
