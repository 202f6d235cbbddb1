/** Owns the state of a conversation except its messages: its facts, members, head and revoked devices, in SQL and in memory. */
import { isErased } from "../../core/account/erased.ts";
import { hashOfNothing } from "../../core/chain.ts";
import type { Pin } from "../../core/marks/pins.ts";
import { mergePolicy, policyDefault, type Standing } from "../../core/membership.ts";
import { isBlockedBetween } from "../../core/visibility.ts";
import type { ConversationId, DeviceId, Epoch, Rev, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import type { ConversationKind, ConversationMode } from "../../schema/wire/conversation.ts";
import type { Policy } from "../../schema/wire/message.ts";
import type { Avatar } from "../contract/uploads.ts";
import type { Manifest } from "./archive/manifest.ts";
import { isImporting } from "./importing.ts";
import type { Database, Row, Transactor } from "../shared/platform/database.ts";
import type { MemberRow } from "./members/member-row.ts";
import type { Members } from "./members/members.ts";
import { LargeMembers } from "./members/large-members.ts";
import { largeTables } from "./members/large-tables.ts";
import { SmallMembers } from "./members/small-members.ts";

export type ConversationFacts = {
  id: ConversationId;
  kind: ConversationKind;
  mode: ConversationMode;
  title: string | null;
  policy: Policy;
  createdAt: TimeMs;
  createdBy: UserId;
  epoch: Epoch;
  draftDigest: string | null;
  /** The picture of a group. */
  avatar: Avatar | null;
  /** The messages that are pinned for all, the newest pin first. */
  pins: readonly Pin[];
  /** The rev at which the conversation itself last changed: title, policy, members, roles, a peer's profile. */
  detailsRev: Rev;
};

/** `at`: when the last message or notice came. */
export type HeadState = { seq: Seq; rev: Rev; hash: string; at: TimeMs };

/** Everything about the conversation except its messages. It is a cache of SQLite: `load` reads it again. */
export type State = { facts: ConversationFacts; head: HeadState; members: Members };

export class Store {
  readonly #db: Database;
  readonly #manifest: Manifest;
  #state: State | undefined;
  /** Members whose watermarks were raised by their own message and are not written yet. */
  readonly #unwritten = new Set<UserId>();
  /** Members whose read receipt raised no watermark, and whose inboxes have not received it yet. */
  readonly #owedReceipts = new Set<UserId>();
  #isRaised = false;

  constructor(db: Database, manifest: Manifest) {
    this.#db = db;
    this.#manifest = manifest;
    this.#state = this.#load();
  }

  /** Undefined until the conversation is founded. */
  get state(): State | undefined {
    return this.#state;
  }

  /** After a rollback: reads the state into memory again. */
  reload(): void {
    this.#unwritten.clear();
    this.#isRaised = false;
    this.#state = this.#load();
  }

  get owedReceipts(): ReadonlySet<UserId> {
    return this.#owedReceipts;
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

  /**
   * A sender has read their own message. This is not written with every send, because it also follows from the newest messages (`recoverOwn`). `writeOwn`
   * writes it before the sender's message is no longer among those that are read after waking.
   */
  raiseToOwn(member: MemberRow, seq: Seq): void {
    this.#state?.members.raise(member, seq);
    this.#unwritten.add(member.userId);
  }

  writeOwn(tx: Transactor): void {
    for (const userId of this.#unwritten) {
      const member = this.#state?.members.get(userId);
      if (member !== undefined) this.setWatermarks(tx, member, member);
    }
    this.#unwritten.clear();
  }

  /** After waking or a rollback: raises the watermarks of members to their own messages after `fromSeq`. */
  recoverOwn(fromSeq: Seq): void {
    const rows = this.#db.all<{ sender_id: string; seq: number }>(
      "SELECT sender_id, MAX(seq) AS seq FROM messages WHERE seq >= ? GROUP BY sender_id",
      fromSeq,
    );
    for (const row of rows) {
      const member = this.#state?.members.get(row.sender_id as UserId);
      if (member !== undefined) this.raiseToOwn(member, row.seq);
    }
  }

  /** Notes a receipt that raised no watermark. After an eviction only this row shows that the member's inbox must still receive it. */
  oweReceipt(tx: Transactor, userId: UserId): void {
    this.#isRaised = true;
    if (this.#owedReceipts.has(userId)) return;
    this.#owedReceipts.add(userId);
    tx.run("INSERT OR REPLACE INTO owed_receipts (user_id) VALUES (?)", userId);
  }

  settleReceipt(tx: Transactor, userId: UserId): void {
    this.#owedReceipts.delete(userId);
    tx.run("DELETE FROM owed_receipts WHERE user_id = ?", userId);
  }

  /** Deletes a member who left and whose inbox knows it. If another member removed them, this stays noted. */
  forgetLeft(tx: Transactor, state: State, member: MemberRow): void {
    this.#unwritten.delete(member.userId);
    if (this.#owedReceipts.has(member.userId)) this.settleReceipt(tx, member.userId);
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

  /** Whether watermarks rose since the last call. Then inboxes are behind, although no rev was taken. */
  takeRaised(): boolean {
    const isRaised = this.#isRaised;
    this.#isRaised = false;
    return isRaised;
  }

  setWatermarks(tx: Transactor, member: MemberRow, marks: { delivered: Seq; read: Seq }): void {
    this.#isRaised = true;
    this.#unwritten.delete(member.userId);
    this.#state?.members.setWatermarks(tx, member, marks);
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
    const row = this.#db.first<Row & { policy: string; face_rev: number; created_at: number }>(
      "SELECT * FROM conversation WHERE id = 1",
    );
    if (row === undefined) return undefined;
    const facts: ConversationFacts = {
      id: row["conversation_id"] as ConversationId,
      kind: row["kind"] as ConversationKind,
      mode: row["mode"] as ConversationMode,
      title: row["title"] as string | null,
      policy: mergePolicy(policyDefault, JSON.parse(row.policy) as Partial<Policy>),
      createdAt: row.created_at,
      createdBy: row["created_by"] as UserId,
      epoch: row["epoch"] as Epoch,
      draftDigest: row["draft_digest"] as string | null,
      avatar: row["avatar"] == null ? null : (JSON.parse(row["avatar"] as string) as Avatar),
      pins: row["pins"] == null ? [] : (JSON.parse(row["pins"] as string) as Pin[]),
      detailsRev: row.face_rev,
    };
    this.#owedReceipts.clear();
    for (const { user_id } of this.#db.all<{ user_id: string }>("SELECT user_id FROM owed_receipts"))
      this.#owedReceipts.add(user_id as UserId);
    return { facts, head: this.#loadHead(facts), members: this.#membersOf(facts.mode) };
  }

  #membersOf(mode: ConversationMode): Members {
    return mode === "small" ? new SmallMembers(this.#db) : this.#largeMembers();
  }

  #largeMembers(): LargeMembers {
    this.#db.migrate(largeTables, "large_migrations");
    return new LargeMembers(this.#db);
  }

  /** The head is derived, so that a send need not write it: the last message, in a row or else at the end of the archive, and the last change. */
  #loadHead(facts: ConversationFacts): HeadState {
    const { end } = this.#manifest;
    const last = this.#db.first<{ seq: number; created_rev: number; hash: string; sent_at: number }>(
      "SELECT seq, created_rev, hash, sent_at FROM messages WHERE seq > ? ORDER BY seq DESC LIMIT 1",
      end.seq,
    );
    const change = this.#db.first<{ rev: number }>("SELECT rev FROM changes ORDER BY rev DESC LIMIT 1");
    const notice = this.#db.first<{ at: number }>(
      "SELECT at FROM changes WHERE rev = ? AND notice IS NOT NULL",
      facts.detailsRev,
    );
    return {
      seq: last?.seq ?? end.seq,
      rev: Math.max(last?.created_rev ?? end.rev, change?.rev ?? 0),
      hash: last?.hash ?? end.hash,
      at: Math.max(last?.sent_at ?? end.at, notice?.at ?? 0, facts.createdAt),
    };
  }
}
