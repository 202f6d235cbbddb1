/** Owns deleting a chat for its user, leaving a group with it, and how its row is shown until the server has done it. */
import type { SummaryPatch } from "../../schema/http/conversation/conversations.ts";
import { deleteMember } from "../../schema/http/conversation/conversations.ts";
import { putCleared } from "../../schema/http/conversation/marks.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Act, ActOf } from "../act.ts";
import type { Deletion } from "../contract/conversation/hiding.ts";
import type { Observable } from "../contract/observable.ts";
import type { Clock } from "../contract/platform.ts";
import { ParleyError } from "../errors.ts";
import type { Api } from "../session/api.ts";

/** How long the leaving of a group may take to reach the own row. */
const leftWithinMs = 10_000;
const nothingChosen = { pinned: false, archived: false, draft: "" };

export interface DeletingParts {
  readonly conversationId: string;
  readonly userId: string;
  readonly api: Api;
  readonly clock: Clock;
  readonly summary: Observable<Summary | undefined>;
  readonly acts: { do(act: Act): Promise<void> };
  readonly inbox: {
    put(row: Summary): void;
    patch(conversationId: string, patch: SummaryPatch): Promise<Summary>;
    flush(): Promise<void>;
  };
}

export class Deleting {
  readonly #parts: DeletingParts;

  constructor(parts: DeletingParts) {
    this.#parts = parts;
  }

  deleteChat(): Deletion {
    const { conversationId, summary, acts } = this.#parts;
    const { pinned = false, archived = false, draft = "", head, cleared } = summary.getSnapshot() ?? {};
    const upTo = head?.seq ?? 0;
    const back = { upTo: cleared?.seq ?? 0, instead: upTo, choices: { pinned, archived, draft } };
    return {
      done: acts.do({ kind: "delete", conversationId, upTo, rev: head?.rev ?? 0 }),
      undo: () => acts.do({ kind: "restore", conversationId, ...back }),
    };
  }

  leaveAndDelete(): Promise<void> {
    const { conversationId, acts } = this.#parts;
    return acts.do({ kind: "leave", conversationId });
  }

  /** One try. `isRepeat`: the server may have done it already. The row is stored by then, so that it does not come back with the next run. */
  async perform(act: ActOf<"delete" | "restore" | "leave">, isRepeat: boolean): Promise<void> {
    if (act.kind === "restore") await this.#restore(act, isRepeat);
    else if (act.kind === "delete") await this.#clear({ upTo: act.upTo });
    else await this.#leave();
    await this.#parts.inbox.flush();
  }

  async #clear(body: { upTo: number; instead?: number }): Promise<void> {
    const { conversationId, api, inbox } = this.#parts;
    inbox.put(await api.call(putCleared, { params: { conversationId }, body }));
  }

  /** Gives the row what the deletion took from it, too. */
  async #restore({ upTo, instead, choices }: ActOf<"restore">, isRepeat: boolean): Promise<void> {
    const { conversationId, inbox } = this.#parts;
    // An earlier try has taken it back, or the deletion never came to the server.
    await this.#clear({ upTo, instead }).catch(unlessCode("conflict", isRepeat));
    if (choices.pinned || choices.archived || choices.draft !== "") void inbox.patch(conversationId, choices);
  }

  async #leave(): Promise<void> {
    const { conversationId, userId, api, summary } = this.#parts;
    await api.run(deleteMember, { params: { conversationId, userId } }).catch(unlessCode("not_found", true));
    await this.#left();
    await this.#clear({ upTo: summary.getSnapshot()?.head.seq ?? 0 });
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

/** A row with what the user has just done to the chat, and to the message that it shows. */
export function withActs(row: Summary, acts: readonly Act[]): Summary {
  return acts.reduce((each, act) => {
    const { lastMessage: last } = each;
    if (act.kind === "hide" && last !== null && act.hidden.includes(last.seq)) return { ...each, lastMessage: null };
    if (act.kind === "unsend" && act.seq === last?.seq)
      return { ...each, lastMessage: { ...last, preview: "", unsent: true, attachments: [] } };
    if (act.kind === "leave") return { ...each, deleted: true };
    if (act.kind === "restore") {
      const { deleted: _, cleared, ...rest } = each;
      if (act.upTo === 0) return { ...rest, ...act.choices };
      const before = cleared?.seq === act.upTo ? cleared : { seq: act.upTo, rev: 0 };
      return { ...rest, ...act.choices, cleared: before };
    }
    if (act.kind !== "delete" || act.upTo < (each.cleared?.seq ?? 0)) return each;
    const cleared = { seq: act.upTo, rev: act.rev };
    // Something was written since.
    if (each.head.seq > act.upTo) return { ...each, cleared };
    const numbers = { unread: 0, mentionsUnread: 0, markedUnread: false };
    return { ...each, ...numbers, ...nothingChosen, cleared, lastMessage: null, deleted: true };
  }, row);
}

/** Lets an error with this code pass, if the condition holds. */
function unlessCode(code: string, isExpected: boolean): (error: unknown) => void {
  return (error) => {
    if (!isExpected || !(error instanceof ParleyError) || error.code !== code) throw error;
  };
}
