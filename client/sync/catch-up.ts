/** Owns how the changes that a timeline lacks are fetched: page after page from the cursor on, until nothing is missing. */
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
  #running: Promise<void> | undefined;

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
  }

  /** Fetches everything that changed. Calls at the same time share one fetch. Errors: `not_found`, `unavailable`, `unauthenticated`. */
  run(): Promise<void> {
    this.#running ??= this.#parts
      .serial(() => this.#fetchAll())
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #fetchAll(): Promise<void> {
    const { load, timeline, history, isClosed, onChange } = this.#parts;
    await load();
    const { facts } = timeline;
    const mutated = facts.rev !== null && facts.headRev - facts.rev > catchUpRevsMax;
    for (let more = true; more && !isClosed();) {
      if (timeline.facts.rev === null) return await history.page("newest");
      const answered = await this.#fetchPage(timeline.facts.rev, mutated);
      // A page of another epoch changes nothing by itself: everything was dropped, and is asked for anew.
      if (answered === "other epoch") continue;
      more = answered !== "last";
      onChange();
    }
    if (mutated) await history.page("newest");
  }

  /** Fetches one page of changes and applies it. */
  async #fetchPage(rev: number, mutated: boolean): Promise<"last" | "more" | "dropped" | "other epoch"> {
    const { conversationId, api, timeline, onStates, onDetails, onPage, onGone } = this.#parts;
    const { revSeq, epoch } = timeline.facts;
    const query = { rev, epoch: epoch ?? undefined, limit: limits.changesPageMax };
    try {
      const page = await api.call(listChanges, {
        params: { conversationId },
        query: mutated ? { ...query, messages: "mutated" } : query,
      });
      if (timeline.meetEpoch(page.epoch)) {
        onStates(undefined);
        return "other epoch";
      }
      timeline.changes(page, { rev, revSeq, mutated });
      onStates(page.messages);
      if (page.conversation !== undefined) onDetails(page.conversation);
      onPage();
      return page.more && (timeline.facts.rev ?? 0) > rev ? "more" : "last";
    } catch (error) {
      if (error instanceof ParleyError && error.code === "not_found") onGone();
      if (!(error instanceof ParleyError) || error.retry !== "resync") throw error;
      // The server's data was restored from a backup. Everything that is held may be wrong and is dropped.
      timeline.reset();
      onStates(undefined);
      return "dropped";
    }
  }
}
