/** Owns founding, members and roles: each change takes a rev, and brings a notice and the details as they then are. */
import { randomBytes } from "node:crypto";
import {
  addFault,
  dmFault,
  membersMax,
  mergePolicy,
  nextOwner,
  policyDefault,
  removeFault,
  roleFault,
} from "../../../core/membership.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { Epoch, UserId } from "../../../schema/ids.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import type { Role } from "../../../schema/wire/message.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Transactor } from "../../shared/platform/database.ts";
import type { StorageRoom } from "../../shared/meters/storage-room.ts";
import type { Person } from "../../contract/person.ts";
import type { Effects } from "../effects.ts";
import type { DmFounding, GroupFounding } from "../../contract/conversation-calls.ts";
import type { LargeGroup } from "../large/large-group.ts";
import { largeMarks } from "../large/marks.ts";
import { insidersOf } from "./copies.ts";
import type { Invites } from "./invites.ts";
import { about, noticeBytes, type Notices } from "../messages/notices.ts";
import { type MemberRow, newMember } from "../members/member-row.ts";
import { within } from "../members/small-members.ts";
import type { State, Store } from "../store.ts";
import { peopleTokens, type Throttle } from "../meters/throttle.ts";

export class Membership {
  readonly #store: Store;
  readonly #notices: Notices;
  readonly #invites: Invites;
  readonly #large: Pick<LargeGroup, "grow" | "turned">;
  /** To be asked last, so that a change that is refused for another reason, or changes nothing, takes no token. */
  readonly #throttle: Throttle;
  readonly #room: StorageRoom;

