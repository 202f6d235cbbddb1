/** Owns the answers of users' objects before a user brings people into a conversation. */
import type { Settings } from "../../schema/http/me.ts";
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
