/** Owns what an account has not sent, or the server has not answered: messages, edits, small acts and own watermarks, all kept alike. */
import { z } from "zod";
import type { Ack } from "../../schema/wire/message.ts";
import { isOfMessages } from "../act.ts";
import { Acts, type Performer } from "./acts/acts.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage } from "../contract/storage.ts";
import type { Marks } from "../receipts/marks-by-user.ts";
import { type EditAsk, Edits } from "./acts/edits.ts";
import { OwnedEntries, type Yielding } from "./owned-entries.ts";
import { type Named, Namer } from "./naming.ts";
import { keys } from "../storage/keys.ts";
import type { Locks } from "../storage/locks.ts";
import { type Derived, sumOf } from "../observable.ts";
import { Outbox } from "./outbox.ts";
import type { WholeDraft } from "./entry.ts";
import { Uploads } from "../uploads/uploads.ts";
import type { UploadDoor } from "../uploads/upload-calls.ts";

const keptMarks = z.object({ delivered: z.int(), read: z.int() });

/** What delivers, in the conversation that it is for. */
interface Delivering {
  deliver(draft: WholeDraft): Promise<Ack>;
  confirm(draft: WholeDraft, ack: Ack): Promise<void>;
  deliverEdit(ask: EditAsk): Promise<void>;
  /** The members who have these handles. */
  named(handles: readonly string[]): Promise<Named>;
  adoptReceipt(owed: Marks): void;
  outboxChanged(): void;
  editsChanged(): void;
  /** Without it acts are left to another program. */
  readonly performer?: Performer;
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
  readonly isLinked: () => boolean;
  /** Given by a program that leaves what it sends to tabs. */
  readonly yielding?: Yielding;
  /** Rows are shown otherwise than before, because of an act. */
  readonly onRows?: () => void;
  /** The calls by which attachments are uploaded. Without them messages with attachments are left to another program. */
  readonly uploadDoor?: ((conversationId: string) => UploadDoor) | undefined;
}

export class Unsent {
  readonly outbox: Outbox;
  readonly edits: Edits;
  readonly acts: Acts;
  readonly count: Derived<number>;
  readonly #receipts: OwnedEntries<z.infer<typeof keptMarks>>;
  readonly #parts: UnsentParts;
  #isClosed = false;

  constructor(given: UnsentParts) {
    const { conversation, known, isLinked, onRows, uploadDoor: door, ...shared } = given;
    const namer = new Namer({
      clock: shared.clock,
      isLinked,
      ask: async (id, handles) => await conversation(id).named(handles),
    });
    const parts = { ...shared, namer };
    this.#parts = given;
    this.#receipts = new OwnedEntries(parts, keys.receipts(parts.userId), keptMarks);
    this.outbox = new Outbox({
      ...parts,
      deliver: async (draft) => await conversation(draft.conversationId).deliver(draft),
      confirm: async (draft, ack) => await conversation(draft.conversationId).confirm(draft, ack),
      onChange: (conversationId) => known(conversationId)?.outboxChanged(),
      uploads: door === undefined ? undefined : new Uploads({ ...parts, door }),
    });
    this.edits = new Edits({
      ...parts,
      send: async (ask) => await conversation(ask.conversationId).deliverEdit(ask),
      places: (conversationId) => conversation(conversationId).performer,
      onChange: (conversationId) => known(conversationId)?.editsChanged(),
    });
    this.acts = new Acts({
      ...parts,
      performer: (conversationId) => conversation(conversationId).performer,
      onChange: (act) => {
        if (!isOfMessages(act) || act.kind === "hide" || act.kind === "unsend") onRows?.();
        known(act.conversationId)?.performer?.changed();
      },
    });
    this.count = sumOf([this.outbox.unsent, this.edits.unsent]);
  }

  /** Sends what earlier runs, and tabs that are gone, left unsent. Resolves when that is read from storage; errors of storage are left to the next time. */
  async adopt(): Promise<void> {
    await Promise.allSettled([this.outbox.adopt(), this.edits.adopt(), this.#adoptReceipts()]);
  }

  /** What one conversation sends by, and keeps until the server has it. */
  of(conversationId: string): Pick<Unsent, "outbox" | "edits" | "acts"> & {
    keepReceipt: (owed: Marks | undefined) => void;
  } {
    return {
      outbox: this.outbox,
      edits: this.edits,
      acts: this.acts,
      keepReceipt: (owed) => this.#keepReceipt(conversationId, owed),
    };
  }

  /** The link is there again. */
  wake(): void {
    this.outbox.wake();
    this.edits.wake();
    this.acts.wake();
  }

  close(): void {
    this.#isClosed = true;
    this.outbox.close();
    this.edits.close();
    this.acts.close();
  }

  /** Keeps own watermarks of a conversation until the server has them; undefined: it has. */
  #keepReceipt(conversationId: string, owed: Marks | undefined): void {
    const key = keys.receipt(this.#parts.userId, conversationId, this.#parts.locks.instance);
    void (owed === undefined ? this.#receipts.delete(key) : this.#receipts.put(key, { ...owed }));
  }

  async #adoptReceipts(): Promise<void> {
    for (const { key, value } of await this.#receipts.orphans()) {
      if (this.#isClosed) return;
      this.#parts.conversation(keys.conversationOf(key, keys.receipts(this.#parts.userId))).adoptReceipt(value);
      void this.#receipts.delete(key);
    }
  }
}
