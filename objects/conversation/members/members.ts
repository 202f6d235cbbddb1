/** Owns the ways in which members are kept. `kind` says which one it is. */
import type { LargeMembers } from "./large-members.ts";
import type { SmallMembers } from "./small-members.ts";

export type Members = SmallMembers | LargeMembers;
