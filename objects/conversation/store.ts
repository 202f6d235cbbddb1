/** Owns the state of a conversation except its messages: its facts, members, head and revoked devices, in SQL and in memory. */
import { isErased } from "../../core/account/erased.ts";
import { hashOfNothing } from "../../core/chain.ts";
import type { Standing } from "../../core/membership.ts";
import { isBlockedBetween } from "../../core/visibility.ts";
import type { DeviceId, Rev, TimeMs, UserId } from "../../schema/ids.ts";
import type { ConversationMode } from "../../schema/wire/conversation.ts";
import type { Manifest } from "./archive/manifest.ts";
import { isImporting } from "./importing.ts";
import type { Database, Transactor } from "../shared/platform/database.ts";
import type { MemberRow } from "./members/member-row.ts";
import type { Members } from "./members/members.ts";
import { LargeMembers } from "./members/large-members.ts";
import { largeTables } from "./members/large-tables.ts";
import { SmallMembers } from "./members/small-members.ts";
import { Watermarks } from "./members/watermarks.ts";
import { type ConversationFacts, type HeadState, readFacts, readHead } from "./state-rows.ts";

/** Everything about the conversation except its messages. It is a cache of SQLite: `load` reads it again. */
export type State = { facts: ConversationFacts; head: HeadState; members: Members };

export class Store {
  readonly #db: Database;
  readonly #manifest: Manifest;
  #state: State | undefined;
  readonly watermarks: Watermarks;

