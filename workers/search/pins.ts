/** Owns a page of a conversation's pins, with their messages. */
import { z } from "zod";
import { badCursor, readCursor, writeCursor } from "../../objects/shared/list-pages.ts";
import { ask, conversationStub } from "../../objects/shared/platform/calls.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import type { PinsPage } from "../../schema/http/conversation/marks.ts";
import type { ConversationId, UserId } from "../../schema/ids.ts";
import { hiddenFrom } from "../archive/hides.ts";
import { fitting } from "./hits.ts";
import { messagesIn } from "./messages-in.ts";

type Asked = { cursor?: string | undefined; limit: number };

/** When a message was pinned, and its seq. */
const placeForm = z.tuple([z.int().nonnegative(), z.int().positive()]);

export async function pinsOf(
  env: Env,
  viewer: UserId,
  id: ConversationId,
  { cursor, limit }: Asked,
): Promise<Outcome<PinsPage>> {
  const after = cursor === undefined ? undefined : readCursor(cursor, placeForm);
  if (after === null) return badCursor;
  const known = await ask("conversation.pins", () => conversationStub(env, id).pins(viewer));
  if (!known.ok) return known;
  const rest = known.value
    .toSorted((a, b) => b.at - a.at || b.seq - a.seq)
    .filter(({ at, seq }) => after === undefined || at < after[0] || (at === after[0] && seq < after[1]));
  const page = rest.slice(0, limit);
  const seqs = page.map(({ seq }) => seq);
  const [{ messages, missing }, isHidden] = await Promise.all([
    messagesIn(env, viewer, id, seqs),
    hiddenFrom(env, viewer, [id]),
  ]);
  if (!isHidden.ok) return isHidden;
  const found = page.flatMap((pin) => {
    const message = messages.find(({ seq }) => seq === pin.seq);
    return message === undefined || message.unsentAt !== null || isHidden.value(id, pin.seq)
      ? []
      : [{ place: pin, hit: { ...pin, message } }];
  });
  const { hits, cutAt } = fitting(found);
  const last = cutAt ?? (rest.length > limit ? page.at(-1) : undefined);
  return done({
    pins: hits,
    cursor: last === undefined ? null : writeCursor([last.at, last.seq]),
    ...(missing.length === 0 ? {} : { missing }),
  });
}
