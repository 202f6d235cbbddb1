/**
 * Owns the answers of a conversation about its archive: to the gateway, which reads segments, and to the consumer of the queue, which writes them.
 */
import type { ReaderReactions } from "../../core/reads/counted-reactions.ts";
import type { Link } from "../../core/reads/chain-range.ts";
import type { StoredMessage } from "../../core/stored-message.ts";
import type { NoticePiece, PageSeqs } from "../../core/reads/pages.ts";
import type { ConversationId, Epoch, Rev, Seq, TimeMs } from "../../schema/ids.ts";
import type { SharedDetails } from "../../schema/wire/change.ts";

/** An object in R2 with messages `first` to `last`. `digest`: the SHA-256 of its bytes, in hex. */
export type SegmentName = { key: string; digest: string; first: Seq; last: Seq };

/** An index of the words of a group of segments, as it lies in R2. */
export type IndexName = { key: string; digest: string };

/** Where the words of a segment are to go: into a new object `key`, made of the present index of the group. */
export type IndexPlace = {
  group: number;
  slot: number;
  generation: number;
  key: string;
  present: (IndexName & { generation: number }) | null;
};

/** An index that was written. `bytes`: unpacked. */
export type WrittenIndex = {
  group: number;
  slot: number;
  generation: number;
  replaces: number | null;
  digest: string;
  bytes: number;
};

/** The present index of a group that cannot be read, so that none could be made of it. */
export type LostIndex = { isLost: true; group: number; generation: number };

/** `reactions`: of a large group, what its reader chose in the segments. */
type Read = { reactions?: ReaderReactions };

type Head = { seq: Seq; rev: Rev; hash: string };

/** A message as lists carry it, as JSON; null where it is too large for the page. */
export type LocalPiece = { seq: Seq; json: string | null };

/** A page of messages that reaches into the archive: the conversation's part, and the segments with the rest. A local message replaces the same one of a segment. */
export type PageAcross = Read & {
  is: "page";
  conversationId: ConversationId;
  seqs: PageSeqs;
  after: Seq;
  afterRev: Rev;
  head: Head;
  local: LocalPiece[];
  /** The newest first, as many as the page has room for. */
  notices: NoticePiece[];
  segments: SegmentName[];
};

/** A message in the archive. */
export type MessageAcross = Read & { is: "message"; conversationId: ConversationId; seq: Seq; segment: SegmentName };

/** A stretch of the chain. `local` begins at `from` − 1, if the conversation has that link. */
export type VerifyAcross = { is: "verify"; from: Seq; to: Seq; local: Link[]; segments: SegmentName[] };

/** A change; `archived`: the seq of a message in a segment. The change counts if the message has exactly this rev. */
export type JournalEntry = { rev: Rev; json: string; archived?: Seq; isNotice?: boolean };

/** A page of changes that reaches into the archive. */
export type ChangesAcross = Read & {
  is: "changes";
  conversationId: ConversationId;
  epoch: Epoch;
  head: Head;
  /** The stretch of revs, `since` exclusive, and the messages that the reader may see, `afterSeq` exclusive. */
  since: Rev;
  upTo: Rev;
  afterSeq: Seq;
  limit: number;
  isMutatedOnly: boolean;
  journal: { known: Rev; entries: JournalEntry[] };
  /** Messages that the conversation has and that never changed. */
  made: { known: Rev; entries: { rev: Rev; json: string }[] };
  /** The last archived seq. Messages up to it are in segments, except those whose rows the conversation has again. */
  through: Seq;
  amended: Seq[];
  segments: SegmentName[];
  /** The conversation itself changed at this rev. */
  details: { rev: Rev; conversation: SharedDetails } | null;
};

/** The answer to a read of which the archive has a part. */
export type Across = PageAcross | MessageAcross | VerifyAcross | ChangesAcross;

/** A piece of work for a conversation's archive. `generation` names the object that is to be written. */
export type ArchiveWork =
  | { do: "nothing" }
  | {
      do: "seal";
      conversationId: ConversationId;
      generation: number;
      key: string;
      /** The messages have all changes up to this rev. */
      rev: Rev;
      index?: IndexPlace;
      hashBefore: string;
      messages: StoredMessage[];
    }
  | {
      do: "rewrite";
      conversationId: ConversationId;
      generation: number;
      key: string;
      rev: Rev;
      index?: IndexPlace;
      old: SegmentName;
      /** The generation of that segment. */
      replaces: number;
      /** The messages of the segment that have changed since, in their present state. */
      changed: StoredMessage[];
      /** A message in it was erased: if the segment cannot be read, its words must leave the index all the same. */
      isErased?: boolean;
      /** Its words stand in the index already. */
      hasWords?: boolean;
      /** Present where `changed` has all messages, because they still have their rows. Then the old segment is not read. */
      hashBefore?: string;
    }
  | { do: "delete"; puts: { generation: number; key: string }[] };

/** A segment that was written. */
export type WrittenSegment = {
  generation: number;
  /** The generation that it replaces; null for a new segment. */
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
  /** Absent, or lost, where the words could not be put into an index: then the segment is searched in any case. */
  index?: WrittenIndex | LostIndex;
};

/** A piece of work was done: a segment is written and was read again, or objects are gone from R2. */
export type ArchiveDone =
  | { did: "write"; segment: WrittenSegment }
  | { did: "delete"; generations: number[] }
  /** The segment that was to be written anew cannot be read: nothing was put under this generation. */
  | { did: "fail"; first: Seq; generation: number }
  /** The same, and a message in it was erased: an index without its words was put, where they stood in one. `replaces`: the generation of the segment. */
  | { did: "lose"; first: Seq; generation: number; replaces: number; index?: WrittenIndex | LostIndex };
