/**
 * Owns the profiles of members in answers: a large group names its members by their ids alone, and their profiles are looked up in the directory, for all who are
 * in one answer together.
 */
import { erasedUser } from "../core/account/erased.ts";
import { isBareUser } from "../core/account/bare-user.ts";
import { Directory } from "../objects/shared/identity/directory.ts";
import type { Env } from "../objects/shared/platform/env.ts";
import { done, type Outcome } from "../schema/errors.ts";
import type { Conversation, Member } from "../schema/wire/conversation.ts";

/** The same members with their profiles. A member who is not in the directory has erased their account. */
export async function withProfiles(env: Env, members: readonly Member[]): Promise<Outcome<Member[]>> {
  const ids = members.flatMap(({ user }) => (isBareUser(user) ? [user.id] : []));
  if (ids.length === 0) return done([...members]);
  const found = await new Directory(env).profiles(ids);
  if (!found.ok) return found;
  return done(
    members.map((member) =>
      isBareUser(member.user)
        ? { ...member, user: found.value.get(member.user.id) ?? erasedUser(member.user.id) }
        : member,
    ),
  );
}

/** A conversation is also answered where the directory is out of reach: then its members are ids alone. */
export async function shownConversation(env: Env, asked: Outcome<Conversation>): Promise<Outcome<Conversation>> {
  if (!asked.ok || asked.value.members === undefined) return asked;
  const members = await withProfiles(env, asked.value.members);
  return members.ok ? done({ ...asked.value, members: members.value }) : asked;
}

/** The line of an export in which the conversation stands, with the profiles of its members. */
export async function shownLine(env: Env, line: string): Promise<string> {
  const { type, ...conversation } = JSON.parse(line) as Conversation & { type: string };
  if (conversation.mode !== "large") return line;
  const shown = await shownConversation(env, done(conversation));
  return shown.ok ? `${JSON.stringify({ type, ...shown.value })}\n` : line;
}
