/**
 * Owns what an export reads from a conversation: all of it for a member, or what one user wrote. Each page is a turn of bounded work, and each page checks
 * the right to it again. Messages come in the state that they have when their page is read; which messages there are was fixed when the export began.
 * The gateway makes the lines of archived messages, a segment at a time.
 */
import { hashOfNothing } from "../../../core/chain.ts";
import { type ExportLine, gatherLines, mergedLines, messageLine, ownLines } from "../../../core/reads/export-lines.ts";
import { Room } from "../../../core/reads/pages.ts";
import { visibleFrom } from "../../../core/visibility.ts";
import { done, notFound, type Outcome } from "../../../schema/errors.ts";
import type { Rev, Seq, UserId } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import type { SegmentName } from "../../contract/archive.ts";
import type { ExportAcross, ExportPage, ExportPlace, OwnAcross } from "../../contract/transfer/exporting.ts";
import { type Fetched, unreadable } from "../archive/fetched.ts";
import { type Manifest, nameOf } from "../archive/manifest.ts";
import { conversationView } from "../membership/views.ts";
import type { MemberRow } from "../members/member-row.ts";
import type { LargeGroup } from "../large/large-group.ts";
import type { State, Store } from "../store.ts";
import type { Journal } from "../messages/journal.ts";
import type { Messages } from "../messages/messages.ts";
import { byteCount } from "../reads/pages.ts";

/** The reader has hidden everything up to here from themself. */
type Behind = { seq: Seq; rev: Rev };

export class Exports {
  readonly #store: Store;
  readonly #messages: Messages;
  readonly #journal: Journal;
  readonly #manifest: Manifest;
  readonly #fetched: Fetched;
  readonly #large: Pick<LargeGroup, "reactionsOf" | "shownTo">;

  constructor(parts: {
    store: Store;
    messages: Messages;
    journal: Journal;
    manifest: Manifest;
    fetched: Fetched;
    large: Pick<LargeGroup, "reactionsOf" | "shownTo">;
  }) {
    this.#large = parts.large;
    this.#store = parts.store;
    this.#messages = parts.messages;
    this.#journal = parts.journal;
    this.#manifest = parts.manifest;
    this.#fetched = parts.fetched;
  }

