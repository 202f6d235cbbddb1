/**
 * Owns reads that may reach into the archive. The conversation's object answers its own part, and the names of the segments with the rest. The segments are read here, and the
 * answer is put together by the same functions as in the object. An answer of the object is valid for a second. After that the object is asked again.
 */
import { Buffer } from "node:buffer";
import { changesWithin } from "../../core/reads/changed-page.ts";
import { chainRange, type Link } from "../../core/reads/chain-range.ts";
import { listing, messagesPage, rangesOf } from "../../core/reads/pages.ts";
import { shownTo } from "../../core/reads/counted-reactions.ts";
import { messageOf, type StoredMessage } from "../../core/stored-message.ts";
import type {
  Across,
  ChangesAcross,
  MessageAcross,
  PageAcross,
  SegmentName,
  VerifyAcross,
} from "../../objects/contract/archive.ts";
import type { ExportAcross, OwnAcross } from "../../objects/contract/transfer/exporting.ts";
import { ask, conversationStub } from "../../objects/shared/platform/calls.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { SegmentRead } from "../../objects/shared/archive/segment-store.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { logFault } from "../../objects/shared/platform/log.ts";
import { archive } from "../../schema/archive-limits.ts";
import { done, type Outcome, refuse } from "../../schema/errors.ts";
import type { ChangesPage, ChangesQuery, PageQuery } from "../../schema/http/conversation/messages.ts";
import type { ConversationId, Rev, Seq, UserId } from "../../schema/ids.ts";
import { batches } from "../../schema/limits.ts";
import { readSegments } from "./read-segment.ts";

const byteCount = (text: string): number => Buffer.byteLength(text);
const asksMax = 3;
const unreadable = refuse("unavailable", "old messages cannot be read now", 5_000);

export function readPage(env: Env, id: ConversationId, viewer: UserId, query: PageQuery): Promise<Outcome<string>> {
  const stub = () => conversationStub(env, id);
  return read(env, () => ask("conversation.page", () => stub().page(viewer, query)), pageFrom);
}

export function readMessage(env: Env, id: ConversationId, viewer: UserId, seq: Seq): Promise<Outcome<string>> {
  const stub = () => conversationStub(env, id);
  return read(env, () => ask("conversation.message", () => stub().message(viewer, seq)), messageFrom);
}

export function readChanges(
  env: Env,
  id: ConversationId,
  viewer: UserId,
  query: ChangesQuery,
): Promise<Outcome<string>> {
  const stub = () => conversationStub(env, id);
  return read(env, () => ask("conversation.changes", () => stub().changes(viewer, query)), changesFrom);
}

export function readChain(
  env: Env,
  id: ConversationId,
  viewer: UserId,
  { from, to }: { from: Seq; to: Seq },
): Promise<Outcome<string>> {
  const stub = () => conversationStub(env, id);
  return read(env, () => ask("conversation.verify", () => stub().verify(viewer, from, to)), verifyFrom);
}

/**
 * Asks the object, reads the segments that it names, and makes the answer. The object is asked again if a segment is not there, because it may have been written anew meanwhile,
 * and if reading took so long that the reader may have been removed.
 */
export async function read<T, A extends Across | ExportAcross | OwnAcross>(
  env: Env,
  askObject: () => Promise<Outcome<T | A>>,
  make: (across: A, segments: Segments) => Outcome<T>,
): Promise<Outcome<T>> {
  for (let asked = 1; asked <= asksMax; asked++) {
    const at = now();
    const answer = await askObject();
    if (!answer.ok) return answer;
    const { value } = answer;
    if (!isAcross<A>(value)) return done(value);
    let segments: Segments;
    try {
      const names = namesOf(value);
      segments = new Segments(names, await readSegments(env, names));
    } catch (error) {
      logFault("archive", error, {});
      return unreadable;
    }
    if (now() - at > archive.answerMs) continue;
    if (!segments.isWhole && asked === 1) continue;
    return make(value, segments);
  }
  return unreadable;
}

/** Whether the object's answer names segments with the rest. Otherwise it is whole. */
function isAcross<A extends { is: string }>(value: unknown): value is A {
  return typeof value === "object" && value !== null && "is" in value;
}

function namesOf(across: Across | ExportAcross | OwnAcross): readonly SegmentName[] {
  return "segment" in across ? [across.segment] : across.segments;
}

/** The segments of one answer. */
export class Segments {
  readonly #reads: readonly SegmentRead[];
  /** The segments that cannot be read. */
  readonly holes: readonly SegmentName[];

  constructor(names: readonly SegmentName[], reads: readonly SegmentRead[]) {
    this.#reads = reads;
    this.holes = names.filter((_, at) => reads[at]?.ok !== true);
  }

  get isWhole(): boolean {
    return this.holes.length === 0;
  }

