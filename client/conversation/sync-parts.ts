/** Owns what the upkeep of a timeline needs from its conversation. */
import type { SharedDetails } from "../../schema/wire/change.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { Api } from "../link/api.ts";
import type { Clock } from "../contract/platform.ts";
import type { Beside, ConversationCache, Loaded } from "../storage/conversation-cache.ts";
import type { MemorySizes, Place } from "../history/memory.ts";

export interface SyncParts {
  readonly conversationId: string;
  readonly api: Api;
  readonly clock: Clock;
  readonly random: () => number;
  readonly cache: ConversationCache;
  /** What is stored beside the timeline. */
  readonly beside: () => Beside;
  readonly isLinked: () => boolean;
  /** Whether the live socket is bringing what is missing. */
  readonly isBringing: () => boolean;
  /** Whether the conversation is on screen, or its timeline watched. */
  readonly isInUse: () => boolean;
  /** Where windows that are in use look. */
  readonly places: () => readonly Place[];
  readonly onLoaded: (loaded: Loaded | undefined) => void;
  readonly onChange: () => void;
  readonly onDetails: (shared: SharedDetails) => void;
  /** States of messages, from wherever they come, whether they are held here or not; undefined: none that came before counts any more. */
  readonly onStates: (messages: readonly Message[] | undefined) => void;
  /** Messages that arrived, as against history, by seq. */
  readonly onArrived: (messages: readonly Message[]) => void;
  /** What is held has been stored; these messages were written for it. */
  readonly onSaved: (messages: Iterable<Message>) => void;
  /** How much is held in memory, where the default does not serve. */
  readonly memorySizes?: MemorySizes;
  /** The user is no member. */
  readonly onGone: () => void;
}
