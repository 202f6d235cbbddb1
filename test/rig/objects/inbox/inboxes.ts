/** Inboxes for tests in workerd: signed-up people as members, their sync sockets, and deliveries that the test makes. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { userStub } from "../../../../objects/shared/platform/calls.ts";
import { identify } from "../../../../objects/shared/identity/identity.ts";
import { mintGroupId } from "../../../../objects/shared/identity/mint.ts";
import type { MembershipFacts, Delivery } from "../../../../objects/contract/delivery/delivery.ts";
import type { ConversationId, DeviceId, UserId } from "../../../../schema/ids.ts";
import { epoch } from "../../../../schema/ids.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { evict, signUp, type TestAccount } from "../accounts.ts";
import type { TestPerson } from "../people.ts";
import { type Frame, socketOf, type TestSocket } from "../socket.ts";

export type Member = TestAccount & TestPerson;

/** A person who has signed up, as conversations know them. */
export async function member(name: string): Promise<Member> {
  const account = await signUp(name);
  const actor = { userId: account.id, deviceId: account.device };
  const person = { user: account.user, showsRead: true, showsTyping: true, blocks: [], stamp: 0 };
  // A getter would be lost in a spread; each use of the object makes its own stub.
  return Object.defineProperty({ ...account, actor, userId: account.id, person }, "calls", {
    get: () => userStub(env, account.id),
  });
}

/** The member's sync socket, caught up. */
export async function syncOf(by: Member, query = "", deviceId: DeviceId = by.device): Promise<TestSocket> {
  const socket = await socketOf(userStub(env, by.id), `/sync${query}`, { userId: by.id, deviceId });
  await socket.next((frame) => frame.type === "inbox" && frame["more"] === false, "the end of the catch-up");
  return socket;
}

export async function poll(by: Member, query: string, signal?: AbortSignal): Promise<Response> {
  const headers = identify(new Headers(), by.actor);
  return await userStub(env, by.id).fetch(`http://object/sync${query}`, {
    headers,
    ...(signal === undefined ? {} : { signal }),
  });
}

export async function hibernate(by: Member): Promise<void> {
  await evictDurableObject(env.USERS.getByName(by.id), { webSockets: "hibernate" });
}

export function newConversation(): ConversationId {
  return mintGroupId(env.ID_SECRET, "u_nobody" as UserId, undefined);
}

const facts: MembershipFacts = {
  kind: "group",
  mode: "small",
  title: "By hand",
  peer: null,
  role: "member",
  hasLeft: false,
  joinedSeq: 0,
  joinedRev: 1,
  added: [],
};

/** A delivery by hand: message `n` of a conversation in which nothing else happens, so that its seq is its rev; the first brings the facts. */
export function delivery(id: ConversationId, n: number, fields: Partial<Delivery> = {}): Delivery {
  const at = 1_700_000_000_000 + n;
  const message = {
    seq: n,
    senderId: "u_sender" as UserId,
    sentAt: at,
    preview: `text ${n}`,
    isUnsent: false,
    mentions: [],
  };
  return {
    conversationId: id,
    epoch: epoch.parse("by-hand"),
    sinceRev: n - 1,
    rev: n,
    headSeq: n,
    at,
    facts: n === 1 ? facts : null,
    items: [{ rev: n, kind: "message", json: JSON.stringify({ conversationId: id, seq: n, rev: n }), message }],
    read: 0,
    delivered: 0,
    liveDevices: [],
    passing: [],
    ...fields,
  };
}

export { facts as factsByHand };

export function rowOf(frame: Frame): Summary {
  const [row] = frame["conversations"] as Summary[];
  if (row === undefined) throw new Error("no row");
  return row;
}

/** The versions that frames carry, in the order in which they came. */
export function versionsOf(frames: readonly Frame[]): number[] {
  return frames.flatMap((frame) => {
    if (frame.type === "inbox") return [frame["version"] as number];
    const inbox = frame["inbox"] as { version: number } | undefined;
    return inbox === undefined ? [] : [inbox.version];
  });
}

/** Writes rows into an inbox as if they had been delivered long ago, then evicts the object. */
export async function fillInbox(by: Member, count: number, draft = ""): Promise<void> {
  await runInDurableObject(env.USERS.getByName(by.id), (_object, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
       INSERT INTO inbox (
         conversation_id, version, epoch, rev, head_seq, at, read, unsent_unread, mentions_unread,
         last_seq, last_sender_id, last_preview, last_sent_at, last_is_unsent,
         kind, mode, title, peer, role, has_left, muted_until, is_pinned, is_archived, is_marked_unread, draft
       ) SELECT printf('g_filled_up_to_the_length_%06d', n * 7919 % 1000003), (SELECT COALESCE(MAX(version), 0) FROM inbox) + n, 'by-hand', 1, 1,
         1700000000000 + n * 31337 % 1000003, 1, 0, 0, 1, 'u_a_sender_as_long_as_others', 'A text of usual length, as people write them', 1700000000000, 0,
         'group', 'small', 'A title', NULL, 'member', 0, NULL, 0, 0, 0, ? FROM numbers`,
      count,
      draft,
    );
  });
  await evict(by.id);
}
