/** Owns the pins of a conversation: which messages all members see pinned, the newest pin first, and who may change that. SPEC S. */
import { type Refusal, refuse } from "../../schema/errors.ts";
import type { Seq, TimeMs, UserId } from "../../schema/ids.ts";
import { limits } from "../../schema/limits.ts";
import type { Policy } from "../../schema/wire/message.ts";
import { pinFault } from "../membership.ts";
import { changeFault, type MessageChangeFacts, unsentRefusal } from "../send.ts";

export type Pin = { readonly seq: Seq; readonly by: UserId; readonly at: TimeMs };

export type PinDecision =
  | { do: "change"; pins: readonly Pin[] }
  | { do: "nothing" }
  | { do: "refuse"; refusal: Refusal };

/** A message is pinned once, whoever pins it again. */
export function decidePin(
  facts: MessageChangeFacts & { policy: Policy },
  pins: readonly Pin[],
  { seq, isOn, at }: { seq: Seq; isOn: boolean; at: TimeMs },
): PinDecision {
  const fault = changeFault(facts) ?? pinFault(facts);
  if (fault !== undefined) return { do: "refuse", refusal: fault };
  const isPinned = pins.some((pin) => pin.seq === seq);
  if (!isOn) return isPinned ? { do: "change", pins: withoutPin(pins, seq) } : { do: "nothing" };
  if (facts.message?.unsentAt !== null) return { do: "refuse", refusal: unsentRefusal };
  if (isPinned) return { do: "nothing" };
  if (pins.length >= limits.pinsPerConversationMax) return { do: "refuse", refusal: fullRefusal };
  return { do: "change", pins: [{ seq, by: facts.by, at }, ...pins] };
}

/** The same list where the message is not pinned. */
export function withoutPin(pins: readonly Pin[], seq: Seq): readonly Pin[] {
  return pins.some((pin) => pin.seq === seq) ? pins.filter((pin) => pin.seq !== seq) : pins;
}

const fullRefusal = refuse(
  "conflict",
  `a conversation has at most ${limits.pinsPerConversationMax} pinned messages`,
).refusal;
