/** Owns when the rows of the inbox are written to storage: a little after a change, and only by the tab that writes. */
import type { Clock } from "../contract/platform.ts";
import type { Storage } from "../contract/storage.ts";
import { InboxCache } from "./inbox-cache.ts";
import type { InboxRows } from "./inbox-rows.ts";

const saveAfterMs = 250;

export interface InboxSaverParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly userId: string;
  readonly isWriter: () => boolean;
}

export class InboxSaver {
  readonly #parts: InboxSaverParts;
  readonly #rows: InboxRows;
  readonly #cache: InboxCache;
  #cancelSave: (() => void) | undefined;

  constructor(parts: InboxSaverParts, rows: InboxRows) {
    this.#parts = parts;
    this.#rows = rows;
    this.#cache = new InboxCache(parts.storage, parts.userId);
  }

  /** Applies what storage has. */
  async restore(): Promise<void> {
    const loaded = await this.#cache.load();
    if (loaded !== undefined) this.#rows.restore(loaded);
  }

  /** Rows have changed: they are written in a moment, together with what changes until then. */
  soon(): void {
    this.#cancelSave ??= this.#parts.clock.after(saveAfterMs, () => void this.flush());
  }

  /** Writes what is not stored yet. Resolves when it is, or storage has refused it. */
  async flush(): Promise<void> {
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    const rows = this.#rows;
    const first = rows.picture();
    if (first === undefined || !this.#parts.isWriter()) return;
    let taken: readonly string[] = [];
    const take = () => (taken = rows.takeUnsaved());
    const isSaved = await this.#cache.save(() => rows.picture() ?? first, take).catch(() => false);
    if (!isSaved) rows.unsavedAgain(taken);
  }
}
