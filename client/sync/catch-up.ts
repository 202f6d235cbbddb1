/** Owns how the changes that a timeline lacks are fetched: page after page from the cursor on, until nothing is missing. */
import { shared } from "../abortable.ts";
import { listChanges } from "../../schema/http/conversation/messages.ts";
import { limits } from "../../schema/limits.ts";
import type { SharedDetails } from "../../schema/wire/change.ts";
import type { Message } from "../../schema/wire/message.ts";
import { ParleyError } from "../errors.ts";
import type { Api } from "../session/api.ts";
import type { Timeline } from "../timeline/timeline.ts";
import type { History } from "./history.ts";

/** Further behind than this, new messages are paged in from the newest instead of all being fetched. */
const catchUpRevsMax = limits.changesPageMax;

export interface CatchUpParts {
  readonly conversationId: string;
  readonly api: Api;
  readonly timeline: Timeline;
  readonly history: Pick<History, "page">;
  /** Resolves when the timeline has what the cache has. */
  readonly load: () => Promise<void>;
  /** Runs the work after all work that was requested before. */
  readonly serial: (task: () => Promise<void>) => Promise<void>;
  readonly isClosed: () => boolean;
  readonly onStates: (messages: readonly Message[] | undefined) => void;
  readonly onDetails: (shared: SharedDetails) => void;
  /** A page was applied. */
  readonly onPage: () => void;
  readonly onChange: () => void;
  /** The user is no member. */
  readonly onGone: () => void;
}

export class CatchUp {
  readonly #parts: CatchUpParts;

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
  }

  /** Fetches everything that changed. Calls at the same time share one fetch. Errors: `not_found`, `unavailable`, `unauthenticated`. */
  readonly run = shared(() => this.#parts.serial(() => this.#fetchAll()));

  async #fetchAll(): Promise<void> {
    const { load, timeline, history, isClosed, onChange } = this.#parts;
    await load();
    const { facts } = timeline;
    const mutated = facts.rev !== null && facts.headRev - facts.rev > catchUpRevsMax;
    for (let more = true; more && !isClosed();) {
      const { rev } = timeline.facts;
      if (rev === null) return await history.page("newest");
      more = await this.#fetchPage(rev, mutated);
      onChange();
    }
    if (mutated) await history.page("newest");
  }

  /** Fetches one page of changes and applies it. Answers whether more is missing. */
  async #fetchPage(rev: number, mutated: boolean): Promise<boolean> {
    const { conversationId, api, timeline, onStates, onDetails, onPage, onGone } = this.#parts;
    const { revSeq, epoch } = timeline.facts;
    const query = { rev, epoch: epoch ?? undefined, limit: limits.changesPageMax };
    try {
      const page = await api.call(listChanges, {
        params: { conversationId },
        query: mutated ? { ...query, messages: "mutated" } : query,
      });
      if (!timeline.meetEpoch(page.epoch)) {
        timeline.changes(page, { rev, revSeq, mutated });
        onStates(page.messages);
        if (page.conversation !== undefined) onDetails(page.conversation);
        onPage();
        return page.more && (timeline.facts.rev ?? 0) > rev;
      }
    } catch (error) {
      if (error instanceof ParleyError && error.code === "not_found") onGone();
      if (!(error instanceof ParleyError) || error.retry !== "resync") throw error;
      timeline.reset();
    }
    // The server's data was restored from a backup. Everything that was held may be wrong, is dropped, and is asked for anew.
    onStates(undefined);
    return true;
  }
}