  /** A message; undefined if it cannot be read. */
  row(seq: Seq): StoredMessage | undefined {
    for (const each of this.#reads) if (each.ok && each.segment.has(seq)) return each.segment.row(seq);
    return undefined;
  }

  /** When each message was made and last changed, in order of seq. */
  *revs(): Generator<{ seq: Seq; createdRev: Rev; rev: Rev }> {
    for (const each of this.#reads) {
      if (!each.ok) continue;
      const { segment } = each;
      for (let seq = segment.first; seq <= segment.last; seq++)
        yield { seq, createdRev: segment.createdRevOf(seq), rev: segment.revOf(seq) };
    }
  }
}

function pageFrom(across: PageAcross, segments: Segments): Outcome<string> {
  const { conversationId, seqs, after, afterRev, head } = across;
  const local = new Map(across.local.map(({ seq, json }) => [seq, json]));
  const shown = shownTo(across.reactions);
  return done(
    messagesPage(
      {
        messages: (from, to, take) => {
          const step = from <= to ? 1 : -1;
          for (let seq = from; step * (to - seq) >= 0; seq += step) {
            const piece = local.has(seq) ? local.get(seq) : jsonOf(conversationId, segments.row(seq), shown);
            if (piece === null || piece === undefined || !take(piece)) return;
          }
        },
        notices: (from, to, take) => {
          for (const notice of across.notices) {
            if (notice.afterSeq > to) continue;
            if (notice.afterSeq < from || !take(notice)) return;
          }
        },
        byteCount,
      },
      seqs,
      { after, afterRev, head },
    ),
  );
}

function messageFrom({ conversationId, seq, reactions }: MessageAcross, segments: Segments): Outcome<string> {
  const row = segments.row(seq);
  return row === undefined
    ? unreadable
    : done(JSON.stringify(messageOf(conversationId, shownTo(reactions)(row), true)));
}

function verifyFrom({ from, to, local }: VerifyAcross, segments: Segments): Outcome<string> {
  const held = new Map(local.map((link) => [link.seq, link]));
  const links: Link[] = [];
  for (let seq = Math.max(1, from - 1); seq <= to; seq++) {
    const link = held.get(seq) ?? segments.row(seq);
    if (link === undefined) return unreadable;
    links.push(link);
  }
  return done(chainRange(from, to, links));
}

function changesFrom(across: ChangesAcross, segments: Segments): Outcome<string> {
  const { conversationId: id, since, upTo, afterSeq, limit, isMutatedOnly, through } = across;
  const missing: Seq[] = [];
  const amended = new Set(across.amended);
  const shown = shownTo(across.reactions);
  // Nobody knows which messages of an unreadable segment are new, so all of them are listed as missing.
  for (const { first, last } of isMutatedOnly ? [] : segments.holes)
    for (let seq = Math.max(first, afterSeq + 1); seq <= last; seq++) if (!amended.has(seq)) missing.push(seq);
  const { rev, changes } = changesWithin<{ rev: Rev; json: string; isNotice?: boolean }>(
    {
      journal: {
        known: across.journal.known,
        walk: (take) => {
          for (const { rev: at, json, archived, isNotice = false } of across.journal.entries) {
            const row = archived === undefined ? undefined : segments.row(archived);
            if (archived !== undefined && row === undefined) missing.push(archived);
            if (archived !== undefined && (row?.rev !== at || (isMutatedOnly && row.createdRev > since))) continue;
            if (!take({ rev: at, json: archived === undefined ? json : jsonOf(id, row, shown), isNotice })) return;
          }
        },
      },
      made: {
        known: across.made.known,
        walk: (take) => {
          if (isMutatedOnly) return;
          const held = [...across.made.entries];
          for (const { seq, createdRev, rev: at } of segments.revs()) {
            if (createdRev > upTo || seq > through) break;
            if (createdRev <= since || at !== createdRev || seq <= afterSeq || amended.has(seq)) continue;
            while (held[0] !== undefined && held[0].rev < at) {
              const first = held.shift();
              if (first !== undefined && !take(first)) return;
            }
            if (!take({ rev: at, json: jsonOf(id, segments.row(seq), shown) })) return;
          }
          for (const piece of held) if (!take(piece)) return;
        },
      },
    },
    { upTo, limit, bytes: batches.pageBytesMax, byteCount },
  );
  const rest: Omit<ChangesPage, "messages" | "notices"> = {
    epoch: across.epoch,
    head: across.head,
    rev,
    more: rev < across.head.rev,
    ...(across.details !== null && across.details.rev <= rev ? { conversation: across.details.conversation } : {}),
    ...(missing.length === 0 ? {} : { missing: rangesOf([...new Set(missing)].sort((a, b) => a - b)) }),
  };
  return done(
    listing(
      {
        messages: changes.filter(({ isNotice = false, json }) => !isNotice && json !== "").map(({ json }) => json),
        notices: changes.filter(({ isNotice = false }) => isNotice).map(({ json }) => json),
      },
      rest,
    ),
  );
}

/** A message as JSON; "" if it cannot be read. */
function jsonOf(
  id: ConversationId,
  row: StoredMessage | undefined,
  shown: (row: StoredMessage) => StoredMessage,
): string {
  return row === undefined ? "" : JSON.stringify(messageOf(id, shown(row)));
}
