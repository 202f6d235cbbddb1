/** Owns what each member of a group may do, and who becomes owner when an owner leaves. SPEC M. */
import { done, notFound, type Outcome, type Refusal, refuse } from "../schema/errors.ts";
import type { UserId } from "../schema/ids.ts";
import { limits } from "../schema/limits.ts";
import type { ConversationKind, ConversationMode } from "../schema/wire/conversation.ts";
import type { Policy, Role } from "../schema/wire/message.ts";

/** A member's standing; `none` for strangers and for those who left. */
export type Standing = Role | "none";

export const policyDefault: Policy = { add: "member", edit: "member", write: "member", history: "all" };

const forbidden = (detail: string): Refusal => refuse("forbidden", detail).refusal;

/** Whether a member of this standing has a right for which the policy asks for `needed`. */
function has(standing: Standing, needed: "member" | "admin"): boolean {
  return standing === "owner" || standing === "admin" || (standing === "member" && needed === "member");
}

/** What a right depends on. */
type RightFacts = { kind: ConversationKind; standing: Standing; policy: Policy };

function fault(facts: RightFacts, right: (facts: RightFacts) => boolean, what: string): Refusal | undefined {
  if (facts.standing === "none") return notFound.refusal;
  if (facts.kind === "dm") return forbidden(`${what}: not in a direct chat`);
  return right(facts) ? undefined : forbidden(`${what}: your role does not allow it`);
}

/** The refusal for users who are no members, and for everybody in a direct chat; undefined for members of a group. */
export function dmFault(facts: RightFacts, what: string): Refusal | undefined {
  return fault(facts, () => true, what);
}

/** Why this member may not add members or make invites, or undefined. */
export function addFault(facts: RightFacts): Refusal | undefined {
  return fault(facts, ({ standing, policy }) => has(standing, policy.add), "adding members");
}

/** Why this member may not change the title. */
export function titleFault(facts: RightFacts): Refusal | undefined {
  return fault(facts, ({ standing, policy }) => has(standing, policy.edit), "changing the title");
}

/** Why this member may not change the group's picture. */
export function pictureFault(facts: RightFacts): Refusal | undefined {
  return fault(facts, ({ standing, policy }) => has(standing, policy.edit), "changing the picture");
}

/** Why this member may not pin messages for all. In a direct chat both may. */
export function pinFault(facts: RightFacts): Refusal | undefined {
  if (facts.kind === "dm" && facts.standing !== "none") return undefined;
  return fault(facts, ({ standing, policy }) => has(standing, policy.edit), "pinning messages");
}

/** Why this member may not change the policy or end invites. */
export function adminFault(facts: RightFacts, what: string): Refusal | undefined {
  return fault(facts, ({ standing }) => has(standing, "admin"), what);
}

/** Why this member may not send. Everybody may change what they sent before, and react. */
export function writeFault({ standing, policy }: Pick<RightFacts, "standing" | "policy">): Refusal | undefined {
  return has(standing, policy.write) ? undefined : forbidden("writing: only admins write in this group");
}

/** Why this member may not set roles. */
export function roleFault(facts: RightFacts): Refusal | undefined {
  return fault(facts, ({ standing }) => standing === "owner", "setting roles");
}

/** Why `by` may not remove `target`, or undefined. Oneself = leaving, which anyone may. */
export function removeFault(facts: RightFacts & { isSelf: boolean; target: Standing }): Refusal | undefined {
  if (facts.standing === "none") return notFound.refusal;
  if (facts.kind === "dm") return forbidden("leaving: not in a direct chat; archive it instead");
  if (facts.isSelf) return undefined;
  if (!has(facts.standing, "admin")) return forbidden("removing members: your role does not allow it");
  if (facts.target === "none") return notFound.refusal;
  if (facts.target !== "member" && facts.standing !== "owner")
    return forbidden("removing an admin: only the owner may");
  return undefined;
}

/** What a new group is to be: its mode, if the founder named one, and its members, the creator included. */
export type FoundingFacts = { mode: ConversationMode | undefined; count: number };

/** The mode in which a group is founded, or why it is not. */
export function foundingMode({ mode, count }: FoundingFacts): Outcome<ConversationMode> {
  const chosen = mode ?? (count > limits.smallGroupMembersMax ? "large" : "small");
  const max = membersMax(chosen);
  return count > max ? refuse("too_large", `memberIds: a group holds at most ${max} members`) : done(chosen);
}

/** How many members a group of this mode may have. In a small group every message costs a call to the inbox of every member. */
export function membersMax(mode: ConversationMode): number {
  return mode === "large" ? limits.largeGroupMembersMax : limits.smallGroupMembersMax;
}

export type Seniority = { userId: UserId; role: Role; joinedAt: number; joinedRev: number };

/** The member who becomes owner when `gone` stops being one: the oldest admin, else the oldest member, unless an owner remains. */
export function nextOwner(members: readonly Seniority[], gone: UserId): UserId | undefined {
  const rest = members.filter((member) => member.userId !== gone);
  if (rest.some((member) => member.role === "owner")) return undefined;
  const byAge = [...rest].sort(
    (a, b) => a.joinedAt - b.joinedAt || a.joinedRev - b.joinedRev || (a.userId < b.userId ? -1 : 1),
  );
  return (byAge.find((member) => member.role === "admin") ?? byAge[0])?.userId;
}

/** The policy after a partial change. */
export function mergePolicy(
  policy: Policy,
  patch: { [K in keyof Policy]?: Policy[K] | undefined } | undefined,
): Policy {
  return {
    add: patch?.add ?? policy.add,
    edit: patch?.edit ?? policy.edit,
    write: patch?.write ?? policy.write,
    history: patch?.history ?? policy.history,
  };
}
