/** Owns what one line of an import does to a conversation: a message is appended as a send is, with its own sender and time; somebody joins or leaves. */
import { textBody } from "../../../core/body.ts";
import { erasedUser } from "../../../core/account/erased.ts";
import { nextOwner } from "../../../core/membership.ts";
import type { Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import type { SegmentName } from "../../contract/archive.ts";
import type { ImportedLine, ImportedMessage, ImportedMove } from "../../contract/transfer/importing.ts";
import type { Person } from "../../contract/person.ts";
import type { Fetched } from "../archive/fetched.ts";
import { now } from "../../shared/platform/clock.ts";
import { type ConversationDatabase, type ConversationTransactor as Transactor, noEffects } from "../effects.ts";
import type { Journal } from "../messages/journal.ts";
import { linkAfter } from "../messages/link.ts";
import type { Messages } from "../messages/messages.ts";
import { mentionsDigest, type Sent } from "../messages/sent.ts";
import { largeMarks } from "../large/marks.ts";
import { insidersOf } from "../membership/copies.ts";
import { type MemberRow, newMember } from "../members/member-row.ts";
import { about, type NoticeDraft, type Notices } from "../messages/notices.ts";
import { within } from "../members/small-members.ts";
import type { State, Store } from "../store.ts";
import { isImporting } from "../importing.ts";

export type LinesParts = {
  db: ConversationDatabase;
  store: Store;
  messages: Messages;
  sent: Sent;
  journal: Journal;
  notices: Notices;
  fetched: Fetched;
};

type Fault = { is: "fault"; detail: string };
type Away = { is: "away"; away: SegmentName };
export type Taken = { is: "stored" } | { is: "known" } | Fault | Away;

/** To look for a message, not to compare it. */
const nothing = { text: "", replyTo: null, mentions: [] };

export class ImportedLines {
  readonly #parts: LinesParts;
  /** The joins and leaves that are noted already; undefined until one is looked for. */
  #moves: Set<string> | undefined;

  constructor(parts: LinesParts) {
    this.#parts = parts;
    parts.db.onRollback(() => (this.#moves = undefined));
  }

  take(tx: Transactor, state: State, line: ImportedLine): Taken {
    return line.type === "message" ? this.#message(tx, state, line) : this.#move(tx, state, line);
  }

  #message(tx: Transactor, state: State, line: ImportedMessage): Taken {
    const { store, messages, sent } = this.#parts;
    const { facts } = state;
    const { senderId, clientId, text, at, mentions, editedAt, unsentAt } = line;
    const replyTo = this.#repliedSeq(state, line.replyTo);
    if (typeof replyTo === "object" && replyTo !== null) return replyTo;
    const earlier = sent.earlier(facts.id, senderId, clientId, { text, replyTo, mentions });
    if (earlier !== undefined) {
      if ("away" in earlier) return { is: "away", away: earlier.away };
      return earlier.isSameBody
        ? known
        : fault("id: was imported before with another text, reply or mentions, which stays");
    }
    const refused = refusalOf(state, at) ?? this.#strangeTo(state, line);
    if (refused !== undefined) return refused;
    if (Math.max(editedAt ?? 0, unsentAt ?? 0) > now())
      return fault(`${editedAt === null ? "unsentAt" : "editedAt"}: is in the future`);

    const { salt, ...link } = linkAfter(state.head, { senderId, sentAt: at, body: textBody(text) });
    const digest = mentionsDigest(mentions);
    const row = {
      ...link,
      createdRev: link.rev,
      senderId,
      clientId,
      text,
      isCut: false as const,
      sentAt: at,
      editedAt,
      unsentAt,
      replyTo,
      mentions: [...new Set(mentions)].filter((userId) => state.members.get(userId)?.leftRev === null),
      reactions: line.reactions,
      // Of an unsent message nothing is left by which its text could be guessed.
      salt: unsentAt === null ? salt : null,
    };
    if (editedAt === null && unsentAt === null && row.reactions.length === 0) messages.writer.append(tx, row, digest);
    else messages.writer.lay(tx, { ...row, mentionsDigest: digest });
    sent.note(senderId, clientId, link.seq);
    state.head = { seq: link.seq, rev: link.rev, hash: link.hash, at };
    if (facts.kind === "group")
      for (const userId of [senderId, ...row.reactions.flatMap(({ userIds }) => userIds)])
        if (state.members.get(userId) === undefined) store.putMember(tx, state, former(userId, state, at));
    return stored;
  }

  /** The seq of the message that this one answers. */
  #repliedSeq({ facts }: State, replyTo: ImportedMessage["replyTo"]): Seq | null | Fault | Away {
    if (replyTo === null) return null;
    const target = this.#parts.sent.earlier(facts.id, replyTo.senderId, replyTo.clientId, nothing);
    if (target === undefined) return fault("replyTo: no such message is in the conversation before this one");
    return "away" in target ? { is: "away", away: target.away } : target.ack.seq;
  }

  /** In a direct chat only the two have a part. In a group others may have: they are no members any more. */
  #strangeTo({ facts, members }: State, { senderId, reactions }: ImportedMessage): Fault | undefined {
    if (facts.kind !== "dm") return undefined;
    if (members.get(senderId) === undefined) return fault("sender: is not one of the two");
    const isStrange = reactions.some(({ userIds }) => userIds.some((userId) => members.get(userId) === undefined));
    return isStrange ? fault("reactions: by somebody who is not one of the two") : undefined;
  }

  #move(tx: Transactor, state: State, line: ImportedMove): Taken {
    if (state.facts.kind === "dm")
      return fault(`type: nobody ${line.type === "join" ? "joins" : "leaves"} a direct chat`);
    const { journal } = this.#parts;
    const userId = line.type === "join" ? line.person.user.id : line.userId;
    const kind = line.type === "join" ? "member_added" : "member_left";
    this.#moves ??= new Set(
      journal.moves().flatMap(({ kind: of, userIds, at }) => userIds.map((id) => keyOf(of, id, at))),
    );
    const key = keyOf(kind, userId, line.at);
    if (this.#moves.has(key)) return known;
    const refused = refusalOf(state, line.at);
    if (refused !== undefined) return refused;
    const member = state.members.get(userId);
    const isPresent = member?.leftRev === null;
    if (line.type === "join") {
      if (isPresent) return fault("person: is a member already");
      const admitted = this.#join(tx, state, line.person, line.at);
      if (admitted !== undefined) return admitted;
    } else {
      if (member === undefined || !isPresent) return fault("person: is no member");
      this.#leave(tx, state, member, line.at);
    }
    this.#moves.add(key);
    return stored;
  }

  #join(tx: Transactor, state: State, person: Person, at: TimeMs): Fault | undefined {
    const { store } = this.#parts;
    if (state.members.count >= largeMarks.importGroupMembersMax) return fault("person: the group is full");
    const { head } = state;
    const userId = person.user.id;
    const inside = within(person, insidersOf(state));
    store.admit(tx, state, newMember(inside, "member", at, head.seq, head.rev + 1, null));
    this.#note(tx, state, { kind: "member_added", ...about([userId]), role: "member", via: "invite" }, userId, at);
    return undefined;
  }

  #leave(tx: Transactor, state: State, member: MemberRow, at: TimeMs): void {
    const { store } = this.#parts;
    const { userId } = member;
    const heir = member.role === "owner" ? nextOwner(state.members.seniors(), userId) : undefined;
    store.putMember(tx, state, { ...former(userId, state, at), joinedAt: member.joinedAt });
    this.#note(tx, state, { kind: "member_left", ...about([userId]) }, userId, at);
    const next = heir === undefined ? undefined : state.members.get(heir);
    if (heir === undefined || next === undefined) return;
    store.putMember(tx, state, { ...next, role: "owner" });
    this.#note(tx, state, { kind: "role_changed", ...about([heir]), role: "owner" }, userId, at);
  }

  /** The notice is stored, and goes out to nobody. */
  #note(tx: Transactor, state: State, draft: NoticeDraft, by: UserId, at: TimeMs): void {
    const { store, notices } = this.#parts;
    store.setDetails(tx, state, {}, state.head.rev + 1);
    notices.note(tx, state, by, draft, noEffects(), at);
  }
}

const stored = { is: "stored" } as const;
const known = { is: "known" } as const;

function fault(detail: string): Fault {
  return { is: "fault", detail };
}

/** Why a line that is not there yet cannot come now. */
function refusalOf({ facts, head }: State, at: TimeMs): Fault | undefined {
  if (!isImporting(facts)) return fault("conversation: is open and takes no more");
  if (at < head.at) return fault("at: is before the line before it, or before the conversation");
  return at > now() ? fault("at: is in the future") : undefined;
}

function keyOf(kind: string, userId: string, at: TimeMs): string {
  return `${kind} ${userId} ${at}`;
}

/** Somebody who has left, or wrote and never was a member here. Nothing is kept of them but the id; the revs are set when the conversation is opened. */
function former(userId: UserId, { head }: State, at: TimeMs): MemberRow {
  const person = { user: erasedUser(userId), showsRead: false, showsTyping: false, blocks: [] };
  return { ...newMember(person, "member", at, head.seq, head.rev, null), leftRev: head.rev };
}
