/** The faces of a large group's members: the group answers ids, and the gateway looks their profiles up, all of one answer together. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { erasedUser } from "../../../../core/account/erased.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { shownConversation, shownLine, withProfiles } from "../../../../workers/profiles.ts";
import { valueOf } from "../../../rig/objects/accounts.ts";
import { member } from "../../../rig/objects/inbox/inboxes.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";
import { foundGroup, somebody } from "../../../rig/objects/people.ts";

openLargeGroups();

const stubOf = (id: ConversationId) => conversationStub(env, id);

test("[M28] members and admins of a large group are shown with their profiles, and one without a profile as erased", async () => {
  const [ana, bo, cy] = [await member("ana"), await member("bo"), await member("cy")];
  const nobody = somebody("nobody");
  const id = await foundGroup(ana, [bo]);
  const small = await shownConversation(env, await stubOf(id).view(bo.id));
  expect(small).toEqual(await stubOf(id).view(bo.id));
  valueOf(await stubOf(id).addMembers(ana.id, [cy.person, nobody.person], []));
  const bare = valueOf(await stubOf(id).members(bo.id, undefined, 50));
  expect(bare.members.every(({ user }) => user.handle === null && user.name === "")).toBe(true);
  const before = cost.objectCalls;
  const shown = valueOf(await withProfiles(env, bare.members));
  expect(cost.objectCalls - before).toBe(1);
  const users = new Map(shown.map(({ user }) => [user.id, user]));
  for (const who of [ana, bo, cy]) expect(users.get(who.id)).toEqual(who.user);
  expect(users.get(nobody.userId)).toEqual(erasedUser(nobody.userId));
  expect(shown.map(({ user, ...rest }) => [user.id, rest])).toEqual(
    bare.members.map(({ user, ...rest }) => [user.id, rest]),
  );
  const view = valueOf(await shownConversation(env, await stubOf(id).view(bo.id)));
  expect(view).toMatchObject({ mode: "large", memberCount: 4 });
  expect(view.members?.map(({ user }) => user)).toEqual([ana.user]);
  const begun = valueOf(await stubOf(id).export(bo.id, null));
  if (!("lines" in begun)) throw new Error("the first page needs the archive");
  const line = JSON.parse(await shownLine(env, begun.lines)) as Record<string, unknown>;
  expect(line).toMatchObject({ type: "conversation", id, from: 1, members: [{ user: ana.user, role: "owner" }] });
});

test("[M28] a conversation is answered also where the directory is out of reach, and a list is refused for now", async () => {
  const [ana, bo, cy, di] = [await member("ana"), await member("bo"), await member("cy"), await member("di")];
  const id = await foundGroup(ana, [bo, cy]);
  valueOf(await stubOf(id).addMembers(ana.id, [di.person], []));
  const broken = { ...env, DIRECTORY_0: undefined, DIRECTORY_1: undefined, DIRECTORY_SHARDS: env.DIRECTORY_SHARDS };
  for (const shard of ["DIRECTORY_0", "DIRECTORY_1"]) {
    const fails = () => Promise.reject(new Error("out of reach"));
    const statement = { bind: () => statement, all: fails, raw: fails, run: fails, first: fails };
    Object.assign(broken, { [shard]: { prepare: () => statement, batch: fails } });
  }
  const away = broken as unknown as typeof env;
  const view = valueOf(await shownConversation(away, await stubOf(id).view(bo.id)));
  expect(view.members).toMatchObject([{ user: { id: ana.id, handle: null } }]);
  const page = valueOf(await stubOf(id).members(bo.id, undefined, 50));
  expect(await withProfiles(away, page.members)).toMatchObject({ ok: false, refusal: { code: "unavailable" } });
});
