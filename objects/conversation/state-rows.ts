/** Owns how the facts and the head of a conversation are read from its rows. */
import type { Pin } from "../../core/marks/pins.ts";
import { mergePolicy, policyDefault } from "../../core/membership.ts";
import type { ConversationId, Epoch, Rev, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import type { ConversationKind, ConversationMode } from "../../schema/wire/conversation.ts";
import type { Policy } from "../../schema/wire/message.ts";
import type { Avatar } from "../contract/uploads.ts";
import type { Reader, Row } from "../shared/platform/database.ts";
import type { Manifest } from "./archive/manifest.ts";

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

/** Undefined until the conversation is founded. */
export function readFacts(db: Reader): ConversationFacts | undefined {
  const row = db.first<Row & { policy: string; face_rev: number; created_at: number }>(
    "SELECT * FROM conversation WHERE id = 1",
  );
  if (row === undefined) return undefined;
  return {
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
}

/** The head is derived, so that a send need not write it: the last message, in a row or else at the end of the archive, and the last change. */
export function readHead(db: Reader, { end }: Pick<Manifest, "end">, facts: ConversationFacts): HeadState {
  const last = db.first<{ seq: number; created_rev: number; hash: string; sent_at: number }>(
    "SELECT seq, created_rev, hash, sent_at FROM messages WHERE seq > ? ORDER BY seq DESC LIMIT 1",
    end.seq,
  );
  const change = db.first<{ rev: number }>("SELECT rev FROM changes ORDER BY rev DESC LIMIT 1");
  const notice = db.first<{ at: number }>(
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
