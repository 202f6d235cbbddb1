/**
 * Owns history that an operator brings from elsewhere: a conversation is founded in silence, its lines are stored with their times and senders in the order of the
 * source, and then it is opened, which brings it to its members' inboxes as read. Until then it is there for nobody. What was imported before is found, so a
 * repeat stores nothing.
 */
import { utf8Bytes } from "../../../schema/text.ts";
import { done, type Outcome, type Refusal, refuse } from "../../../schema/errors.ts";
import { batches } from "../../../schema/limits.ts";
import type { SegmentName } from "../../contract/archive.ts";
import type {
  ImportedConversation,
  ImportedLine,
  ImportStep,
  ImportStepDone,
} from "../../contract/transfer/importing.ts";
import type { Manifest } from "../archive/manifest.ts";
import { unreadable } from "../archive/fetched.ts";
import type { Sealing } from "../sealing/sealing.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { StorageRoom } from "../../shared/meters/storage-room.ts";
import { type ConversationDatabase, noEffects } from "../effects.ts";
import { changeItem, sharedDetailsOf } from "../messages/items.ts";
import type { LargeGroup } from "../large/large-group.ts";
import { largeMarks } from "../large/marks.ts";
import type { Membership } from "../membership/membership.ts";
import type { State } from "../store.ts";
import type { Writes } from "../writes.ts";
import { ImportedLines, type LinesParts } from "./imported-lines.ts";
import { imported, importing, isImporting, isOfImport } from "../importing.ts";

export type ImportParts = LinesParts & {
  db: ConversationDatabase;
  membership: Membership;
  writes: Writes;
  room: StorageRoom;
  manifest: Pick<Manifest, "through">;
  sealing: Pick<Sealing, "look">;
  large: Pick<LargeGroup, "open" | "turned">;
  awake: Awake;
};

/** How far a transaction came. `next`: the first line that it did not take. */
type Progress = { next: number; stored: number; known: number; fault?: string; away?: SegmentName };

const isBehind = refuse("unavailable", "the archive of this conversation has to catch up first", 500).refusal;
const notImported = refuse("conflict", "this conversation was not made by an import");

export class Imports {
  readonly #parts: ImportParts;
  readonly #lines: ImportedLines;

  constructor(parts: ImportParts) {
    this.#parts = parts;
    this.#lines = new ImportedLines(parts);
  }

  step(step: ImportStep): Promise<Outcome<ImportStepDone>> {
    return this.#parts.awake.during(this.#step(step));
  }

