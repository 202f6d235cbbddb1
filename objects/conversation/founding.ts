/** Owns the founding of a conversation. It is founded once, however often the call is repeated, and answered when the inboxes of its members have received it. */
import { foundingMode } from "../../core/membership.ts";
import { done, notFound, type Outcome, type Refusal, refuse } from "../../schema/errors.ts";
import type { ImportStep, ImportStepDone } from "../contract/transfer/importing.ts";
import type { Conversation } from "../../schema/wire/conversation.ts";
import type { DmFounding, GroupFounding } from "../contract/conversation-calls.ts";
import { type ConversationDatabase, noEffects } from "./effects.ts";
import type { FanOut } from "./fan-out/fan-out.ts";
import type { Publisher } from "./publisher.ts";
import type { LargeGroup } from "./large/large-group.ts";
import { conversationView } from "./membership/views.ts";
import type { Membership } from "./membership/membership.ts";
import { isImporting } from "./importing.ts";
import { Imports, type ImportParts } from "./history/imports.ts";
import type { Store } from "./store.ts";

const importRetryMs = 30_000;

export class Founding {
  readonly #db: ConversationDatabase;
  readonly #store: Store;
  readonly #membership: Membership;
  readonly #fanOut: FanOut;
  readonly #large: Pick<LargeGroup, "reached">;
  readonly #publisher: Publisher;
  readonly #imports: Imports;

  constructor(
    parts: ImportParts & {
      fanOut: FanOut;
      large: Pick<LargeGroup, "reached" | "open" | "turned">;
      publisher: Publisher;
    },
  ) {
    this.#db = parts.db;
    this.#store = parts.store;
    this.#membership = parts.membership;
    this.#fanOut = parts.fanOut;
    this.#large = parts.large;
    this.#publisher = parts.publisher;
    this.#imports = new Imports(parts);
  }

  /** A step of an import; see history/imports.ts. */
  import(step: ImportStep): Promise<Outcome<ImportStepDone>> {
    return this.#imports.step(step);
  }

  async found(founding: DmFounding | GroupFounding): Promise<Outcome<{ conversation: Conversation; isNew: boolean }>> {
    const isNew = this.#store.state === undefined;
    if (isNew) {
      // The gateway sends no people if it repeats a founding that it knows to be done: such a call must found nothing.
      if (!founding.people.some((person) => person.user.id === founding.by)) return notFound;
      const fault = founding.kind === "group" ? foundingFault(founding) : undefined;
      if (fault !== undefined) return { ok: false, refusal: fault };
      const effects = noEffects();
      this.#db.transact((tx) => {
        this.#membership.found(tx, founding, effects);
        this.#fanOut.markDirty(tx);
      });
      // The many members of a large group receive it page by page.
      const isLarge = founding.kind === "group" && founding.mode === "large";
      const userIds = isLarge ? [] : founding.people.map((person) => person.user.id);
      for (const userId of userIds) this.#fanOut.begin(userId, 0);
      this.#publisher.publish(effects);
      await this.#fanOut.reached(userIds, 1);
      await this.#large.reached([...effects.acting]);
    } else if (this.#store.state !== undefined && isImporting(this.#store.state.facts)) {
      return refuse("unavailable", "this conversation is being imported", importRetryMs);
    } else if (founding.kind === "group" && this.#store.state?.facts.draftDigest !== founding.draftDigest) {
      return refuse("client_id_reused", "clientId: was used for another group");
    }
    const { state } = this.#store;
    const member = this.#store.member(founding.by);
    if (state === undefined || member === undefined) return notFound;
    return done({ conversation: conversationView(state, member), isNew });
  }
}

function foundingFault({ mode, people }: GroupFounding): Refusal | undefined {
  const chosen = foundingMode({ mode, count: people.length });
  return chosen.ok ? undefined : chosen.refusal;
}
