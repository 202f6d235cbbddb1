/** Owns the messages that the user has starred, on all their devices. Nobody else sees them. */
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { ConversationId, Seq } from "../../../schema/ids.ts";
import { inboxHolds } from "../../../schema/search-limits.ts";
import type { InboxRow, KeptOfRow } from "../../../core/inbox/inbox-row.ts";
import { now } from "../../shared/platform/clock.ts";
import type { StarsAnswer, StarsAsk } from "../../contract/search.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";
import type { Announcement } from "../sync-sockets.ts";
import { ownRow } from "./announcements.ts";
import type { InboxStore } from "./rows/inbox-store.ts";
import { isFullOfStars, isStarred, starsIn, starsPage, writeStar } from "./rows/stars.ts";

/** An answer, and what devices receive; nothing where nothing changed. */
export type StarsResult = { answer: StarsAnswer; announcement?: Announcement };

export class Stars {
  readonly #db: UserDatabase;
  readonly #store: InboxStore;

  constructor({ db }: { db: UserDatabase }, store: InboxStore) {
    this.#db = db;
    this.#store = store;
  }

  answer(ask: StarsAsk): Outcome<StarsResult> {
    switch (ask.do) {
      case "star":
        return this.#star(ask.conversationId, ask.seq, ask.isOn);
      case "list stars":
        return done({ answer: { places: starsPage(this.#db, ask.after, ask.limit) } });
      case "list marks":
        return this.#marks(ask.conversationId);
    }
  }

  /** What an export of the user's data says of a conversation. */
  exported(id: ConversationId): { starred?: Seq[] } {
    const starred = starsIn(this.#db, id);
    return starred.length === 0 ? {} : { starred };
  }

  #star(id: ConversationId, seq: Seq, isOn: boolean): Outcome<StarsResult> {
    const before = this.#store.row(id);
    if (before === undefined) return notFound;
    if (isStarred(this.#db, id, seq) === isOn) return done({ answer: {} });
    if (isOn && isFullOfStars(this.#db)) return full;
    const announcement = this.#change(before, {}, (tx) => writeStar(tx, id, seq, isOn ? now() : null));
    return done({ answer: {}, announcement });
  }

  #marks(id: ConversationId): Outcome<StarsResult> {
    const row = this.#store.row(id);
    if (row === undefined) return notFound;
    return done({ answer: { marks: { starred: starsIn(this.#db, id), marksVersion: row.kept?.marksVersion ?? 0 } } });
  }

  /** Writes a change with the row, under a version that tells devices to ask for the marks. */
  #change(before: InboxRow, change: Partial<InboxRow>, write: (tx: UserTransactor) => void): Announcement {
    const version = this.#store.lastVersion + 1;
    const kept: KeptOfRow = { ...before.kept, ...change.kept, marksVersion: version };
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
