/** Owns what the user keeps of messages for themself, on all their devices: stars, and what they have hidden. Nobody else sees it. */
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { Marks } from "../../../schema/http/conversation/marks.ts";
import type { ConversationId, Seq } from "../../../schema/ids.ts";
import { inboxHolds } from "../../../schema/search-limits.ts";
import type { InboxRow, KeptOfRow } from "../../../core/inbox/inbox-row.ts";
import { now } from "../../shared/platform/clock.ts";
import type { MarksAsk } from "../../contract/search.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";
import type { Announcement } from "../sync-sockets.ts";
import { ownRow } from "./announcements.ts";
import { Hiding, type Kept } from "./hiding.ts";
import type { InboxStore } from "./rows/inbox-store.ts";
import { isFullOfStars, isStarred, starsIn, starsPage, writeStar } from "./rows/stars.ts";

export class OwnMarks {
  readonly #db: UserDatabase;
  readonly #store: InboxStore;
  readonly #hiding: Hiding;

  constructor({ db }: { db: UserDatabase }, store: InboxStore) {
    this.#db = db;
    this.#store = store;
    this.#hiding = new Hiding(db, store, (...change) => this.#change(...change));
  }

  answer(ask: MarksAsk): Outcome<Kept> {
    switch (ask.do) {
      case "star":
        return this.#star(ask.conversationId, ask.seq, ask.isOn);
      case "list stars":
        return done({ answer: { places: starsPage(this.#db, ask.after, ask.limit) } });
      case "list marks":
        return this.#marks(ask.conversationId);
      case "hide":
        return this.#hiding.hide(ask.conversationId, ask.seqs, ask.isOn);
      case "show last":
        return this.#hiding.showLast(ask.conversationId, ask.rev, ask.newest);
      case "clear":
        return this.#hiding.clear(ask.conversationId, ask.upTo, ask.instead);
      case "list hides":
        return done({ answer: { hides: this.#hiding.hidesIn(ask.ids) } });
    }
  }

  /** What an export of the user's data says of a conversation. */
  exported(id: ConversationId): { starred?: Seq[]; hidden?: Marks["hidden"] } {
    const starred = starsIn(this.#db, id);
    const { hidden } = this.#hiding.hidesOf(id, this.#store.row(id)?.kept);
    return {
      ...(starred.length === 0 ? {} : { starred }),
      ...(hidden.length === 0 ? {} : { hidden: [...hidden] }),
    };
  }

  #star(id: ConversationId, seq: Seq, isOn: boolean): Outcome<Kept> {
    const before = this.#store.row(id);
    if (before === undefined) return notFound;
    if (isStarred(this.#db, id, seq) === isOn) return done({ answer: {} });
    if (isOn && isFullOfStars(this.#db)) return full;
    const announcement = this.#change(before, {}, (tx) => writeStar(tx, id, seq, isOn ? now() : null));
    return done({ answer: {}, announcement });
  }

  #marks(id: ConversationId): Outcome<Kept> {
    const row = this.#store.row(id);
    if (row === undefined) return notFound;
    const { cleared, hidden } = this.#hiding.hidesOf(id, row.kept);
    const marks: Marks = {
      starred: starsIn(this.#db, id),
      hidden: [...hidden],
      ...(cleared === undefined ? {} : { cleared }),
      marksVersion: row.kept?.marksVersion ?? 0,
    };
    return done({ answer: { marks } });
  }

  /** Writes a change with the row, under a version that tells devices to ask for the marks. */
  #change(before: InboxRow, change: Partial<InboxRow>, write: (tx: UserTransactor) => void): Announcement {
    const version = this.#store.lastVersion + 1;
    const kept: KeptOfRow = { ...(change.kept === undefined ? before.kept : change.kept), marksVersion: version };
    const after: InboxRow = { ...before, ...change, kept, version };
    this.#db.transact((tx) => {
      write(tx);
      this.#store.write(tx, { before, after });
    });
    this.#store.committed([{ before, after }]);
    return ownRow(after);
  }
}

const full = refuse("conflict", `a user has at most ${inboxHolds.starsMax} starred messages`);
