/** Owns what one call to a member's inbox carries: the items that it lacks, and the member's own part, such as role and watermarks. */
import { isVisible, visibleFrom } from "../../../core/visibility.ts";
import type { DeviceId, Rev } from "../../../schema/ids.ts";
import type { Delivery } from "../../contract/delivery/delivery.ts";
import { type PackedDelivery, packDelivery, packItems } from "../../contract/delivery/packed-delivery.ts";
import type { ArchivedStretches } from "./archived-stretches.ts";
import { type Recent, type Stretch, storedStretch } from "./stretches.ts";
import type { Journal } from "../messages/journal.ts";
import { farewellOf, lastBefore } from "../messages/membership-bounds.ts";
import type { Messages } from "../messages/messages.ts";
import { targetOf } from "./audience.ts";
import type { Brought, Lane } from "./lane.ts";
import type { MemberRow } from "../members/member-row.ts";
import type { State } from "../store.ts";

export type DeliveryParts = { messages: Messages; journal: Journal; recent: Recent; archived: ArchivedStretches };

/** Undefined where the archive has what is to be brought: `fetched` is called when it is there. */
export function deliveryFor(
  parts: DeliveryParts,
  state: State,
  member: MemberRow,
  { sent, waiting, takesPacked, series }: Pick<Lane, "sent" | "waiting" | "takesPacked"> & { series?: number },
  liveDevices: readonly DeviceId[],
  fetched: () => void,
): (Brought & { delivery: Delivery | PackedDelivery }) | undefined {
  const { facts, head } = state;
  const { end } = targetOf(member, head.rev);
  const stretch: Stretch | undefined =
    sent >= end
      ? { rev: sent, items: [], bytes: 0 }
      : (parts.recent.after(sent, end) ??
        storedStretch(parts, state, sent, end) ??
        parts.archived.stretch(state, sent, end, fetched));
  if (stretch === undefined) return undefined;
  const isCut = stretch.rev < end;
  const { after } = visibleFrom(state, member);
  const isBegun = sent >= member.joinedRev;
  const farewell = farewellOf(parts.journal, state, member);
  const last =
    isBegun || farewell !== undefined
      ? null
      : lastBefore(parts.messages, parts.archived.lastIn(state, fetched), state, member);
  if (last === undefined) return undefined;
  const { title, avatarUrl } = farewell ?? { title: facts.title, avatarUrl: facts.avatar?.url ?? null };
  const rest: Omit<Delivery, "items"> = {
    conversationId: facts.id,
    epoch: facts.epoch,
    sinceRev: sent,
    rev: stretch.rev,
    // The seq that was reached at `rev`: messages that are not delivered yet must not count as known.
    headSeq: isCut
      ? Math.max(0, ...stretch.items.map((item) => item.message?.seq ?? 0))
      : (farewell?.headSeq ?? head.seq),
    at: farewell?.at ?? head.at,
    facts:
      sent < facts.detailsRev || !isBegun ? factsFor(state, member, sent, stretch.rev, { title, avatarUrl }) : null,
    read: member.read,
    delivered: member.delivered,
    liveDevices,
    passing: [...waiting.passing.values()],
    hasReceipt: waiting.hasReceipt,
    ...(series === undefined ? {} : { series }),
    ...(isCut ? { hasMore: true } : {}),
    ...(member.requestBy === null ? {} : { requestBy: member.requestBy }),
    ...(last === null ? {} : { last }),
  };
  const isAllVisible = after === 0 || stretch.items.every((item) => isVisible(item, after));
  const items = isAllVisible ? stretch.items : stretch.items.filter((item) => isVisible(item, after));
  // Items that are the same for all members are packed once.
  const packed = takesPacked && isAllVisible ? (stretch.packed ??= packItems(items)) : undefined;
  const delivery = takesPacked ? packDelivery(rest, packed ?? packItems(items)) : { ...rest, items: [...items] };
  const { rev, bytes } = stretch;
  return { delivery, sinceRev: sent, rev, read: member.read, bytes, isCut };
}

function factsFor(
  state: State,
  member: MemberRow,
  sinceRev: Rev,
  rev: Rev,
  { title, avatarUrl }: { title: string | null; avatarUrl: string | null },
): Delivery["facts"] {
  const { facts, members } = state;
  const others = [...members.all()].filter((other) => other.userId !== member.userId);
  return {
    kind: facts.kind,
    mode: facts.mode,
    title,
    ...(facts.kind === "group" ? { avatarUrl } : {}),
    peer: facts.kind === "dm" ? (others[0] ?? member).person.user : null,
    role: member.role,
    hasLeft: member.leftRev !== null && rev >= member.leftRev,
    joinedSeq: member.joinedSeq,
    joinedRev: member.joinedRev,
    added: others.filter((other) => other.joinedRev > sinceRev && other.joinedRev <= rev).map((other) => other.userId),
  };
}