  constructor(db: Database, manifest: Manifest) {
    this.#db = db;
    this.#manifest = manifest;
    this.watermarks = new Watermarks(db, () => this.#state?.members);
    this.#state = this.#load();
  }

  /** Undefined until the conversation is founded. */
  get state(): State | undefined {
    return this.#state;
  }

  /** After a rollback: reads the state into memory again. */
  reload(): void {
    this.watermarks.reload();
    this.#state = this.#load();
  }

  /** The present member, or undefined for strangers, those who left, those who have erased their account, and as long as an import is not done. */
  member(userId: UserId): MemberRow | undefined {
    const member = this.#state?.members.get(userId);
    if (this.#state !== undefined && isImporting(this.#state.facts)) return undefined;
    return member?.leftRev === null && !isErased(member.person.user) ? member : undefined;
  }

  standing(userId: UserId): Standing {
    return this.member(userId)?.role ?? "none";
  }

  /** Whether in a direct chat one of the two has blocked the other. */
  isBlockedDm(): boolean {
    const state = this.#state;
    if (state?.facts.kind !== "dm") return false;
    const [a, b] = [...state.members.all()];
    return a !== undefined && b !== undefined && isBlockedBetween(a, b);
  }

  found(tx: Transactor, facts: ConversationFacts): State {
    tx.run(
      `INSERT INTO conversation (id, conversation_id, kind, mode, title, policy, created_at, created_by, epoch, draft_digest, face_rev)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      facts.id,
      facts.kind,
      facts.mode,
      facts.title,
      JSON.stringify(facts.policy),
      facts.createdAt,
      facts.createdBy,
      facts.epoch,
      facts.draftDigest,
      facts.detailsRev,
    );
    this.#state = {
      facts,
      head: { seq: 0, rev: 0, hash: hashOfNothing, at: facts.createdAt },
      members: this.#membersOf(facts.mode),
    };
    return this.#state;
  }

  setDetails(
    tx: Transactor,
    state: State,
    change: Partial<Pick<ConversationFacts, "title" | "policy" | "draftDigest" | "avatar" | "pins">>,
    detailsRev: Rev,
  ): void {
    state.facts = { ...state.facts, ...change, detailsRev };
    const { title, policy, draftDigest, avatar, pins } = state.facts;
    tx.run(
      "UPDATE conversation SET title = ?, policy = ?, draft_digest = ?, avatar = ?, pins = ?, face_rev = ? WHERE id = 1",
      title,
      JSON.stringify(policy),
      draftDigest,
      avatar === null ? null : JSON.stringify(avatar),
      pins.length === 0 ? null : JSON.stringify(pins),
      detailsRev,
    );
  }

  /** The members move to the tables of a large group, in the order in which they joined. The caller takes the next rev for it. `isGrown`: it was a small group. */
  becomeLarge(tx: Transactor, state: State, isGrown: boolean): void {
    const members = this.#largeMembers();
    const before = [...state.members.all()].sort(
      (a, b) => a.joinedRev - b.joinedRev || a.joinedAt - b.joinedAt || (a.userId < b.userId ? -1 : 1),
    );
    for (const member of before) members.put(tx, member);
    if (isGrown) members.noteGrown(tx);
    tx.run("DELETE FROM members");
    state.members = members;
    state.facts = { ...state.facts, mode: "large", detailsRev: state.head.rev + 1 };
    tx.run("UPDATE conversation SET mode = 'large', face_rev = ? WHERE id = 1", state.facts.detailsRev);
  }

  putMember(tx: Transactor, state: State, member: MemberRow): void {
    state.members.put(tx, member);
  }

  /**
   * A member who sends or reacts accepts the request by which they came, if they came by one. From now on others receive their watermarks, and the present
   * ones at once. Answers whether there was a request.
   */
  endRequest(tx: Transactor, member: MemberRow): boolean {
    if (member.requestBy === null) return false;
    this.#state?.members.endRequest(tx, member);
    return true;
  }

  /** Deletes a member who left and whose inbox knows it. If another member removed them, this stays noted. */
  forgetLeft(tx: Transactor, state: State, member: MemberRow): void {
    this.watermarks.forget(tx, member.userId);
    state.members.forget(tx, member.userId);
    if (member.removedBy === null) return;
    tx.run("INSERT OR REPLACE INTO removed (user_id, removed_by) VALUES (?, ?)", member.userId, member.removedBy);
  }

  /** Whether another member removed this user, who is no member now. */
  wasRemoved(userId: UserId): boolean {
    const member = this.#state?.members.get(userId);
    if (member !== undefined) return member.leftRev !== null && member.removedBy !== null;
    return this.#db.first("SELECT user_id FROM removed WHERE user_id = ?", userId) !== undefined;
  }

  /** A membership begins, or begins again. */
  admit(tx: Transactor, state: State, member: MemberRow): void {
    tx.run("DELETE FROM removed WHERE user_id = ?", member.userId);
    this.putMember(tx, state, member);
  }

  revokeDevice(tx: Transactor, deviceId: DeviceId, at: TimeMs, forgetBefore: TimeMs): void {
    tx.run("DELETE FROM revoked_devices WHERE revoked_at < ?", forgetBefore);
    tx.run("INSERT OR REPLACE INTO revoked_devices (device_id, revoked_at) VALUES (?, ?)", deviceId, at);
  }

  isRevoked(deviceId: DeviceId): boolean {
    return this.#db.first("SELECT device_id FROM revoked_devices WHERE device_id = ?", deviceId) !== undefined;
  }

  /** Members whose inboxes are known to be behind. */
  lagging(): Map<UserId, Rev> {
    const rows = this.#db.all<{ user_id: string; acked_rev: number }>("SELECT user_id, acked_rev FROM lag");
    return new Map(rows.map((row) => [row.user_id as UserId, row.acked_rev]));
  }

  setLagging(tx: Transactor, lagging: ReadonlyMap<UserId, Rev>): void {
    tx.run("DELETE FROM lag");
    for (const [userId, rev] of lagging) tx.run("INSERT INTO lag (user_id, acked_rev) VALUES (?, ?)", userId, rev);
  }

  #load(): State | undefined {
    const facts = readFacts(this.#db);
    if (facts === undefined) return undefined;
    return { facts, head: readHead(this.#db, this.#manifest, facts), members: this.#membersOf(facts.mode) };
  }

  #membersOf(mode: ConversationMode): Members {
    return mode === "small" ? new SmallMembers(this.#db) : this.#largeMembers();
  }

  #largeMembers(): LargeMembers {
    this.#db.migrate(largeTables, "large_migrations");
    return new LargeMembers(this.#db);
  }
}
