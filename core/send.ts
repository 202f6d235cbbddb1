/** Owns the decisions on messages: send, edit, unsend, react. SPEC S. */
import { notFound, type Refusal, refuse } from "../schema/errors.ts";
import type { Seq, TimeMs, UserId } from "../schema/ids.ts";
import { limits } from "../schema/limits.ts";
import type { ConversationKind } from "../schema/wire/conversation.ts";
import type { Ack, Policy } from "../schema/wire/message.ts";
import { type Standing, writeFault } from "./membership.ts";
import { isVote } from "./polls/vote-keys.ts";
import type { StoredReaction } from "./stored-message.ts";

/** The ack of an earlier send with the same `(senderId, clientId)`. `isSameBody` is true of an unsent message, whatever is sent now: its content is erased. */
export type EarlierSend = { ack: Ack; isSameBody: boolean };

export type SendFacts = {
  earlier: EarlierSend | undefined;
  standing: Standing;
  policy: Policy;
  kind: ConversationKind;
  mentionsAll: boolean;
  isBlocked: boolean;
  /** The other one of a direct chat has erased their account. */
  isPeerErased: boolean;
  replyTo: Seq | null;
  /** Messages that the sender may see lie in `(visibleAfter, headSeq]`. */
  visibleAfter: Seq;
  headSeq: Seq;
};

export type SendDecision = { do: "append" } | { do: "repeat"; ack: Ack } | { do: "refuse"; refusal: Refusal };

/** A repeat wins over lost membership: the message is stored, so say so. */
export function decideSend(facts: SendFacts): SendDecision {
  if (facts.earlier !== undefined) {
    const { ack, isSameBody } = facts.earlier;
    if (isSameBody) return { do: "repeat", ack: { ...ack, duplicate: true } };
    return { do: "refuse", refusal: refuse("client_id_reused", "clientId: was used for another message").refusal };
  }
  if (facts.standing === "none") return { do: "refuse", refusal: notFound.refusal };
  if (facts.isBlocked) return { do: "refuse", refusal: blockedRefusal };
  if (facts.isPeerErased) return { do: "refuse", refusal: erasedRefusal };
  const fault = writeFault(facts);
  if (fault !== undefined) return { do: "refuse", refusal: fault };
  if (facts.mentionsAll && facts.kind === "dm") return { do: "refuse", refusal: nobodyElse };
  if (facts.mentionsAll && facts.standing === "member") return { do: "refuse", refusal: onlyAdmins };
  if (facts.replyTo !== null && (facts.replyTo > facts.headSeq || facts.replyTo <= facts.visibleAfter)) {
    return { do: "refuse", refusal: refuse("bad_request", "replyTo: no such message in this conversation").refusal };
  }
  return { do: "append" };
}

const nobodyElse = refuse("bad_request", "mentionsAll: not in a direct chat").refusal;
const onlyAdmins = refuse("forbidden", "mentionsAll: only admins may mention everybody").refusal;

/** Of the two of a direct chat one has blocked the other. */
export const blockedRefusal = refuse("forbidden", "you cannot write to each other").refusal;

/** The other one of a direct chat has erased their account. */
export const erasedRefusal = refuse("forbidden", "this account was deleted").refusal;

/** What the decision on a change of a message depends on. */
export type MessageChangeFacts = {
  kind: ConversationKind;
  by: UserId;
  standing: Standing;
  isBlocked: boolean;
  /** Undefined where there is no such message, or it lies before what the member may see. */
  message:
    | {
        senderId: UserId;
        unsentAt: TimeMs | null;
        attachments?: readonly unknown[] | null | undefined;
        poll?: object | null | undefined;
      }
    | undefined;
};

export type ChangeDecision = { do: "change" } | { do: "nothing" } | { do: "refuse"; refusal: Refusal };

/** Own messages, any time; the same text and mentions again change nothing. A text may become empty only beside attachments, which an edit leaves alone. */
export function decideEdit(facts: MessageChangeFacts, text: string, isSame: boolean): ChangeDecision {
  const fault = changeFault(facts);
  if (fault !== undefined) return { do: "refuse", refusal: fault };
  if (facts.message?.senderId !== facts.by)
    return { do: "refuse", refusal: refuse("forbidden", "only the sender may edit").refusal };
  if (facts.message.unsentAt !== null) return { do: "refuse", refusal: unsentRefusal };
  if (facts.message.poll != null)
    return { do: "refuse", refusal: refuse("conflict", "a poll cannot be edited").refusal };
  if (text === "" && (facts.message.attachments ?? []).length === 0)
    return { do: "refuse", refusal: refuse("bad_request", "text: must not be blank").refusal };
  return isSame ? { do: "nothing" } : { do: "change" };
}

/** Own messages, or anybody's by an admin of a group. Unsending again is the same answer, not a change. */
export function decideUnsend(facts: MessageChangeFacts): ChangeDecision {
  // Erasing one's own words is never blocked.
  const fault = changeFault({ ...facts, isBlocked: false });
  if (fault !== undefined) return { do: "refuse", refusal: fault };
  const mayModerate = facts.kind === "group" && (facts.standing === "admin" || facts.standing === "owner");
  if (facts.message?.senderId !== facts.by && !mayModerate) {
    return { do: "refuse", refusal: refuse("forbidden", "only the sender or an admin may unsend").refusal };
  }
  return facts.message?.unsentAt === null ? { do: "change" } : { do: "nothing" };
}

/** The reactions after one member's reaction is put or taken back; `undefined` where nothing changes. */
export function withReaction(
  reactions: readonly StoredReaction[],
  by: UserId,
  emoji: string,
  isOn: boolean,
): StoredReaction[] | undefined {
  const present = reactions.find((reaction) => reaction.emoji === emoji);
  const has = present?.userIds.includes(by) ?? false;
  if (has === isOn) return undefined;
  if (isOn && present === undefined) return [...reactions, { emoji, userIds: [by] }];
  return reactions
    .map((reaction) =>
      reaction.emoji === emoji
        ? { emoji, userIds: isOn ? [...reaction.userIds, by] : reaction.userIds.filter((userId) => userId !== by) }
        : reaction,
    )
    .filter((reaction) => reaction.userIds.length > 0);
}

export function decideReact(
  facts: MessageChangeFacts,
  before: readonly StoredReaction[],
  after: readonly StoredReaction[] | undefined,
): ChangeDecision {
  const fault = changeFault(facts);
  if (fault !== undefined) return { do: "refuse", refusal: fault };
  if (facts.message?.unsentAt !== null) return { do: "refuse", refusal: unsentRefusal };
  if (after === undefined) return { do: "nothing" };
  const count = after.filter(({ emoji }) => !isVote(emoji)).length;
  if (after.length > before.length && count > limits.reactionsPerMessageMax) {
    return {
      do: "refuse",
      refusal: refuse("conflict", `a message holds at most ${limits.reactionsPerMessageMax} different reactions`)
        .refusal,
    };
  }
  return { do: "change" };
}

export const unsentRefusal = refuse("conflict", "the message was unsent").refusal;

/** Why nobody of this standing may change this message in any way. */
export function changeFault(facts: MessageChangeFacts): Refusal | undefined {
  if (facts.standing === "none" || facts.message === undefined) return notFound.refusal;
  if (facts.isBlocked) return blockedRefusal;
  return undefined;
}
