/** Serves the operator's door for dead letters: list, show, replay, drop. */
import { badCursor, listPage, numberedPlaceOf } from "../../objects/shared/list-pages.ts";
import { call, userStub } from "../../objects/shared/platform/calls.ts";
import { cost } from "../../objects/shared/platform/meter.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import { deadLetterCall } from "../../schema/operator/dead-letters.ts";
import { type DeadLetter, DeadLetters } from "../dead-letters/letters.ts";
import type { Api } from "../mount.ts";
import { userOf } from "../push/hint.ts";
import { serveOperator } from "./operator.ts";

export function serveDeadLetters(api: Api): void {
  serveOperator(api, "/v1/operator/dead-letters", deadLetterCall, async (env, asked) => {
    const letters = new DeadLetters(env);
    switch (asked.do) {
      case "list":
        return await list(letters, asked);
      case "show":
        return done({ letters: await letters.find(asked.ids) });
      case "replay":
        return await replay(env, letters, asked.ids);
      case "drop":
        return done({ dropped: await letters.drop(asked.ids) });
    }
  });
}

async function list(
  letters: DeadLetters,
  { queue, cursor, limit }: { queue?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<Outcome<unknown>> {
  const after = numberedPlaceOf(cursor, { by: Number.MAX_SAFE_INTEGER, id: "" });
  if (after === null) return badCursor;
  const found = await letters.list(queue, after, limit + 1);
  const page = listPage(found, limit, ({ keptAt, id }) => ({ by: keptAt, id }));
  return done({ letters: page.rows, cursor: page.cursor });
}

/** A letter goes when its hint is under way again. One that fails stays, and another try is harmless. */
async function replay(env: Env, letters: DeadLetters, ids: readonly string[]): Promise<Outcome<unknown>> {
  const replayed: string[] = [];
  const failed: string[] = [];
  for (const letter of await letters.find(ids)) {
    const isDone = await replayOne(env, letter);
    (isDone ? replayed : failed).push(letter.id);
  }
  if (replayed.length > 0) await letters.drop(replayed);
  return done({ replayed, failed });
}

async function replayOne(env: Env, { queue, hint, givenUp }: DeadLetter): Promise<boolean> {
  switch (queue) {
    case "push": {
      const userId = userOf(hint, env);
      if (userId === null) return false;
      // Nothing was given up: the object did not answer. It still has what is due.
      if (givenUp.length === 0) return await send(env.PUSH_QUEUE, hint);
      const told = await call("user.pushesAgain", () => userStub(env, userId).pushesAgain([...givenUp]));
      return told.ok;
    }
    case "fanout":
      return await send(env.FANOUT_QUEUE, hint);
    case "archive":
      return await send(env.ARCHIVE_QUEUE, hint);
    case "media":
      return await send(env.MEDIA_QUEUE, hint);
    default:
      return false;
  }
}

async function send(queue: Queue, hint: unknown): Promise<boolean> {
  cost.queueOperations++;
  await queue.send(hint);
  return true;
}
