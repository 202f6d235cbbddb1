/**
 * Owns what an export takes from a conversation: the whole of it for a member, and what one user wrote. Each page is a turn of bounded work, and the
 * right to it is asked anew. Messages come in the state that they have when their page is read; which messages there are was fixed when the export began.
 */
import { hashOfNothing } from "../../../core/chain.ts";
import { visibleFrom } from "../../../core/visibility.ts";
import { done, notFound, type Outcome } from "../../../schema/errors.ts";
import type { Rev, Seq, UserId } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import type { ExportPage, ExportPlace } from "../../contract/exporting.ts";
import { conversationView } from "../members/views.ts";
import type { MemberRow, State, Store } from "../store.ts";
import type { Journal } from "./journal.ts";
import { messageOf, type MessageRow } from "./message-row.ts";
import type { Messages } from "./messages.ts";
import { Room } from "./pages.ts";

/** A line, and the rev by which messages and notices are in one order: that at which it came to be. */
type Line = { rev: Rev; seq: Seq; text: string };

export class Exports {
  readonly #store: Store;
  readonly #messages: Messages;
  readonly #journal: Journal;

  constructor(parts: { store: Store; messages: Messages; journal: Journal }) {
    this.#store = parts.store;
    this.#messages = parts.messages;
    this.#journal = parts.journal;
  }

  /** The first page without a place. `not_found` to whoever is no member now, or may no longer see what comes next. */
  page(viewer: UserId, place: ExportPlace | null): Outcome<ExportPage<ExportPlace>> {
    const { state } = this.#store;
    const member = this.#store.member(viewer);
    if (state === undefined || member === undefined) return notFound;
    if (place === null) return done(this.#begin(state, member));
    // The policy has begun to hide what lies next: the rest would have a gap.
    if (visibleFrom(state, member).after > place.seq) return notFound;
    return done(this.#lines(state, place));
  }

  /** What the user themself wrote here after a seq: messages and reactions. A user who left has that, too. */
  own(userId: UserId, after: Seq): ExportPage<Seq> {
    const { state } = this.#store;
    const headSeq = state?.head.seq ?? 0;
    if (state === undefined || after >= headSeq) return { lines: "", next: null };
    const conversationId = state.facts.id;
    const lines: string[] = [];
    const room = new Room(batches.exportPageBytes);
    let next = Math.min(after + batches.exportOwnScan, headSeq);
    this.#messages.walkBy(userId, after + 1, next, (row) => {
      const own: object[] = [];
      if (row.senderId === userId) own.push({ type: "message", ...messageOf(conversationId, row, true) });
      for (const { emoji, userIds } of row.reactions)
        if (userIds.includes(userId)) own.push({ type: "reaction", conversationId, seq: row.seq, emoji });
      const text = own.map((line) => `${JSON.stringify(line)}\n`).join("");
      if (!room.take(text)) {
        next = row.seq - 1;
        return false;
      }
      lines.push(text);
      return true;
    });
    return { lines: lines.join(""), next: next >= headSeq ? null : next };
  }

  #begin(state: State, member: MemberRow): ExportPage<ExportPlace> {
    const { after, afterRev } = visibleFrom(state, member);
    const { seq, rev, hash } = state.head;
    const startHash = after === 0 ? hashOfNothing : (this.#messages.links(after, after)[0]?.hash ?? hashOfNothing);
    const view = conversationView(state, this.#store.present(), member);
    const line = { type: "conversation", ...view, from: after + 1, startHash };
    return { lines: `${JSON.stringify(line)}\n`, next: { seq: after, rev: afterRev, head: { seq, rev, hash } } };
  }

  #lines(state: State, place: ExportPlace): ExportPage<ExportPlace> {
    const { head } = place;
    const { id } = state.facts;
    const messages = gather((take) =>
      this.#messages.walkWhole(place.seq + 1, head.seq, (row) =>
        take({ rev: row.createdRev, seq: row.seq, text: JSON.stringify(exported(id, row)) }),
      ),
    );
    const notices = gather((take) =>
      this.#journal.noticesAfter(place, head, (rev, seq, json) =>
        take({ rev, seq, text: `{"type":"notice",${json.slice(1)}` }),
      ),
    );
    // Beyond the last line of one of the two that was cut, the other's lines are not next.
    const upTo = Math.min(messages.knownUpTo, notices.knownUpTo);
    const lines = [...messages.lines, ...notices.lines].filter(({ rev }) => rev <= upTo).sort((a, b) => a.rev - b.rev);
    const last = lines.at(-1);
    const isEnd = upTo === Infinity;
    const end = isEnd ? [`${JSON.stringify({ type: "end", head })}\n`] : [];
    return {
      lines: [...lines.map(({ text }) => `${text}\n`), ...end].join(""),
      next: isEnd || last === undefined ? null : { seq: last.seq, rev: last.rev, head },
    };
  }
}

/** With what the hash chain is made of, so that the export can be checked without the server. */
function exported(id: State["facts"]["id"], row: MessageRow): object {
  return { type: "message", ...messageOf(id, row, true), contentHash: row.contentHash, salt: row.salt };
}

/** Lines up to a page's bounds. `knownUpTo`: the rev of the last one where there are more. */
function gather(walk: (take: (line: Line) => boolean) => void): { lines: Line[]; knownUpTo: Rev } {
  const lines: Line[] = [];
  const room = new Room(batches.exportPageBytes);
  let knownUpTo = Infinity;
  walk((line) => {
    if (lines.length < batches.exportPageLines && room.take(line.text)) return lines.push(line) > 0;
    knownUpTo = lines.at(-1)?.rev ?? 0;
    return false;
  });
  return { lines, knownUpTo };
}
