/** Owns founding, members, roles, title and policy: each change takes a rev, and brings a notice and the details as they then are. */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  addFault,
  adminFault,
  isFull,
  mergePolicy,
  nextOwner,
  policyDefault,
  removeFault,
  roleFault,
  titleFault,
} from "../../../core/membership.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { Epoch, Rev, UserId } from "../../../schema/ids.ts";
import type { ConversationPatch } from "../../../schema/http/conversations.ts";
import type { Notice, Role } from "../../../schema/wire/message.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Transactor } from "../../shared/platform/database.ts";
import type { StorageRoom } from "../../shared/platform/storage-room.ts";
import type { MemberChange, Person } from "../../contract/person.ts";
import type { Effects } from "../effects.ts";
import type { DmFounding, GroupFounding } from "../../contract/conversation-calls.ts";
import type { Invites } from "./invites.ts";
import { changeItem, sharedDetailsOf } from "../fan-out/items.ts";
import type { Journal } from "../messages/journal.ts";
import { type MemberRow, type State, type Store, within } from "../store.ts";
import type { Throttle } from "../throttle.ts";

/** About how many bytes of storage a notice, or a member, takes. */
const noticeBytes = 1_024;

/** A notice before it is numbered. */
type Draft = Notice extends infer N
  ? N extends Notice
    ? Omit<N, "conversationId" | "rev" | "afterSeq" | "at" | "by">
    : never
  : never;

export class Membership {
  readonly #store: Store;
  readonly #journal: Journal;
  readonly #invites: Invites;
  /** To be asked last, so that a change that is refused for another reason, or changes nothing, takes no token. */
  readonly #throttle: Throttle;
  readonly #room: StorageRoom;

  constructor(parts: { store: Store; journal: Journal; invites: Invites; room: StorageRoom; throttle: Throttle }) {
    this.#store = parts.store;
    this.#journal = parts.journal;
    this.#invites = parts.invites;
    this.#throttle = parts.throttle;
    this.#room = parts.room;
  }

