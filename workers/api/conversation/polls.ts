/** Serves polls: votes, closing, and who voted. */
import { z } from "zod";
import { erasedUser } from "../../../core/account/erased.ts";
import { voteKey } from "../../../core/polls/vote-keys.ts";
import type { Actor } from "../../../objects/contract/actor.ts";
import type { Command } from "../../../objects/contract/command.ts";
import { Directory } from "../../../objects/shared/identity/directory.ts";
import { badCursor, readCursor, writeCursor } from "../../../objects/shared/list-pages.ts";
import { answerProblem } from "../../../objects/shared/platform/answers.ts";
import { ask, conversationStub } from "../../../objects/shared/platform/calls.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { done, type Outcome, refuse } from "../../../schema/errors.ts";
import * as declared from "../../../schema/http/conversation/polls.ts";
import { type ConversationId, type Seq, type UserId, userId } from "../../../schema/ids.ts";
import type { Message } from "../../../schema/wire/message.ts";
import { answer, answerText } from "../../answer.ts";
import { readMessage } from "../../archive/reads.ts";
import { type Api, mount } from "../../mount.ts";
import { submit } from "./submit.ts";

type At = { conversationId: ConversationId; seq: Seq };

export function servePolls(api: Api): void {
  mount(api, declared.putVote, ({ env, actor, params, body }) =>
    change(env, actor, params, { do: "vote", seq: params.seq, options: body.options }),
  );

  mount(api, declared.closePoll, ({ env, actor, params }) =>
    change(env, actor, params, { do: "close poll", seq: params.seq }),
  );

  mount(api, declared.listVoters, async ({ env, actor, params, query }) =>
    answer(await votersOf(env, actor, params, query)),
  );
}

async function change(env: Env, actor: Actor, { conversationId, seq }: At, command: Command): Promise<Response> {
  const changed = await submit(env, actor, conversationId, command);
  if (!changed.ok) return answerProblem(changed.refusal);
  return answerText(await readMessage(env, conversationId, actor.userId, seq));
}

/** Where a page begins: in a small group behind so many, in a large one behind a member who voted then. */
const placeForm = z.tuple([z.int(), z.union([userId, z.literal("")])]);

async function votersOf(
  env: Env,
  { userId: viewer }: Actor,
  { conversationId, seq }: At,
  { option, cursor, limit }: { option: number; cursor?: string | undefined; limit: number },
): Promise<Outcome<declared.VotersPage>> {
  const after = cursor === undefined ? null : readCursor(cursor, placeForm);
  if (cursor !== undefined && after === null) return badCursor;
  // Whoever may not see the message does not see who voted.
  const read = await readMessage(env, conversationId, viewer, seq);
  if (!read.ok) return read;
  const { poll } = JSON.parse(read.value) as Message;
  const chosen = poll?.options[option];
  if (chosen === undefined) return refuse("bad_request", "option: the message is no poll with this option");
  const place = after === null ? null : { place: after[0], userId: after[1] as UserId };
  // A message names everybody who voted, except in a large group.
  const isNamed = chosen.userIds.length === chosen.count;
  const from = isNamed ? (place?.place ?? 0) : 0;
  const found = isNamed
    ? done(chosen.userIds.slice(from, from + limit + 1).map((each, at) => ({ place: from + at + 1, userId: each })))
    : await ask("conversation.chosen", () =>
        conversationStub(env, conversationId).chosen(viewer, seq, voteKey(option), place, limit + 1),
      );
  if (!found.ok) return found;
  const page = found.value.slice(0, limit);
  const last = found.value.length > limit ? page.at(-1) : undefined;
  const users = await new Directory(env).profiles(page.map((each) => each.userId));
  if (!users.ok) return users;
  return done({
    voters: page.map((each) => users.value.get(each.userId) ?? erasedUser(each.userId)),
    cursor: last === undefined ? null : writeCursor([last.place, isNamed ? "" : last.userId]),
  });
}
