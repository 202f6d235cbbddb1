/** Serves other users: looking them up, contacts, blocks. */
import { ask, userStub } from "../../../objects/shared/platform/calls.ts";
import { Directory } from "../../../objects/shared/identity/directory.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { done, notFound, type Outcome } from "../../../schema/errors.ts";
import { handle as handleForm } from "../../../schema/http/account/accounts.ts";
import * as declared from "../../../schema/http/users.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { User } from "../../../schema/wire/user.ts";
import { answerProblem } from "../../../objects/shared/platform/answers.ts";
import { answer, answerDone } from "../../answer.ts";
import { type Api, mount } from "../../mount.ts";
import { relationOf } from "../../people.ts";

export function serveUsers(api: Api): void {
  mount(api, declared.getUser, async ({ env, actor, params }) =>
    answer(await userById(env, params.userId, actor.userId)),
  );

  mount(api, declared.findUsers, async ({ env, actor, query }) => {
    if (query.handle !== undefined) return answer(await userByHandle(env, query.handle, actor.userId));
    return answer(await new Directory(env).search(query.q ?? "", query.cursor, query.limit));
  });

  mount(api, declared.listContacts, async ({ env, actor, query }) =>
    answer(await ask("user.contacts", () => userStub(env, actor.userId).contacts(query.cursor, query.limit))),
  );

  mount(api, declared.putContact, async ({ env, actor, params }) => {
    const user = await userById(env, params.userId, actor.userId);
    if (!user.ok) return answerProblem(user.refusal);
    return answer(await ask("user.putContact", () => userStub(env, actor.userId).putContact(user.value)));
  });

  mount(api, declared.deleteContact, async ({ env, actor, params }) =>
    answerDone(await ask("user.deleteContact", () => userStub(env, actor.userId).deleteContact(params.userId))),
  );

  mount(api, declared.listBlocks, async ({ env, actor, query }) =>
    answer(await ask("user.blocks", () => userStub(env, actor.userId).blocks(query.cursor, query.limit))),
  );

  mount(api, declared.putBlock, async ({ env, actor, params }) => {
    const user = await userById(env, params.userId, actor.userId);
    if (!user.ok) return answerProblem(user.refusal);
    return answer(await ask("user.putBlock", () => userStub(env, actor.userId).putBlock(user.value)));
  });

  mount(api, declared.deleteBlock, async ({ env, actor, params }) =>
    answerDone(await ask("user.deleteBlock", () => userStub(env, actor.userId).deleteBlock(params.userId))),
  );
}

/** The profile from the user's own object, which is newer than the directory's copy. */
async function userById(env: Env, userId: UserId, viewer: UserId): Promise<Outcome<User>> {
  const relation = await relationOf(env, userId, viewer);
  return relation.ok ? done(relation.value.person.user) : relation;
}

/** The directory names the user whose object is asked. A claim that never became an account, or was given up, belongs to nobody. */
async function userByHandle(env: Env, given: string, viewer: UserId): Promise<Outcome<User>> {
  const handle = handleForm.safeParse(given);
  if (!handle.success) return notFound;
  const owner = await new Directory(env).ownerOf(handle.data);
  if (!owner.ok) return owner;
  const user = await userById(env, owner.value, viewer);
  return user.ok && user.value.handle !== handle.data ? notFound : user;
}
