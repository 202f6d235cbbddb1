/** Owns the answers of users' objects before a user brings people into a conversation. */
import type { Settings } from "../../schema/http/account/me.ts";
import type { ConversationId, UserId } from "../../schema/ids.ts";
import type { Person, Relation } from "./person.ts";

/** Ids of a user's present conversations that are no requests, in their order; `next` asks for the page after these, null at the end. */
export type KnownPage = { ids: ConversationId[]; next: ConversationId | null };

/** A user who wants to bring others into a conversation. `hasRow`: the conversation to be founded is in their inbox; `known`: conversations that they may have in common with others; `contacts`: those of many others who have this user in their contacts, as far as it is known here. */
export type Bringer = { person: Person; hasRow: boolean; known: KnownPage; contacts: UserId[] };

/** How this user stands to another one who wants to bring them into a conversation. `hasDm`: the two have a direct chat; `isContact`: the other is among this user's contacts; `isKnown`: that, or they have a conversation in common. */
export type Approach = Relation & { hasDm: boolean; isContact: boolean; isKnown: boolean; reach: Settings["reach"] };

/** How many of the people who are brought know the bringer (`known`), and how many do not (`strangers`). */
export type BringCost = { known: number; strangers: number };

/**
 * A page of many people whom a user brings, for that user's object to call: one invocation makes at most 1,000 calls, and each page is one. Asked is how each of them stands to the
 * user; `unreported`: those of whom the directory does not know who may bring them. Or each is charged what it costs on their side; `strangers`: those who do not know the user.
 */
export type BringPage =
  | { do: "approach"; userIds: UserId[]; unreported: UserId[] }
  | { do: "take in"; userIds: UserId[]; strangers: UserId[] };

/** `approaches`: in the order of the page. `crowded`: those whom so many strangers have reached already that this conversation comes to them as a request. */
export type BroughtPage = { approaches: Approach[]; crowded: UserId[] };
