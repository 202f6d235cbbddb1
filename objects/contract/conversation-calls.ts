/**
 * Owns the calls of a ConversationObject. Refusals are values; a throw across these calls is a bug or a fault of the platform.
 * Shapes may gain optional fields, never lose or change one: during a deploy an old object may answer a new caller.
 */
import type { Pin } from "../../core/marks/pins.ts";
import type { Outcome } from "../../schema/errors.ts";
import type {
  ConversationPatch,
  Invite,
  InviteDraft,
  ListedInvite,
  PolicyPatch,
} from "../../schema/http/conversation/conversations.ts";
import type { AttachmentsPage, AttachmentsQuery } from "../../schema/http/conversation/attachments.ts";
import type { ChangesQuery, PageQuery } from "../../schema/http/conversation/messages.ts";
import type { ChosenPlace } from "../../core/reads/counted-reactions.ts";
import type { ConversationId, DeviceId, InviteId, Rev, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import type { Conversation, ConversationMode, Member } from "../../schema/wire/conversation.ts";
import type { Role } from "../../schema/wire/message.ts";
import type { Actor } from "./actor.ts";
import type { ArchiveDone, ArchiveWork, ChangesAcross, MessageAcross, PageAcross, VerifyAcross } from "./archive.ts";
import type { Command, PackedAnswers, PackedCommands, SubmitAnswer } from "./command.ts";
import type { ExportAcross, ExportPage, ExportPlace, OwnAcross } from "./transfer/exporting.ts";
import type { MessagesFound, SearchAsk, SearchFound, SegmentsAsk, SegmentsToSearch } from "./search.ts";
import type { ImportStep, ImportStepDone } from "./transfer/importing.ts";
import type { DeliveredRow, DueRow, PulledRow, RowKnown } from "./delivery/pulled-row.ts";
import type { MemberChange, Person } from "./person.ts";
import type { RelayAsk, RelayJoin, RelayJoined, RelayLeft } from "./delivery/relay-calls.ts";
import type { Avatar, UploadAnswer, UploadAsk, UploadBy } from "./uploads.ts";

/** An answer that the client receives unchanged: JSON text, serialized once in the object. */
export type Json = string;

/** `requests`: those of `people` to whom the conversation comes as a request, because the founder is a stranger to them. */
export type DmFounding = {
  kind: "dm";
  id: ConversationId;
  by: UserId;
  people: Person[];
  requests?: UserId[];
  createdAt?: TimeMs;
};
export type GroupFounding = {
  kind: "group";
  id: ConversationId;
  by: UserId;
  people: Person[];
  requests?: UserId[];
  title: string;
  mode: ConversationMode;
  policy: PolicyPatch;
  /** The digest of the whole request, if the id was made from a clientId: another body under the same clientId is refused. */
  draftDigest: string | null;
  /** Only of what is imported; otherwise it is now. */
  createdAt?: TimeMs;
};

export interface ConversationCalls {
  /** Founds the conversation once; a repeated call answers the existing one. Waits a little for the members' inboxes. */
  found(founding: DmFounding | GroupFounding): Promise<Outcome<{ conversation: Conversation; isNew: boolean }>>;
  /**
   * Does a member's commands in order, with one answer for each. It is the one function behind all three doors. `asks`: the caller asks whether its next call
   * may be packed. An object of an earlier version answers without `takesPacked`.
   */
  submit(actor: Actor, commands: Command[], asks?: true): Promise<SubmitAnswer[]>;
  /** The same, with commands and answers as texts. */
  submitPacked(packed: PackedCommands): Promise<PackedAnswers>;

  view(viewer: UserId): Promise<Outcome<Conversation>>;
  /** Owners, admins, then the others by when they joined; with `q` those whose handle, or a word of whose name, begins so. */
  members(
    viewer: UserId,
    cursor: string | undefined,
    limit: number,
    q?: string,
  ): Promise<Outcome<{ members: Member[]; cursor: string | null }>>;
  /** `avatar`: what the gateway has made of the upload that the patch names. Without it that upload is the one of which the present picture was made. */
  patch(by: UserId, patch: ConversationPatch, avatar?: Avatar): Promise<Outcome<Conversation>>;
  /**
   * Adds somebody (`person` given: they exist, and `by` may bring them; `isRequest`: as a stranger), or sets a member's role.
   */
  putMember(
    by: UserId,
    userId: UserId,
    role: Role | null,
    person: Person | null,
    isRequest?: boolean,
  ): Promise<Outcome<Member>>;
  /**
   * Those of these users who are no members. If there are some, and `by` may not add them or there is no room for all of them, this is refused, so that the
   * gateway need not look them up.
   */
  newcomers(by: UserId, userIds: UserId[]): Promise<Outcome<UserId[]>>;
  /** Adds all of these people who are no members, in one rev; answers who they are. `requests`: those to whom the conversation comes as a request. */
  addMembers(by: UserId, people: Person[], requests: UserId[]): Promise<Outcome<UserId[]>>;
  removeMember(by: UserId, userId: UserId): Promise<Outcome<null>>;
  /** Whether `userId` is a member now. If they are none and the viewer may not add them, this is refused, so that the gateway need not look them up. */
  hasMember(viewer: UserId, userId: UserId): Promise<Outcome<boolean>>;

  createInvite(by: UserId, draft: InviteDraft): Promise<Outcome<Invite>>;
  /** The newest first. Admins receive all invites, other members their own. */
  invites(
    by: UserId,
    cursor: string | undefined,
    limit: number,
  ): Promise<Outcome<{ invites: ListedInvite[]; cursor: string | null }>>;
  previewInvite(secret: string): Promise<Outcome<{ title: string | null; memberCount: number }>>;
  deleteInvite(by: UserId, secret: string): Promise<Outcome<null>>;
  endInvite(by: UserId, id: InviteId): Promise<Outcome<null>>;
  /** What `acceptInvite` would answer now. The gateway asks this before it charges, so that an invalid invite costs nothing. */
  mayAccept(userId: UserId, secret: string): Promise<Outcome<{ isMember: boolean }>>;
  acceptInvite(person: Person, secret: string): Promise<Outcome<Conversation>>;

  // If the archive has a part of what is read, the answer has the conversation's part, and the names of the segments with the rest (workers/archive).
  page(viewer: UserId, query: PageQuery): Promise<Outcome<Json | PageAcross>>;
  message(viewer: UserId, seq: Seq): Promise<Outcome<Json | MessageAcross>>;
  changes(viewer: UserId, query: ChangesQuery): Promise<Outcome<Json | ChangesAcross>>;
  verify(viewer: UserId, from: Seq, to: Seq): Promise<Outcome<Json | VerifyAcross>>;

  /** Messages that answer a query, among a bounded number. Errors: `bad_request`, `rate_limited`. */
  search(viewer: UserId, ask: SearchAsk): Promise<Outcome<SearchFound>>;
  /** The segments that the gateway reads for a search, after it has read the index of their group. */
  segmentsToSearch(viewer: UserId, ask: SegmentsAsk): Promise<Outcome<SegmentsToSearch>>;
  /** These messages as lists carry them, without those that do not exist or that the viewer may not see. */
  messagesAt(viewer: UserId, seqs: Seq[]): Promise<Outcome<MessagesFound>>;

  /** Of a message of a large group: who chose this among its reactions and votes, in the order in which they did, behind a place. */
  chosen(
    viewer: UserId,
    seq: Seq,
    key: string,
    after: ChosenPlace | null,
    limit: number,
  ): Promise<Outcome<ChosenPlace[]>>;

  /** The pins that the viewer may see, the newest first. */
  pins(viewer: UserId): Promise<Outcome<Pin[]>>;

  /** What messages have attached, the newest first. */
  attached(viewer: UserId, query: AttachmentsQuery): Promise<Outcome<AttachmentsPage>>;

  /** The next piece of work for the archive. The queue's consumer asks, and reports what it has done for the piece before. */
  archive(done: ArchiveDone | null): Promise<ArchiveWork>;

  /** The next page of an export; the first page is asked for without a place, and begins behind `after`. Each page checks the right to it. */
  export(
    viewer: UserId,
    place: ExportPlace | null,
    after?: { seq: Seq; rev: Rev },
  ): Promise<Outcome<ExportPage<ExportPlace> | ExportAcross>>;
  /** What this user wrote after a seq, whether or not they are still a member. It is called only for the user themself. */
  ownWords(userId: UserId, after: Seq): Promise<ExportPage<Seq> | OwnAcross>;

  /** A step of an import. Errors: `conflict` (founded by people here, or full), `unavailable` (the archive has to catch up). */
  import(step: ImportStep): Promise<Outcome<ImportStepDone>>;

  /** A user's handle, name, bio, settings or blocks changed. Ignored if the user is no member. */
  personChanged(person: Person): Promise<void>;
  /** The same, with only the changed fields. `isOlder`: the conversation has a newer state, and applied nothing of this. */
  memberChanged(change: MemberChange): Promise<{ isOlder: boolean }>;
  /**
   * This user has erased their account: `person` is what is left of them. The first call, with `after` 0, ends the membership. Each call erases some of their
   * messages, and answers the seq from which the next call goes on; null if nothing is left. A repeated call finds nothing to do.
   */
  eraseMember(person: Person, after: Seq): Promise<{ next: Seq | null }>;
  /**
   * The row of a member of a large group in their inbox, or of a former member whose inbox does not know it yet; null where the inbox has nothing newer.
   * `lookUntil`: until then the inbox receives the row when it changes, at most every five seconds, as long as it answers that a device looks; null: no longer.
   * `wantsAll`: whether all messages are to be pushed to this member. `wantsAt`: when that was so, by the clock of the user's object.
   */
  rowOf(
    userId: UserId,
    known: RowKnown | null,
    lookUntil?: TimeMs | null,
    wantsAll?: boolean,
    wantsAt?: TimeMs,
  ): Promise<PulledRow | null>;
  /**
   * What members of a large group are to receive one by one: a page behind a member, or the first one. `delivered`: which inboxes have durably what an earlier
   * page had for them. `next` null: this was the last page. What could not be delivered is in the next round.
   */
  fanOutPage(after: UserId | null, delivered: DeliveredRow[]): Promise<{ due: DueRow[]; next: UserId | null }>;

  /** A call about an upload or attachment; null: the operator makes it. The answer is that of the call's kind (workers/media/uploads/ask.ts). */
  upload(by: UploadBy, ask: UploadAsk): Promise<Outcome<UploadAnswer>>;

  /** The member has accepted the request by which they came. `rev` is a rev of the membership that is meant. */
  requestEnded(userId: UserId, rev: Rev): Promise<void>;
  /** Closes the device's live sockets with 4401, at relays too, and refuses upgrades of it that are under way. Throws where a relay could not be told: it is called again. */
  deviceRevoked(userId: UserId, deviceId: DeviceId): Promise<void>;
  /** When the last frame of the device came on its live sockets here; null if it has none. Silent sockets are closed. The user's object calls this. */
  heardLive(userId: UserId, deviceId: DeviceId): Promise<TimeMs | null>;

  /** A socket opens at the relay of this number. Errors: those of the live upgrade, and `unavailable`. */
  relayJoin(number: number, join: RelayJoin): Promise<Outcome<RelayJoined>>;
  /** Sockets have ended there. */
  relayLeft(number: number, sockets: RelayLeft[]): Promise<void>;
  /** Frames of its sockets. The answers come with a turn of the same life of the conversation's object. */
  relayAsks(number: number, asks: RelayAsk[]): Promise<{ life: string }>;

  // fetch(): GET /live with Upgrade: the live socket, or the number of the relay that is to hold it; headers carry the identity (shared/identity).
}
