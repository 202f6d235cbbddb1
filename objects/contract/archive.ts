/**
 * Owns what a conversation says of its archive: to the gateway, which reads segments, and to the consumer of the queue, which writes them.
 */
import type { Link } from "../../core/reads/chain-range.ts";
import type { StoredMessage } from "../../core/stored-message.ts";
import type { NoticePiece, PageSeqs } from "../../core/reads/pages.ts";
import type { ConversationId, Epoch, Rev, Seq, TimeMs } from "../../schema/ids.ts";
import type { SharedDetails } from "../../schema/wire/change.ts";

/** An object in R2 with messages `first` to `last`. `digest`: the SHA-256 of its bytes, in hex. */
export type SegmentName = { key: string; digest: string; first: Seq; last: Seq };

type Head = { seq: Seq; rev: Rev; hash: string };

/** A message as lists carry it, as JSON; null where it is too large for the page. */
export type LocalPiece = { seq: Seq; json: string | null };

/** A page of messages that reaches into the archive: what the conversation holds of it, and which segments hold the rest. A local message comes before one in a segment. */
export type PageAcross = {
  is: "page";
  conversationId: ConversationId;
  seqs: PageSeqs;
  after: Seq;
  afterRev: Rev;
  head: Head;
  local: LocalPiece[];
  /** Newest first: all that the page has room for. */
  notices: NoticePiece[];
  segments: SegmentName[];
};

/** A message in the archive. */
export type MessageAcross = { is: "message"; conversationId: ConversationId; seq: Seq; segment: SegmentName };

/** A stretch of the chain; `local` begins at `from` − 1, where that is held. */
export type VerifyAcross = { is: "verify"; from: Seq; to: Seq; local: Link[]; segments: SegmentName[] };

/** A change; `archived` is the seq of a message that lies in a segment: it counts if the message has this very rev. */
export type JournalEntry = { rev: Rev; json: string; archived?: Seq; isNotice?: boolean };

/** A page of changes that reaches into the archive. */
export type ChangesAcross = {
  is: "changes";
  conversationId: ConversationId;
  epoch: Epoch;
  head: Head;
  /** The stretch of revs that is looked at, `since` exclusive, and the messages that are seen, `afterSeq` exclusive. */
  since: Rev;
  upTo: Rev;
  afterSeq: Seq;
  limit: number;
  isMutatedOnly: boolean;
  journal: { known: Rev; entries: JournalEntry[] };
  /** Messages that the conversation holds and that are as they were made. */
  made: { known: Rev; entries: { rev: Rev; json: string }[] };
  /** Up to where messages lie in segments, but for those that the conversation holds all the same. */
  through: Seq;
  amended: Seq[];
  segments: SegmentName[];
  /** The conversation itself changed at this rev. */
  face: { rev: Rev; conversation: SharedDetails } | null;
};

/** What a read is answered with where the archive holds a part of it. */
export type Across = PageAcross | MessageAcross | VerifyAcross | ChangesAcross;

/** What is to be done for a conversation's archive. `generation` names the object that is to be written. */
export type ArchiveWork =
  | { do: "nothing" }
  | {
      do: "seal";
      conversationId: ConversationId;
      generation: number;
      key: string;
      /** All changes up to this rev are in the messages. */
      rev: Rev;
      hashBefore: string;
      messages: StoredMessage[];
    }
  | {
      do: "rewrite";
      conversationId: ConversationId;
      generation: number;
      key: string;
      rev: Rev;
      old: SegmentName;
      /** The generation of that. */
      replaces: number;
      /** The messages that lie over the segment, as they are now. */
      changed: StoredMessage[];
    }
  | { do: "delete"; puts: { generation: number; key: string }[] };

/** A segment that was written. */
export type WrittenSegment = {
  generation: number;
  /** The generation that it takes the place of; null where it is new. */
  replaces: number | null;
  rev: Rev;
  digest: string;
  bytes: number;
  first: Seq;
  last: Seq;
  firstRev: Rev;
  lastRev: Rev;
  firstAt: TimeMs;
  lastAt: TimeMs;
};

/** A piece of work was done: a segment is written and was read again, or objects are gone from R2. */
export type ArchiveDone = { did: "write"; segment: WrittenSegment } | { did: "delete"; generations: number[] };
