/** Serves search and mentions. */
import * as declared from "../../schema/http/search.ts";
import { answer } from "../answer.ts";
import { type Api, mount } from "../mount.ts";
import { mentionsOf } from "../search/mentions.ts";
import { searchMessages } from "../search/search.ts";

export function serveSearch(api: Api): void {
  mount(api, declared.mentions, async ({ env, actor, query }) => answer(await mentionsOf(env, actor.userId, query)));
  mount(api, declared.search, async ({ env, actor, query }) => answer(await searchMessages(env, actor.userId, query)));
}