  constructor(parts: {
    store: Store;
    notices: Notices;
    invites: Invites;
    large: Pick<LargeGroup, "grow" | "turned">;
    room: StorageRoom;
    throttle: Throttle;
  }) {
    this.#large = parts.large;
    this.#store = parts.store;
    this.#notices = parts.notices;
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
      avatar: null,
      pins: [],
      detailsRev: 1,
    });
    const inside = new Set(founding.people.map((person) => person.user.id));
    const asking = new Set(founding.requests);
    for (const person of founding.people) {
      const role = isGroup && person.user.id === founding.by ? "owner" : "member";
      const isRequest = asking.has(person.user.id);
      this.#store.putMember(
        tx,
        state,
        newMember(within(person, inside), role, at, state.head.seq, 1, isRequest ? founding.by : null),
      );
    }
    const created = { kind: "conversation_created", title: state.facts.title, count: inside.size } as const;
    this.#notices.note(tx, state, founding.by, created, effects, at);
    this.#large.turned(tx, state, [...inside]);
    callAtOnce([...inside], effects);
    effects.acting.add(founding.by);
    return state;
  }

  /** Whether somebody is a member. Refused where they are none and `by` may not add them, or the group is full. */
  has(state: State, by: UserId, userId: UserId): Outcome<boolean> {
    const { kind, policy } = state.facts;
    const standing = this.#store.standing(by);
    const isMember = this.#store.member(userId) !== undefined;
    const fault =
      isMember && kind === "group" && standing !== "none" ? undefined : addFault({ kind, standing, policy });
    if (fault !== undefined) return { ok: false, refusal: fault };
    return !isMember && isFull(state, 1) ? full : done(isMember);
  }

  /** Those of these users who are no members. Refused where there are some, and `by` may not add them or there is no room for all of them. */
  newcomers(state: State, by: UserId, userIds: readonly UserId[]): Outcome<UserId[]> {
    const { kind, policy } = state.facts;
    const facts = { kind, policy, standing: this.#store.standing(by) };
    const absent = [...new Set(userIds)].filter((userId) => this.#store.member(userId) === undefined);
    const fault = absent.length === 0 ? dmFault(facts, "adding members") : addFault(facts);
    if (fault !== undefined) return { ok: false, refusal: fault };
    return absent.length > 0 && isFull(state, absent.length) ? full : done(absent);
  }

  /** Adds all of these people who are no members, with one notice; answers who they are. */
  putMany(
    tx: Transactor,
    state: State,
    by: UserId,
    people: readonly Person[],
    requests: readonly UserId[],
    effects: Effects,
  ): Outcome<UserId[]> {
    const absent = this.newcomers(
      state,
      by,
      people.map((person) => person.user.id),
    );
    if (!absent.ok || absent.value.length === 0) return absent;
    const newcomers = new Set(absent.value);
    const joining = people.filter((person) => newcomers.has(person.user.id));
    const added = this.#add(tx, state, by, joining, "member", undefined, requests, effects);
    return added.ok ? absent : added;
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
      const owners = state.members.seniors().filter((member) => member.role === "owner");
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
    const requests = isRequest ? [userId] : [];
    return this.#add(tx, state, by, [person], role ?? "member", undefined, requests, effects);
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
    const heir = member.role === "owner" ? nextOwner(state.members.seniors(), userId) : undefined;
    const isQuiet = isSelf && this.#isQuiet(state, by, "leaving");
    const leftRev = isQuiet ? state.head.rev : state.head.rev + 1;
    const leftWith = state.members.kind === "large" ? { leftWith: { seq: state.head.seq, at: state.head.at } } : {};
    this.#store.putMember(tx, state, { ...member, leftRev, ...leftWith, removedBy: isSelf ? null : by });
    this.#invites.endOf(tx, userId);
    effects.ended.add(userId);
    if (!isQuiet) {
      this.#store.setDetails(tx, state, {}, leftRev);
      const how = isSelf ? "member_left" : "member_removed";
      this.#notices.note(tx, state, by, { kind: how, ...about([userId]) }, effects);
    }
    this.#large.turned(tx, state, [userId]);
    effects.acting.add(userId);
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
    const invite = this.#invites.usable(state, secret);
    if (invite === undefined) return notFound;
    if (this.#store.wasRemoved(userId)) return refuse("forbidden", "you were removed from this group");
    // An invite that was made for a small group is over when the group is as large, although the group itself may grow.
    if (!invite.mayGrow && state.members.count >= largeMarks.smallGroupMembersMax)
      return refuse("conflict", "the group is full");
    return isFull(state, 1) ? full : done({ isMember: false });
  }

  /** A member's accept takes no use. */
  acceptInvite(tx: Transactor, state: State, person: Person, secret: string, effects: Effects): Outcome<null> {
    const userId = person.user.id;
    const judged = this.mayAccept(state, userId, secret);
    if (!judged.ok) return judged;
    if (judged.value.isMember) return done(null);
    const added = this.#add(tx, state, userId, [person], "member", "invite", [], effects);
    if (added.ok) this.#invites.use(tx, secret);
    return added;
  }

  /** Adds people who are no members, in one rev. `requests`: those to whom the conversation comes as a request. */
  #add(
    tx: Transactor,
    state: State,
    by: UserId,
    people: readonly Person[],
    role: Role,
    via: "invite" | undefined,
    requests: readonly UserId[],
    effects: Effects,
  ): Outcome<null> {
    if (isFull(state, people.length)) return full;
    const act = via === "invite" ? "join" : "member";
    const limited =
      this.#room.refusal(noticeBytes * people.length) ??
      this.#throttle.refusalToChange(by, act, peopleTokens(people.length));
    if (limited !== undefined) return { ok: false, refusal: limited };
    const rev = state.head.rev + 1;
    const at = Math.max(now(), state.head.at);
    const userIds = people.map((person) => person.user.id);
    const inside = new Set([...insidersOf(state), ...userIds]);
    const asking = new Set(requests);
    for (const person of people) {
      const requestBy = asking.has(person.user.id) ? by : null;
      this.#store.admit(tx, state, newMember(within(person, inside), role, at, state.head.seq, rev, requestBy));
    }
    if (!this.#isQuiet(state, by, via)) {
      this.#store.setDetails(tx, state, {}, rev);
      const how = via === undefined ? {} : { via };
      this.#notices.note(tx, state, by, { kind: "member_added", ...about(userIds), role, ...how }, effects);
    }
    if (state.members.kind === "small" && state.members.count > largeMarks.smallGroupMembersMax)
      this.#large.grow(tx, state, by, effects);
    this.#large.turned(tx, state, userIds);
    callAtOnce(userIds, effects);
    return done(null);
  }

  /** In a large group plain members join, bring others and leave without a rev and a notice. */
  #isQuiet({ members }: State, by: UserId, via: "invite" | "leaving" | undefined): boolean {
    return members.kind === "large" && (via !== undefined || this.#store.standing(by) === "member");
  }

  #setRole(tx: Transactor, state: State, by: UserId, member: MemberRow, role: Role, effects: Effects): void {
    this.#store.putMember(tx, state, { ...member, role });
    this.#store.setDetails(tx, state, {}, state.head.rev + 1);
    this.#notices.note(tx, state, by, { kind: "role_changed", ...about([member.userId]), role }, effects);
    this.#large.turned(tx, state, [member.userId]);
    effects.acting.add(member.userId);
  }
}

const full = refuse("too_large", "the group is full");

/** These people have their row when the act is answered. Of many people the queue calls the inboxes. */
function callAtOnce(userIds: readonly UserId[], { acting }: Effects): void {
  if (userIds.length <= largeGroups.calledAtOnceMax) for (const userId of userIds) acting.add(userId);
}

/** Whether there is no room for so many more. */
function isFull({ facts, members }: State, more: number): boolean {
  return members.count + more > (facts.kind === "group" ? largeMarks.largeGroupMembersMax : membersMax(facts.mode));
}