  /** The first rev of a conversation. The caller has seen that there is none yet. */
  found(tx: Transactor, founding: DmFounding | GroupFounding, effects: Effects): State {
    const at = founding.createdAt ?? now();
    const isGroup = founding.kind === "group";
    const state = this.#store.found(tx, {
      id: founding.id,
      kind: founding.kind,
      mode: isGroup ? founding.mode : "small",
      title: isGroup ? founding.title : null,
      policy: mergePolicy(policyDefault, isGroup ? founding.policy : undefined),
      createdAt: at,
      createdBy: founding.by,
      epoch: randomBytes(12).toString("base64url") as Epoch,
      draftDigest: isGroup ? founding.draftDigest : null,
      detailsRev: 1,
    });
    const inside = new Set(founding.people.map((person) => person.user.id));
    for (const person of founding.people) {
      const role = isGroup && person.user.id === founding.by ? "owner" : "member";
      const isRequest = founding.requests?.includes(person.user.id) ?? false;
      this.#store.putMember(
        tx,
        state,
        newMember(within(person, inside), role, at, state.head.seq, 1, isRequest ? founding.by : null),
      );
    }
    const memberIds = founding.people.map((person) => person.user.id);
    this.#notice(
      tx,
      state,
      founding.by,
      { kind: "conversation_created", title: state.facts.title, memberIds },
      effects,
      at,
    );
    return state;
  }

  patch(tx: Transactor, state: State, by: UserId, patch: ConversationPatch, effects: Effects): Outcome<null> {
    const facts = { kind: state.facts.kind, standing: this.#store.standing(by), policy: state.facts.policy };
    const fault =
      (patch.title === undefined ? undefined : titleFault(facts)) ??
      (patch.policy === undefined ? undefined : adminFault(facts, "changing the policy")) ??
      (facts.standing === "none" ? notFound.refusal : undefined);
    if (fault !== undefined) return { ok: false, refusal: fault };
    const isTitleNew = patch.title !== undefined && patch.title !== state.facts.title;
    const policy = mergePolicy(state.facts.policy, patch.policy);
    const isPolicyNew = JSON.stringify(policy) !== JSON.stringify(state.facts.policy);
    if (!isTitleNew && !isPolicyNew) return done(null);
    const limited =
      this.#room.refusal(isTitleNew ? noticeBytes : 0) ??
      this.#throttle.refusalToChange(by, "details", isTitleNew && isPolicyNew ? 2 : 1);
    if (limited !== undefined) return { ok: false, refusal: limited };
    if (patch.title !== undefined && isTitleNew) {
      this.#store.setDetails(tx, state, { title: patch.title }, state.head.rev + 1);
      this.#notice(tx, state, by, { kind: "title_changed", title: patch.title }, effects);
    }
    if (isPolicyNew) {
      this.#store.setDetails(tx, state, { policy }, state.head.rev + 1);
      this.#notice(tx, state, by, { kind: "policy_changed", policy }, effects);
    }
    return done(null);
  }

  /** Whether somebody is a member. Refused where they are none and `by` may not add them, or the group is full. */
  has(state: State, by: UserId, userId: UserId): Outcome<boolean> {
    const { kind, policy } = state.facts;
    const standing = this.#store.standing(by);
    const isMember = this.#store.member(userId) !== undefined;
    const fault =
      isMember && kind === "group" && standing !== "none" ? undefined : addFault({ kind, standing, policy });
    if (fault !== undefined) return { ok: false, refusal: fault };
    return !isMember && isFull(this.#store.present().length) ? full : done(isMember);
  }

  /** Adds a member or sets a role. `person` is null where the gateway had nobody to look up. */
  put(
    tx: Transactor,
    state: State,
    by: UserId,
    userId: UserId,
    role: Role | null,
    person: Person | null,
    isRequest: boolean,
    effects: Effects,
  ): Outcome<null> {
    const facts = { kind: state.facts.kind, standing: this.#store.standing(by), policy: state.facts.policy };
    const present = facts.kind === "dm" ? undefined : this.#store.member(userId);
    if (present !== undefined) {
      if (facts.standing === "none") return notFound;
      if (role === null || role === present.role) return done(null);
      const fault = roleFault(facts);
      if (fault !== undefined) return { ok: false, refusal: fault };
      const owners = this.#store.present().filter((member) => member.role === "owner");
      if (present.role === "owner" && owners.length === 1)
        return refuse("conflict", "a group has an owner; make another one first");
      const limited = this.#throttle.refusalToChange(by, "member", 1);
      if (limited !== undefined) return { ok: false, refusal: limited };
      this.#setRole(tx, state, by, present, role, effects);
      return done(null);
    }
    const fault = addFault(facts) ?? (role === null || role === "member" ? undefined : roleFault(facts));
    if (fault !== undefined) return { ok: false, refusal: fault };
    if (person === null) return notFound;
    return this.#add(tx, state, by, person, role ?? "member", isRequest ? "request" : undefined, effects);
  }

  /** Leaving is not metered: nobody can leave more often than they join, and joining is metered. */
  remove(tx: Transactor, state: State, by: UserId, userId: UserId, effects: Effects): Outcome<null> {
    const { kind, policy } = state.facts;
    const isSelf = by === userId;
    const fault = removeFault({
      kind,
      policy,
      standing: this.#store.standing(by),
      isSelf,
      target: this.#store.standing(userId),
    });
    if (fault !== undefined) return { ok: false, refusal: fault };
    const member = this.#store.member(userId);
    if (member === undefined) return notFound;
    const limited = isSelf ? undefined : this.#throttle.refusalToChange(by, "member", 1);
    if (limited !== undefined) return { ok: false, refusal: limited };
    const heir = member.role === "owner" ? nextOwner(this.#store.present(), userId) : undefined;
    const leftRev = state.head.rev + 1;
    this.#store.putMember(tx, state, { ...member, leftRev, removedBy: isSelf ? null : by });
    this.#invites.endOf(tx, userId);
    this.#store.setDetails(tx, state, {}, leftRev);
    this.#notice(tx, state, by, isSelf ? { kind: "member_left", userId } : { kind: "member_removed", userId }, effects);
    const heirRow = heir === undefined ? undefined : this.#store.member(heir);
    if (heirRow !== undefined) this.#setRole(tx, state, by, heirRow, "owner", effects);
    return done(null);
  }

  /**
   * Whether this user may accept the invite. A member is answered even where its uses are over: they may have taken the last one and lost the answer.
   * A user whom another member removed may not come back this way.
   */
  mayAccept(state: State, userId: UserId, secret: string): Outcome<{ isMember: boolean }> {
    if (this.#store.member(userId) !== undefined && this.#invites.isThere(secret)) return done({ isMember: true });
    if (!this.#invites.isUsable(state, secret)) return notFound;
    if (this.#store.wasRemoved(userId)) return refuse("forbidden", "you were removed from this group");
    return isFull(this.#store.present().length) ? refuse("conflict", "the group is full") : done({ isMember: false });
  }

  /** A member's accept takes no use. */
  acceptInvite(tx: Transactor, state: State, person: Person, secret: string, effects: Effects): Outcome<null> {
    const userId = person.user.id;
    const judged = this.mayAccept(state, userId, secret);
    if (!judged.ok) return judged;
    if (judged.value.isMember) return done(null);
    const added = this.#add(tx, state, userId, person, "member", "invite", effects);
    if (added.ok) this.#invites.use(tx, secret);
    return added;
  }

  /** A member's profile, settings or blocks changed. Only the summary of a direct chat shows a profile, so only there the change takes a rev. */
  personChanged(tx: Transactor, state: State, changed: Person, effects: Effects): void {
    const member = this.#store.member(changed.user.id);
    if (member === undefined) return;
    const person = within(changed, this.#insiders());
    if (JSON.stringify(member.person) === JSON.stringify(person)) return;
    if ((person.changedAt ?? 0) < (member.person.changedAt ?? 0)) return;
    const isProfileNew = JSON.stringify(member.person.user) !== JSON.stringify(person.user);
    this.#store.putMember(tx, state, { ...member, person });
    if (!isProfileNew || state.facts.kind !== "dm") return;
    const rev = state.head.rev + 1;
    this.#store.setDetails(tx, state, {}, rev);
    this.#journal.note(tx, { rev, at: now(), seq: null, notice: null });
    state.head = { ...state.head, rev };
    effects.items.push(changeItem(state.facts.id, rev, { conversation: sharedDetailsOf(state) }));
  }

  /**
   * A part of a member's person changed; answers whether something newer is known. A block of a user who is no member is not stored. A block or
   * unblock of a member is stored with its time even where it changes nothing. Example: the unblock made at 2 arrives first; then the block made
   * at 1 arrives, and must not be applied.
   */
  memberChanged(tx: Transactor, state: State, change: MemberChange, effects: Effects): boolean {
    const present = this.#store.member(change.userId)?.person;
    if (present === undefined) return false;
    if (change.changedAt < (present.changedAt ?? 0)) return true;
    const blocks = new Set(present.blocks);
    for (const [other, isOn] of change.blocks) {
      if (!isOn) blocks.delete(other);
      else if (state.members.has(other)) blocks.add(other);
    }
    const person = {
      user: change.user ?? present.user,
      showsRead: change.shows?.read ?? present.showsRead,
      showsTyping: change.shows?.typing ?? present.showsTyping,
      blocks: [...blocks],
    };
    const { changedAt, ...before } = present;
    const isSame = isDeepStrictEqual({ ...before, blocks: new Set(before.blocks) }, { ...person, blocks });
    if (isSame && !change.blocks.some(([other]) => state.members.has(other))) return false;
    this.personChanged(tx, state, { ...person, changedAt: Math.max(change.changedAt, changedAt ?? 0) }, effects);
    return false;
  }

  /** A member has accepted a request. Nothing changes if the request was one of an earlier membership. */
  requestEnded(tx: Transactor, userId: UserId, rev: Rev, effects: Effects): void {
    const member = this.#store.member(userId);
    if (member === undefined || member.requestBy === null || rev < member.joinedRev) return;
    this.#store.endRequest(tx, member);
    effects.receipts.add(userId);
  }

  #add(
    tx: Transactor,
    state: State,
    by: UserId,
    person: Person,
    role: Role,
    via: "invite" | "request" | undefined,
    effects: Effects,
  ): Outcome<null> {
    if (isFull(this.#store.present().length)) return full;
    const limited =
      this.#room.refusal(noticeBytes) ?? this.#throttle.refusalToChange(by, via === "invite" ? "join" : "member", 1);
    if (limited !== undefined) return { ok: false, refusal: limited };
    const rev = state.head.rev + 1;
    const requestBy = via === "request" ? by : null;
    const at = Math.max(now(), state.head.at);
    this.#store.admit(tx, state, newMember(within(person, this.#insiders()), role, at, state.head.seq, rev, requestBy));
    this.#store.setDetails(tx, state, {}, rev);
    this.#notice(
      tx,
      state,
      by,
      { kind: "member_added", userId: person.user.id, role, ...(via === "invite" ? { via } : {}) },
      effects,
    );
    return done(null);
  }

  /** A conversation keeps of a person's blocks only those of its members. When a blocked user becomes a member, the blocker's object learns of it and tells the conversation of the block. */
  #insiders(): Set<UserId> {
    return new Set(this.#store.present().map((member) => member.userId));
  }

  #setRole(tx: Transactor, state: State, by: UserId, member: MemberRow, role: Role, effects: Effects): void {
    this.#store.putMember(tx, state, { ...member, role });
    this.#store.setDetails(tx, state, {}, state.head.rev + 1);
    this.#notice(tx, state, by, { kind: "role_changed", userId: member.userId, role }, effects);
  }

  /** Takes the next rev for a notice. */
  #notice(
    tx: Transactor,
    state: State,
    by: UserId,
    draft: Draft,
    effects: Effects,
    at = Math.max(now(), state.head.at),
  ): Rev {
    const rev = state.head.rev + 1;
    const notice: Notice = { conversationId: state.facts.id, rev, afterSeq: state.head.seq, at, by, ...draft };
    this.#journal.note(tx, { rev, at, seq: null, notice });
    state.head = { ...state.head, rev, at };
    effects.items.push(changeItem(state.facts.id, rev, { notice, conversation: sharedDetailsOf(state) }));
    return rev;
  }
}

const full = refuse("too_large", "the group is full");

/** A new member has read everything up to where they join: unread 0. */
function newMember(
  person: Person,
  role: Role,
  at: number,
  headSeq: number,
  rev: Rev,
  requestBy: UserId | null,
): MemberRow {
  return {
    userId: person.user.id,
    person,
    role,
    joinedAt: at,
    joinedSeq: headSeq,
    joinedRev: rev,
    delivered: headSeq,
    read: headSeq,
    leftRev: null,
    removedBy: null,
    requestBy,
  };
}
