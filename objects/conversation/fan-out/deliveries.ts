/** Owns what one call to a member's inbox carries: the items that it lacks, and what the conversation is to this member. */
import { isVisible, visibleFrom } from "../../../core/visibility.ts";
import type { DeviceId, Rev } from "../../../schema/ids.ts";
import type { Delivery } from "../../contract/delivery.ts";
import { type Recent, type Stretch, storedStretch } from "./items.ts";
import type { Journal } from "../messages/journal.ts";
import { farewellOf, lastBefore } from "../members/membership-bounds.ts";
import type { Messages } from "../messages/messages.ts";
import type { Carried, Progress } from "./progress.ts";
import type { MemberRow, State } from "../store.ts";

export type DeliveryParts = { messages: Messages; journal: Journal; recent: Recent };

/** The last rev that is this member's to get. */
export function endOf(member: MemberRow, headRev: Rev): Rev {
  return member.leftRev ?? headRev;
}

export function deliveryFor(
  parts: DeliveryParts,
  state: State,
  member: MemberRow,
  progress: Pick<Progress, "acked">,
  carried: Carried,
  liveDevices: DeviceId[],
): Delivery {
  const { facts, head } = state;
  const { acked } = progress;
  const end = endOf(member, head.rev);
  const stretch: Stretch =
    acked >= end
      ? { rev: acked, items: [] }
      : (parts.recent.after(acked, end) ?? storedStretch(parts, state, acked, end));
  const { after } = visibleFrom(state, member);
  const isBegun = acked >= member.joinedRev;
  const farewell = farewellOf(parts.journal, state, member);
  const title = farewell === undefined ? facts.title : farewell.title;
  return {
    conversationId: facts.id,
    epoch: facts.epoch,
    sinceRev: acked,
    rev: stretch.rev,
    // The seq reached at `rev`: what is not delivered yet must not count as known.
    headSeq:
      stretch.rev === end
        ? (farewell?.headSeq ?? head.seq)
        : Math.max(0, ...stretch.items.map((item) => item.message?.seq ?? 0)),
    at: farewell?.at ?? head.at,
    facts: acked < facts.faceRev || !isBegun ? factsFor(state, member, acked, stretch.rev, title) : null,
    items: after === 0 ? stretch.items : stretch.items.filter((item) => isVisible(item, after)),
    read: member.read,
    delivered: member.delivered,
    liveDevices,
    passing: [...carried.passing.values()],
    hasReceipt: carried.hasReceipt,
    ...(member.requestBy === null ? {} : { requestBy: member.requestBy }),
    ...(isBegun || farewell !== undefined ? {} : { last: lastBefore(parts.messages, state, member) }),
  };
}

function factsFor(state: State, member: MemberRow, sinceRev: Rev, rev: Rev, title: string | null): Delivery["facts"] {
  const { facts, members } = state;
  const others = [...members.values()].filter((other) => other.userId !== member.userId);
  return {
    kind: facts.kind,
    mode: facts.mode,
    title,
    peer: facts.kind === "dm" ? (others[0] ?? member).person.user : null,
    role: member.role,
    hasLeft: member.leftRev !== null && rev >= member.leftRev,
    joinedSeq: member.joinedSeq,
    joinedRev: member.joinedRev,
    added: others.filter((other) => other.joinedRev > sinceRev && other.joinedRev <= rev).map((other) => other.userId),
  };
}
