/** Owns deleting a chat for its user, and leaving a group with it. */
import type { SummaryPatch } from "../../schema/http/conversation/conversations.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Observable } from "../contract/observable.ts";
import type { Clock } from "../contract/platform.ts";
import type { Marks } from "./marks.ts";

/** How long the leaving of a group may take to reach the own row. */
const leftWithinMs = 10_000;

export interface DeletingParts {
  readonly conversationId: string;
  readonly clock: Clock;
  readonly summary: Observable<Summary | undefined>;
  readonly marks: Pick<Marks, "clear">;
  readonly leave: () => Promise<void>;
  readonly inbox: {
    put(row: Summary): void;
    patch(conversationId: string, patch: SummaryPatch): Promise<Summary>;
  };
}

export class Deleting {
  readonly #parts: DeletingParts;

  constructor(parts: DeletingParts) {
    this.#parts = parts;
  }

  /** Answers what takes it back, and gives the row what the deletion took from it. */
  async deleteChat(): Promise<() => Promise<void>> {
    const { conversationId, summary, marks, inbox } = this.#parts;
    const { pinned = false, archived = false, draft = "", head, cleared } = summary.getSnapshot() ?? {};
    const row = await marks.clear(head?.seq ?? 0);
    inbox.put(row);
    return async () => {
      inbox.put(await marks.clear(cleared?.seq ?? 0, row.cleared?.seq ?? 0));
      if (pinned || archived || draft !== "") await inbox.patch(conversationId, { pinned, archived, draft });
    };
  }

  async leaveAndDelete(): Promise<void> {
    await this.#parts.leave();
    await this.#left();
    await this.deleteChat();
  }

  /** Resolves when the row is as it was at the leaving: what came before that can be deleted, and nothing comes after it. */
  async #left(): Promise<void> {
    const { clock, summary } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (summary.getSnapshot()?.left !== false) resolve();
    };
    const end = summary.subscribe(look);
    const stop = clock.after(leftWithinMs, resolve);
    look();
    await promise;
    end();
    stop();
  }
}
