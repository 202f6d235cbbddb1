/** Owns the rows of the inbox that are kept in memory as they are stored: the last ones that were used, up to a number and a size. */
import type { InboxRow } from "../../../../core/inbox/inbox-row.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { batches } from "../../../../schema/limits.ts";

export class RowCache {
  /** The one that was kept longest ago first. */
  readonly #rows = new Map<ConversationId, InboxRow>();
  #bytes = 0;

  get(conversationId: ConversationId): InboxRow | undefined {
    return this.#rows.get(conversationId);
  }

  /** Keeps a row as it is stored now. Where there is no more room, those go that were kept longest ago. */
  keep(row: InboxRow): void {
    this.forget(row.conversationId);
    this.#rows.set(row.conversationId, row);
    this.#bytes += bytesOf(row);
    for (const oldest of this.#rows.keys()) {
      if (this.#rows.size <= batches.inboxRowsKept && this.#bytes <= batches.inboxRowsKeptBytes) return;
      this.forget(oldest);
    }
  }

  forget(conversationId: ConversationId): void {
    const row = this.#rows.get(conversationId);
    if (row === undefined) return;
    this.#rows.delete(conversationId);
    this.#bytes -= bytesOf(row);
  }

  clear(): void {
    this.#rows.clear();
    this.#bytes = 0;
  }
}

/** About how much memory a row takes: its texts at two bytes a character, and the rest. */
function bytesOf({ draft, last, title, pushes }: InboxRow): number {
  const pushed = pushes === null ? 0 : 1_000 * (1 + pushes.due.length);
  let texts = draft.length + (last?.preview.length ?? 0) + (title?.length ?? 0);
  for (const { name } of last?.attachments ?? []) texts += 50 + name.length;
  return 1_000 + pushed + 2 * texts;
}
