/** Owns what a small act is: what the user does to a stored message or a chat by one press, which acts are about the same thing, and how storage keeps them. */
import { z } from "zod";

const here = { conversationId: z.string() };
const about = { ...here, seq: z.int() };
const seqs = z.array(z.int());
/** What a deletion takes from a row, and its undoing gives back. */
const choices = z.object({ pinned: z.boolean(), archived: z.boolean(), draft: z.string() });

export const actForm = z.union([
  z.object({ ...about, kind: z.literal("star"), on: z.boolean() }),
  z.object({ ...about, kind: z.literal("pin"), on: z.boolean() }),
  z.object({ ...about, kind: z.literal("react"), emoji: z.string(), on: z.boolean() }),
  z.object({ ...about, kind: z.literal("vote"), options: seqs }),
  /** `at`: when, by this device's clock. */
  z.object({ ...about, kind: z.literal("unsend"), at: z.int() }),
  z.object({ ...about, kind: z.literal("close-poll"), at: z.int() }),
  /** Messages that are hidden, and messages that are shown again. */
  z.object({ ...here, kind: z.literal("hide"), hidden: seqs, shown: seqs }),
  /** The chat is deleted up to a message, and to the notices up to a rev. */
  z.object({ ...here, kind: z.literal("delete"), upTo: z.int(), rev: z.int() }),
  /** The deletion up to `instead` is taken back: what was before holds again. */
  z.object({ ...here, kind: z.literal("restore"), upTo: z.int(), instead: z.int(), choices }),
  /** A group is left, and deleted. */
  z.object({ ...here, kind: z.literal("leave") }),
]);

export type Act = z.infer<typeof actForm>;
export type ActOf<Kind extends Act["kind"]> = Extract<Act, { kind: Kind }>;

/** Of acts in the same slot only the last one counts. */
export function slotOf(act: Act): string {
  if (!isOfMessages(act)) return "chat";
  if (act.kind === "hide") return act.kind;
  return act.kind === "react" ? `react/${act.seq}/${act.emoji}` : `${act.kind}/${act.seq}`;
}

/** Whether an act names messages, and not the chat as a whole. */
export function isOfMessages(act: Act): act is Exclude<Act, ActOf<"delete" | "restore" | "leave">> {
  return "seq" in act || act.kind === "hide";
}

/** What is to be done after the earlier of two acts in one slot, and then the later one, if neither is known to be done. */
export function joined(earlier: Act, later: Act): Act {
  // Who leaves and deletes has deleted.
  if (earlier.kind === "leave") return earlier;
  if (earlier.kind !== "hide" || later.kind !== "hide") return later;
  const without = (list: readonly number[]) =>
    list.filter((seq) => !later.hidden.includes(seq) && !later.shown.includes(seq));
  return {
    ...later,
    hidden: [...without(earlier.hidden), ...later.hidden],
    shown: [...without(earlier.shown), ...later.shown],
  };
}
