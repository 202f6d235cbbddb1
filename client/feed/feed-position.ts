/** Owns how far the listeners of a conversation have received its events, and which event a change becomes for them. */
import { z } from "zod";
import type { Rev, Seq, TimeMs } from "../../schema/ids.ts";
import type { Message, Notice } from "../../schema/wire/message.ts";

export const storedPosition = z.object({
  to: z.int(),
  rev: z.int().optional(),
  at: z.int().optional(),
  atSeq: z.int().optional(),
});
export type StoredPosition = z.infer<typeof storedPosition>;

/** What one frame brought: everything that happened in `(since, rev]`. */
export interface News {
  readonly since: Rev;
  readonly rev: Rev;
  readonly messages: readonly Message[];
  readonly notices: readonly Notice[];
  /** Whether its messages are new, as against changed. */
  readonly isNew: boolean;
}

export type FeedItem =
  | { readonly kind: "message" | "edit" | "unsend" | "reactions"; readonly message: Message }
  | { readonly kind: "notice"; readonly notice: Notice };

export interface Position {
  /** Listeners have received the messages up to this seq. */
  to: Seq;
  /** Messages are known to be there up to here. */
  head: Seq;
  /** Listeners have received the changes up to this rev. */
  rev: Rev;
  /** Changes are known to be there up to here. */
  headRev: Rev;
  /** The time of the latest edit that listeners received, and its message. A later edit is new to them. */
  at: TimeMs;
  atSeq: Seq;
  /** What storage has, as text. */
  stored: string | undefined;
  /** Messages that came before their turn. */
  readonly early: Map<Seq, Message>;
  /** Frames that came before their turn, by the rev that they end at. */
  readonly news: Map<Rev, News>;
  isDelivering: boolean;
  isSaving: boolean;
}

/** Everything up to here counts as received by the listeners. */
export function positionAt(to: Seq, rev: Rev, at: TimeMs): Position {
  return {
    ...{ to, head: to, rev, headRev: rev, at, atSeq: 0, stored: undefined },
    ...{ early: new Map(), news: new Map(), isDelivering: false, isSaving: false },
  };
}

/** What is stored of it. `rev` and times only where somebody listens for changes. */
export function toStore({ to, rev, at, atSeq }: Position, withChanges: boolean): StoredPosition {
  return withChanges ? { to, rev, at, atSeq } : { to };
}

/** Notes the latest edit that listeners received. */
export function noteDelivered(position: Position, { editedAt, seq }: Message): void {
  if (editedAt === null || editedAt < position.at) return;
  position.at = editedAt;
  position.atSeq = seq;
}

/**
 * Which events a change of a message becomes, if listeners have received the message. The server sends only its present state. `isOne`: nothing else happened meanwhile;
 * otherwise reactions may have changed beside the text, so both events come.
 */
export function itemsOf(message: Message, { at, atSeq }: Position, isOne: boolean): FeedItem[] {
  const { editedAt, unsentAt, seq } = message;
  if (unsentAt !== null) return [{ kind: "unsend", message }];
  const isEdited = editedAt !== null && (editedAt > at || (editedAt === at && seq !== atSeq));
  if (!isEdited) return [{ kind: "reactions", message }];
  return isOne
    ? [{ kind: "edit", message }]
    : [
        { kind: "edit", message },
        { kind: "reactions", message },
      ];
}
