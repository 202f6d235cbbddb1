/** Owns a page of the user's mentions, and one of their starred messages. A message that was unsent, or no longer mentions the user, is left out. */
import { ask, call, userStub } from "../../objects/shared/platform/calls.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import type { StarsPage } from "../../schema/http/conversation/marks.ts";
import type { MentionsPage } from "../../schema/http/search.ts";
import { isMentioned, type UserId } from "../../schema/ids.ts";
import { mentionsOf as mentionsIn } from "../../schema/wire/send.ts";
import { type Asked, pageOfPlaces } from "./places.ts";

export function mentionsOf(env: Env, viewer: UserId, asked: Asked): Promise<Outcome<MentionsPage>> {
  return pageOfPlaces(
    env,
    viewer,
    asked,
    (after, limit) => call("user.mentions", () => userStub(env, viewer).mentions(after, limit)),
    (message) => (isMentioned(mentionsIn(message), viewer) ? { message } : undefined),
  );
}

export function starsOf(env: Env, viewer: UserId, asked: Asked): Promise<Outcome<StarsPage>> {
  return pageOfPlaces(
    env,
    viewer,
    asked,
    async (after, limit) => {
      const stars = await ask("user.marks", () => userStub(env, viewer).marks({ do: "list stars", after, limit }));
      return stars.ok ? done(stars.value.places ?? []) : stars;
    },
    (message, { at }) => (message.unsentAt === null ? { message, at } : undefined),
  );
}
