/** Owns what a list or an export leaves out because its reader has hidden it from themself. Only the reader's object knows. */
import { type Hides, isHidden } from "../../core/marks/hidden.ts";
import { ask, userStub } from "../../objects/shared/platform/calls.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import type { ConversationId, Seq, UserId } from "../../schema/ids.ts";

export type HiddenFrom = (id: ConversationId, seq: Seq) => boolean;

/** Whether the reader has hidden a message of one of these conversations. */
export async function hiddenFrom(
  env: Env,
  viewer: UserId,
  ids: Iterable<ConversationId>,
): Promise<Outcome<HiddenFrom>> {
  const hides = await hidesIn(env, viewer, [...new Set(ids)]);
  if (!hides.ok) return hides;
  return done((id, seq) => {
    const here = hides.value.get(id);
    return here !== undefined && isHidden(here, seq);
  });
}

/** What the reader has hidden of each of these; conversations of which they have hidden nothing are left out. */
export async function hidesIn(
  env: Env,
  viewer: UserId,
  ids: ConversationId[],
): Promise<Outcome<ReadonlyMap<ConversationId, Hides>>> {
  if (ids.length === 0) return done(new Map());
  const kept = await ask("user.marks", () => userStub(env, viewer).marks({ do: "list hides", ids }));
  return kept.ok ? done(new Map((kept.value.hides ?? []).map(({ id, hides }) => [id, hides]))) : kept;
}
