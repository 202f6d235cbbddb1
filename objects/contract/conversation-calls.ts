/**
 * Owns what a ConversationObject can be asked. Refusals are values; a throw across these calls is a bug or a fault of the platform.
 * Shapes may gain optional fields, never lose or change one: during a deploy an old object may answer a new caller.
 */
import type { Outcome } from "../../schema/errors.ts";
import type {
  ConversationPatch,
  Invite,
  InviteDraft,
  ListedInvite,
  PolicyPatch,
} from "../../schema/http/conversations.ts";
import type { ChangesQuery, PageQuery } from "../../schema/http/messages.ts";
import type { ConversationId, DeviceId, InviteId, Rev, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import type { Conversation, ConversationMode, Member } from "../../schema/wire/conversation.ts";
import type { Message, Role } from "../../schema/wire/message.ts";
import type { Actor } from "./actor.ts";
import type { ArchiveDone, ArchiveWork, ChangesAcross, MessageAcross, PageAcross, VerifyAcross } from "./archive.ts";
import type { Command, CommandAnswer } from "./command.ts";
import type { ExportAcross, ExportPage, ExportPlace, OwnAcross } from "./exporting.ts";
import type { SearchAsk, SearchFound } from "./search.ts";
import type { MemberChange, Person } from "./person.ts";

/** Answers that a client gets as they are: JSON text, serialized once in the object. */
export type Json = string;

/** `requests`: those of `people` to whom the founder is a stranger, and who take strangers as requests. */
export type DmFounding = { kind: "dm"; id: ConversationId; by: UserId; people: Person[]; requests?: UserId[] };
export type GroupFounding = {
  kind: "group";
  id: ConversationId;
  by: UserId;
  people: Person[];
  requests?: UserId[];
  title: string;
  mode: ConversationMode;
  policy: PolicyPatch;
  /** Digest of the whole request where a clientId made the id deterministic: another body under it is refused. */
  draftDigest: string | null;
};

export interface ConversationCalls {
  /** Founds the conversation, once; again it answers what is there. Waits a little for the members' inboxes. */
  found(founding: DmFounding | GroupFounding): Promise<Outcome<{ conversation: Conversation; isNew: boolean }>>;
  /** Does what a member wants, in order; one answer each. The one function behind all three doors. */
  submit(actor: Actor, commands: Command[]): Promise<CommandAnswer[]>;

  view(viewer: UserId): Promise<Outcome<Conversation>>;
  members(
    viewer: UserId,
    cursor: string | undefined,
    limit: number,
  ): Promise<Outcome<{ members: Member[]; cursor: string | null }>>;
  patch(by: UserId, patch: ConversationPatch): Promise<Outcome<Conversation>>;
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
  removeMember(by: UserId, userId: UserId): Promise<Outcome<null>>;
  /** Whether `userId` is a member now. Refused where they are none and the viewer may not add them: then the gateway need not look them up. */
  hasMember(viewer: UserId, userId: UserId): Promise<Outcome<boolean>>;

  createInvite(by: UserId, draft: InviteDraft): Promise<Outcome<Invite>>;
  /** The newest first: all of them to admins, to others their own. */
  invites(
    by: UserId,
    cursor: string | undefined,
    limit: number,
  ): Promise<Outcome<{ invites: ListedInvite[]; cursor: string | null }>>;
  previewInvite(secret: string): Promise<Outcome<{ title: string | null; memberCount: number }>>;
  deleteInvite(by: UserId, secret: string): Promise<Outcome<null>>;
  endInvite(by: UserId, id: InviteId): Promise<Outcome<null>>;
  /** What `acceptInvite` would answer now. The gateway asks before it charges, so that an invite that leads nowhere costs nothing. */
  mayAccept(userId: UserId, secret: string): Promise<Outcome<{ isMember: boolean }>>;
  acceptInvite(person: Person, secret: string): Promise<Outcome<Conversation>>;

  // Where the archive holds a part of what is read, the answer says what the conversation has and where the rest is (workers/archive).
  page(viewer: UserId, query: PageQuery): Promise<Outcome<Json | PageAcross>>;
  message(viewer: UserId, seq: Seq): Promise<Outcome<Json | MessageAcross>>;
  changes(viewer: UserId, query: ChangesQuery): Promise<Outcome<Json | ChangesAcross>>;
  verify(viewer: UserId, from: Seq, to: Seq): Promise<Outcome<Json | VerifyAcross>>;

  /** Messages that answer a query, among a bounded number. Errors: `bad_request`, `rate_limited`. */
  search(viewer: UserId, ask: SearchAsk): Promise<Outcome<SearchFound>>;
  /** These messages as lists carry them, without those that are not there or not to be seen by the viewer. */
  messagesAt(viewer: UserId, seqs: Seq[]): Promise<Outcome<Message[]>>;

  /** What is to be done for the archive now; asked by the queue's consumer, which says what it has done with the piece of work before. */
  archive(done: ArchiveDone | null): Promise<ArchiveWork>;

  /** The next page of an export; the first without a place. The right to it is asked with every page. */
  export(viewer: UserId, place: ExportPlace | null): Promise<Outcome<ExportPage<ExportPlace> | ExportAcross>>;
  /** What this user wrote after a seq, whether or not they are still a member. Asked on behalf of the user themself alone. */
  ownWords(userId: UserId, after: Seq): Promise<ExportPage<Seq> | OwnAcross>;

  /** A user's handle, name, bio, settings or blocks changed. Ignored where the user is no member. */
  personChanged(person: Person): Promise<void>;
  /** The same, with no more than what changed. `isOlder`: the conversation knows something newer, and applied nothing of this. */
  memberChanged(change: MemberChange): Promise<{ isOlder: boolean }>;
  /** The member has accepted the request by which they came. `rev` lies in the membership that is meant. */
  /**
   * This user has erased their account: `person` is what is left of them. The first page, after 0, ends the membership; each erases some of what they wrote
   * and answers from where to go on; null where nothing is left. A repeat finds nothing to do.
   */
  eraseMember(person: Person, after: Seq): Promise<{ next: Seq | null }>;
  requestEnded(userId: UserId, rev: Rev): Promise<void>;
  /** Closes the device's live sockets with 4401 and refuses upgrades of it that are under way. */
  deviceRevoked(userId: UserId, deviceId: DeviceId): Promise<void>;
  /** When the device was last heard on its live sockets here; null where it has none. Silent ones are closed. Asked by the user's object. */
  heardLive(userId: UserId, deviceId: DeviceId): Promise<TimeMs | null>;

  // fetch(): GET /live with Upgrade: the live socket; headers below carry the identity.
}
