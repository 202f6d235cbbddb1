/**
 * Owns a page of messages whose places the user's object knows, newest first; the conversations have the messages. A message is left out if the user may no
 * longer read it, or if it is not wanted any more.
 */
import type { MentionPlace } from "../../objects/contract/search.ts";
import { badCursor, readCursor, writeCursor } from "../../objects/shared/list-pages.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import type { Missing } from "../../schema/http/search.ts";
import type { UserId } from "../../schema/ids.ts";
import { searchHolds } from "../../schema/search-limits.ts";
import type { Message } from "../../schema/wire/message.ts";
import { placeForm } from "./hit-place.ts";
import { hiddenFrom } from "../archive/hides.ts";
import { fitting } from "./hits.ts";
import { messagesIn } from "./messages-in.ts";

export type Asked = { cursor?: string | undefined; limit: number };

type PlacesPage<Hit> = { hits: Hit[]; cursor: string | null; missing?: Missing[] };

/** `placesBehind` answers at most so many places. `hitOf`: undefined for a message that is left out. */
export async function pageOfPlaces<Hit>(
  env: Env,
  viewer: UserId,
  { cursor, limit }: Asked,
  placesBehind: (after: MentionPlace | null, limit: number) => Promise<Outcome<MentionPlace[]>>,
  hitOf: (message: Message, place: MentionPlace) => Hit | undefined,
): Promise<Outcome<PlacesPage<Hit>>> {
  const after = cursor === undefined ? null : readCursor(cursor, placeForm);
  if (cursor !== undefined && after === null) return badCursor;
  const behind: MentionPlace | null = after && { at: after[0], id: after[1], seq: after[2] };
  const known = await placesBehind(behind, limit + 1);
  if (!known.ok) return known;
  const places = known.value.slice(0, limit);
  const messages = new Map<string, Message>();
  const missing: Missing[] = [];
  const byConversation = [...Map.groupBy(places, ({ id }) => id)];
  const isHidden = await hiddenFrom(
    env,
    viewer,
    byConversation.map(([id]) => id),
  );
  if (!isHidden.ok) return isHidden;
  await inParallel(byConversation, searchHolds.callsAtOnce, async ([id, here]) => {
    const seqs = here.map(({ seq }) => seq);
    const read = await messagesIn(env, viewer, id, seqs);
    for (const message of read.messages) messages.set(keyOf({ id, seq: message.seq }), message);
    missing.push(...read.missing);
  });
  const found = places.flatMap((place) => {
    const message = messages.get(keyOf(place));
    if (message === undefined || isHidden.value(place.id, place.seq)) return [];
    const hit = hitOf(message, place);
    return hit === undefined ? [] : [{ place, hit }];
  });
  const { hits, cutAt } = fitting(found);
  const last = cutAt ?? (known.value.length > limit ? places.at(-1) : undefined);
  return done({
    hits,
    cursor: last === undefined ? null : writeCursor([last.at, last.id, last.seq]),
    ...(missing.length === 0 ? {} : { missing }),
  });
}

function keyOf({ id, seq }: Pick<MentionPlace, "id" | "seq">): string {
  return `${id} ${seq}`;
}