  /** A page behind a place, or without one the first page. It is `not_found` for a user who is no member now, or who may no longer see what comes next. */
  async page(
    viewer: UserId,
    place: ExportPlace | null,
    after: Behind = { seq: 0, rev: 0 },
  ): Promise<Outcome<ExportPage<ExportPlace> | ExportAcross>> {
    const first = this.#page(viewer, place, after);
    if (!("away" in first)) return first;
    const again = (await this.#fetched.fetch(first.away)) ? this.#page(viewer, place, after) : undefined;
    return again === undefined || "away" in again ? { ok: false, refusal: unreadable } : again;
  }

  /** What the user themself wrote here after a seq: messages and reactions. A user who left has that, too. */
  own(userId: UserId, after: Seq): ExportPage<Seq> | OwnAcross {
    const { state } = this.#store;
    const headSeq = state?.head.seq ?? 0;
    if (state === undefined || after >= headSeq) return { lines: "", next: null };
    const { id } = state.facts;
    const shown = this.#large.shownTo(state, userId);
    const segment = this.#manifest.segmentOf(after + 1);
    if (segment !== undefined) {
      const local: OwnAcross["local"] = [];
      this.#messages.stored(
        after + 1,
        segment.lastSeq,
        (row) => local.push({ seq: row.seq, text: ownLines(id, userId, shown(row)) }) > 0,
      );
      const name = nameOf(id, segment);
      const reactions = this.#large.reactionsOf(state)?.ofReader(userId, [name]);
      const rest = reactions === undefined ? {} : { reactions };
      return { is: "own", conversationId: id, userId, after, segment: name, local, ...rest };
    }
    const lines: string[] = [];
    const room = new Room(batches.exportPageBytes, byteCount);
    let next = Math.min(after + batches.exportOwnScan, headSeq);
    const reacted = [
      ...(this.#large
        .reactionsOf(state)
        ?.ownIn(userId, after + 1, next)
        .keys() ?? []),
    ];
    this.#messages.walkBy(userId, after + 1, next, reacted, (row) => {
      const text = ownLines(id, userId, shown(row));
      if (!room.take(text)) {
        next = row.seq - 1;
        return false;
      }
      lines.push(text);
      return true;
    });
    return { lines: lines.join(""), next: next >= headSeq ? null : next };
  }

  /** `away`: a segment has to be fetched first, because it has the hash before the first message that the viewer may see. */
  #page(
    viewer: UserId,
    place: ExportPlace | null,
    behind: Behind,
  ): Outcome<ExportPage<ExportPlace> | ExportAcross> | { away: SegmentName } {
    const { state } = this.#store;
    const member = this.#store.member(viewer);
    if (state === undefined || member === undefined) return notFound;
    if (place === null) return this.#begin(state, member, behind);
    // The policy hides the next messages by now, so the rest of the export would have a gap.
    if (visibleFrom(state, member).after > place.seq) return notFound;
    return done(this.#across(state, place) ?? this.#lines(state, place));
  }

  #begin(state: State, member: MemberRow, behind: Behind): Outcome<ExportPage<ExportPlace>> | { away: SegmentName } {
    const { seq, rev, hash } = state.head;
    const visible = visibleFrom(state, member);
    const after = Math.min(Math.max(visible.after, behind.seq), seq);
    const afterRev = Math.min(Math.max(visible.afterRev, behind.rev), rev);
    const own = this.#messages.links(after, after)[0]?.hash;
    const archived = own === undefined ? this.#fetched.lookup(state.facts.id, after) : undefined;
    if (archived?.is === "away") return archived;
    const startHash = after === 0 ? hashOfNothing : (own ?? archived?.row.hash ?? hashOfNothing);
    const view = conversationView(state, member);
    const line = { type: "conversation", ...view, from: after + 1, startHash };
    return done({ lines: `${JSON.stringify(line)}\n`, next: { seq: after, rev: afterRev, head: { seq, rev, hash } } });
  }

  /** What the object has of the next messages, if they are in a segment of the archive. */
  #across(state: State, place: ExportPlace): ExportAcross | undefined {
    const { id } = state.facts;
    const segment = place.seq < place.head.seq ? this.#manifest.segmentOf(place.seq + 1) : undefined;
    if (segment === undefined) return undefined;
    const local: ExportLine[] = [];
    this.#messages.stored(place.seq + 1, segment.lastSeq, (row) => local.push(messageLine(id, row)) > 0);
    const notices = gatherLines((take) => {
      this.#notices(place, (line) => line.rev < segment.lastRev && take(line));
    }, byteCount);
    return {
      is: "export",
      conversationId: id,
      place,
      segment: nameOf(id, segment),
      lastRev: segment.lastRev,
      local,
      notices,
    };
  }

  #lines(state: State, place: ExportPlace): ExportPage<ExportPlace> {
    const { head } = place;
    const { id } = state.facts;
    const messages = gatherLines(
      (take) => this.#messages.walkWhole(place.seq + 1, head.seq, (row) => take(messageLine(id, row))),
      byteCount,
    );
    const notices = gatherLines((take) => this.#notices(place, take), byteCount);
    const { lines, knownUpTo } = mergedLines(messages, notices);
    const last = lines.at(-1);
    const isEnd = knownUpTo === Infinity;
    const end = isEnd ? [`${JSON.stringify({ type: "end", head })}\n`] : [];
    return {
      lines: [...lines.map(({ text }) => `${text}\n`), ...end].join(""),
      next: isEnd || last === undefined ? null : { seq: last.seq, rev: last.rev, head },
    };
  }

  #notices(place: ExportPlace, take: (line: ExportLine) => boolean): void {
    this.#journal.noticesAfter(place, place.head, (rev, seq, json) =>
      take({ rev, seq, text: `{"type":"notice",${json.slice(1)}` }),
    );
  }
}
