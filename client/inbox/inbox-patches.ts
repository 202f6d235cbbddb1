/**
 * Owns the changes that the user made to rows of the inbox and that the server has not confirmed: shown at once, kept over restarts,
 * sent one at a time per conversation, and undone where the server refuses.
 */
import { summaryPatch, type SummaryPatch } from "../../schema/http/conversation/conversations.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage } from "../contract/storage.ts";
import { closed, ParleyError, rejected } from "../errors.ts";
import { Waits } from "../link/waits.ts";
import { State } from "../observable.ts";
import { OwnedEntries } from "../outbox/owned-entries.ts";
import { keys } from "../storage/keys.ts";
import type { Locks } from "../storage/locks.ts";

/** Keystrokes of a draft become one call. */
const gatherMs = 300;

interface Waiter {
  readonly resolve: (row: Summary) => void;
  readonly reject: (error: unknown) => void;
}

interface Patching {
  /** The changes in the call that is under way. */
  sent: SummaryPatch | undefined;
  /** Changes that the user made since that call began. */
  next: SummaryPatch;
  waiters: Waiter[];
  /** Resolves when storage has written it, or has failed. */
  saved: Promise<unknown>;
}

export interface PatchParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: () => number;
  readonly locks: Locks;
  readonly userId: string;
  readonly send: (conversationId: string, patch: SummaryPatch) => Promise<Summary>;
  /** The row as the server now has it. */
  readonly onRow: (row: Summary) => void;
  readonly onChange: () => void;
  /** The row with what the user has just done to the chat. */
  readonly meant?: (row: Summary) => Summary;
}

export class InboxPatches {
  readonly #parts: PatchParts;
  readonly #patching = new Map<string, Patching>();
  readonly #waits: Waits;
  readonly #kept: OwnedEntries<SummaryPatch>;
  /** How many rows have a change that the server has not answered. */
  readonly waiting = new State(0);
  #isClosed = false;

  constructor(parts: PatchParts) {
    this.#parts = parts;
    this.#waits = new Waits(parts.clock, parts.random);
    this.#kept = new OwnedEntries(parts, keys.patches(parts.userId), summaryPatch);
  }

  /** Ends the tries. What the server has not confirmed stays in storage for the next run. */
  close(): void {
    this.#isClosed = true;
    this.#waits.close();
  }

  /** The link is there again. */
  wake(): void {
    this.#waits.wake();
  }

  /** Takes over what earlier runs, and tabs that are gone, could not send any more. */
  async adopt(): Promise<void> {
    for (const { key, value } of await this.#kept.orphans()) {
      if (this.#isClosed) return;
      const conversationId = keys.conversationOf(key, keys.patches(this.#parts.userId));
      const patching = this.#patching.get(conversationId);
      // What the user changed in this run is newer.
      const newer = { ...patching?.sent, ...patching?.next };
      this.patch(conversationId, { ...value, ...newer }).catch(() => undefined);
      void this.#patching.get(conversationId)?.saved.then(() => this.#kept.delete(key));
    }
  }

  /** The row with the user's changes. */
  applied(given: Summary): Summary {
    const row = this.#parts.meant?.(given) ?? given;
    const patching = this.#patching.get(row.conversationId);
    return patching === undefined ? row : patched(patched(row, patching.sent ?? {}), patching.next);
  }

  patch(conversationId: string, patch: SummaryPatch): Promise<Summary> {
    if (this.#isClosed) return rejected(closed());
    const settled = new Promise<Summary>((resolve, reject) => {
      const patching = this.#patching.get(conversationId);
      const waiter = { resolve, reject };
      if (patching === undefined) {
        const started: Patching = { sent: undefined, next: patch, waiters: [waiter], saved: Promise.resolve() };
        this.#patching.set(conversationId, started);
        void this.#run(conversationId, started);
      } else {
        patching.next = { ...patching.next, ...patch };
        patching.waiters.push(waiter);
      }
      this.#keep(conversationId);
      this.#changed();
    });
    // A program may look at the row instead of the promise.
    settled.catch(() => undefined);
    return settled;
  }

  async #run(conversationId: string, patching: Patching): Promise<void> {
    let row: Summary | undefined;
    let failure: unknown;
    while (Object.keys(patching.next).length > 0 && failure === undefined && !this.#isClosed) {
      // Only a draft waits for further keystrokes. Other changes are clicks, and are sent at once.
      if (Object.keys(patching.next).every((key) => key === "draft")) await this.#waits.for(patching, gatherMs);
      if (this.#isClosed) break;
      patching.sent = patching.next;
      patching.next = {};
      try {
        row = await this.#sent(conversationId, patching, patching.sent);
        this.#parts.onRow(row);
      } catch (error) {
        failure = error;
      }
      patching.sent = undefined;
    }
    const isLeft = this.#isClosed && (failure !== undefined || Object.keys(patching.next).length > 0);
    this.#patching.delete(conversationId);
    // What could not be sent any more stays in storage for the next run.
    if (!isLeft) this.#keep(conversationId);
    if (!this.#isClosed) this.#changed();
    for (const { resolve, reject } of patching.waiters) {
      if (row !== undefined && failure === undefined) resolve(row);
      else reject(failure ?? closed());
    }
  }

  async #sent(conversationId: string, patching: Patching, patch: SummaryPatch): Promise<Summary> {
    for (let n = 0; ; n++) {
      try {
        return await this.#parts.send(conversationId, patch);
      } catch (error) {
        const mayRepeat = error instanceof ParleyError && error.retry !== "never" && !this.#isClosed;
        if (!mayRepeat) throw error;
        await this.#waits.afterFault(patching, error, n);
        if (this.#isClosed) throw error;
      }
    }
  }

  #changed(): void {
    this.waiting.set(this.#patching.size);
    this.#parts.onChange();
  }

  #keep(conversationId: string): void {
    const { userId, locks } = this.#parts;
    const patching = this.#patching.get(conversationId);
    const key = keys.patch(userId, conversationId, locks.instance);
    if (patching === undefined) void this.#kept.delete(key);
    else patching.saved = this.#kept.put(key, { ...patching.sent, ...patching.next });
  }
}

function patched(row: Summary, patch: SummaryPatch): Summary {
  const { request, mutedUntil, pinned, archived, markedUnread, draft, notify } = patch;
  return {
    ...row,
    ...(request === undefined ? {} : { request }),
    ...(mutedUntil === undefined ? {} : { mutedUntil }),
    ...(pinned === undefined ? {} : { pinned }),
    ...(archived === undefined ? {} : { archived }),
    ...(markedUnread === undefined ? {} : { markedUnread }),
    ...(draft === undefined ? {} : { draft: draft ?? "" }),
    ...(notify === undefined ? {} : { notify }),
  };
}