  async #step(step: ImportStep): Promise<Outcome<ImportStepDone>> {
    if (step.do === "found") return this.#found(step.conversation);
    return step.do === "history" ? await this.#history(step.lines, step.skipsFaults) : this.#open();
  }

  /** Founds it, once. A conversation that people founded here takes no imports. */
  #found({ id, kind, title, createdAt, people }: ImportedConversation): Outcome<ImportStepDone> {
    const { db, store, membership } = this.#parts;
    const [owner] = people;
    if (store.state !== undefined) return isOfImport(store.state.facts) ? this.#done() : notImported;
    if (owner === undefined) return refuse("bad_request", "members: a conversation has members");
    const base = { id, by: owner.user.id, people, createdAt };
    // All of its members are in memory until it is open, however many they are.
    const group = { title: title ?? "", mode: "small", policy: {}, draftDigest: importing } as const;
    db.transact((tx) => {
      const founding = kind === "dm" ? ({ kind, ...base } as const) : ({ kind, ...base, ...group } as const);
      const state = membership.found(tx, founding, noEffects());
      if (kind === "dm") store.setDetails(tx, state, { draftDigest: importing }, 1);
    });
    return this.#done();
  }

  /** What was stored stays so where this ends early: repeated, it goes on from there. */
  async #history(lines: readonly ImportedLine[], skipsFaults: boolean): Promise<Outcome<ImportStepDone>> {
    const { store, manifest, sealing, fetched } = this.#parts;
    const all: ImportStepDone = { stored: 0, known: 0, faults: [], isOpen: false };
    for (let next = 0; next < lines.length;) {
      const { state } = store;
      if (state === undefined || !isOfImport(state.facts)) return notImported;
      if (state.head.seq - manifest.through > batches.importHeldMessages) {
        sealing.look();
        return { ok: false, refusal: isBehind };
      }
      const progress = this.#take(state, lines, next);
      if ("code" in progress) return { ok: false, refusal: progress };
      sealing.look();
      all.stored += progress.stored;
      all.known += progress.known;
      next = progress.next;
      if (progress.away !== undefined && !(await fetched.fetch(progress.away)))
        return { ok: false, refusal: unreadable };
      if (progress.fault === undefined) continue;
      all.faults.push({ index: next, detail: progress.fault });
      if (!skipsFaults) break;
      next++;
    }
    return done({ ...all, isOpen: !this.#isImporting() });
  }

  /** Lines from `from` on in one transaction, up to one that cannot be stored, or for which a segment of the archive has to be fetched. */
  #take(state: State, lines: readonly ImportedLine[], from: number): Progress | Refusal {
    const { db, store, room, sent } = this.#parts;
    const full = room.refusal(lines.reduce((sum, line) => sum + bytesOf(line), 0));
    if (full !== undefined) return full;
    try {
      const progress = db.transact((tx) => {
        const taken: Progress = { next: from, stored: 0, known: 0 };
        for (const line of lines.slice(from)) {
          const one = this.#lines.take(tx, state, line);
          if (one.is === "away") taken.away = one.away;
          else if (one.is === "fault") taken.fault = one.detail;
          else {
            taken.next++;
            taken[one.is]++;
            continue;
          }
          break;
        }
        return taken;
      });
      sent.record(state.head.seq, (tx) => store.watermarks.writeOwn(tx));
      return progress;
    } catch (error) {
      logFault("import", error, { conversationId: state.facts.id });
      return room.faultOf(error) ?? refuse("unavailable", "something failed here; repeat it").refusal;
    }
  }

  /**
   * Brings it to its members, who have read everything: their memberships begin now, so an inbox receives the last message and none before it. With more members
   * than a small group may have it is a large one. People who have left, or who wrote without having been members, get a row that ended, by which exports and erasures of their own data find this conversation. Again it changes nothing.
   */
  #open(): Outcome<ImportStepDone> {
    const { store, writes, messages, journal, large } = this.#parts;
    if (store.state === undefined || !isOfImport(store.state.facts)) return notImported;
    if (!isImporting(store.state.facts)) return this.#done();
    writes.apply((tx, state, effects) => {
      const { facts, head } = state;
      const { seq } = head;
      // As it is read anew after an eviction: a notice behind the last message does not count.
      const at = Math.max(messages.timeAt(seq)?.at ?? 0, facts.createdAt);
      const began = head.rev + 1;
      const members = [...state.members.all()];
      const revs = members.some((member) => member.leftRev !== null) ? [began, began + 1] : [began];
      for (const member of members) {
        const whole = { ...member, joinedRev: began, read: seq, delivered: seq };
        const ended = { joinedSeq: seq, leftRev: began + 1, leftWith: { seq, at } };
        store.putMember(tx, state, member.leftRev === null ? whole : { ...whole, ...ended });
      }
      if (state.members.count > largeMarks.smallGroupMembersMax) large.open(tx, state);
      store.setDetails(tx, state, { draftDigest: imported }, revs.at(-1) ?? began);
      for (const rev of revs) {
        journal.note(tx, { rev, at, seq: null, notice: null });
        state.head = { ...state.head, rev, at };
        effects.items.push(changeItem(facts.id, rev, { conversation: sharedDetailsOf(state) }));
      }
      large.turned(
        tx,
        state,
        members.map(({ userId }) => userId),
      );
    });
    return this.#done();
  }

  #isImporting(): boolean {
    const { state } = this.#parts.store;
    return state !== undefined && isImporting(state.facts);
  }

  #done(): Outcome<ImportStepDone> {
    return done({ stored: 0, known: 0, faults: [], isOpen: !this.#isImporting() });
  }
}

/** About how many bytes a line takes, beside its row. */
function bytesOf(line: ImportedLine): number {
  if (line.type !== "message") return 1;
  const people = line.reactions.reduce((sum, { userIds }) => sum + userIds.length, line.mentions.length);
  return utf8Bytes(line.text) + 40 * people + 1;
}
