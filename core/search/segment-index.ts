/**
 * Owns the index of a group of segments: a dictionary of the tokens of their messages, each with the segments that have it. It is exact, so a
 * search reads only segments with all of the query's tokens. It is sorted, so it also finds beginnings of words.
 *
 * A token is a word, cut to `tokenUnitsMax`; of a run of characters, each pair of neighbours, and the last character; a sender; a mentioned user.
 * Each segment has a slot in its group. When a segment is rewritten, all entries of its slot are dropped, so it leaves no token behind.
 */
import { indexHolds } from "../../schema/search-limits.ts";
import type { Bytes, Entry } from "./dictionary.ts";
import { type Pack, packedBytesOf, type PackedDictionary } from "./packed-dictionary.ts";
import { isRunAt, partsOf, searchForm } from "./search-form.ts";
import type { SearchQuery } from "./search-query.ts";

/** The fields of a message from which its tokens are made. The text is whole. */
export type Indexed = { readonly senderId: string; readonly text: string; readonly mentions: readonly string[] };

/** What a search looks for in the index. If no field is given, it gets all segments. */
export type Wanted = {
  readonly query?: SearchQuery | undefined;
  readonly senderId?: string | undefined;
  readonly mentioned?: string | undefined;
};

/** Longer words are cut, in the index and in queries alike. */
const tokenUnitsMax = 32;
const sender = "\u0002";
const mention = "\u0003";

/** The bytes of the index, in which the tokens of these messages replace all entries of their slot. */
export function indexWith(
  before: PackedDictionary | null,
  slot: number,
  messages: Iterable<Indexed>,
  pack: Pack,
): { bytes: Bytes; unpackedBytes: number } {
  const tokens = new Set<string>();
  for (const message of messages) addTokens(tokens, message);
  return packedBytesOf(merged(before?.entries() ?? [], [...tokens].sort(), slot), pack);
}

/** Whether the next segment begins a new group. `bytes`: of the index, unpacked. */
export function isIndexFull(bytes: number, slots: number): boolean {
  return slots >= indexHolds.slotsMax || bytes >= indexHolds.bytes;
}

/** The slots, among `slots`, whose segments may have what is wanted, ascending. */
export function slotsWith(index: PackedDictionary, slots: number, wanted: Wanted): number[] {
  let left = new Set(Array.from({ length: slots }, (_, slot) => slot));
  for (const { token, isWhole } of tokensOf(wanted)) {
    const found = new Set<number>();
    for (const entry of index.entriesFrom(token)) {
      if (isWhole ? entry.token !== token : !entry.token.startsWith(token)) break;
      for (const slot of entry.slots) if (left.has(slot)) found.add(slot);
      if (found.size === left.size) break;
    }
    left = found;
    if (left.size === 0) break;
  }
  return [...left].sort((a, b) => a - b);
}

function addTokens(tokens: Set<string>, { senderId, text, mentions }: Indexed): void {
  tokens.add(sender + senderId);
  for (const userId of mentions) tokens.add(mention + userId);
  for (const part of partsOf(searchForm(text))) {
    if (!isRunAt(part, 0)) tokens.add(part.slice(0, tokenUnitsMax));
    else for (const pair of pairsOf(part)) tokens.add(pair);
  }
}

/** The tokens that a segment must have; `isWhole` false: a segment's token must begin with it. */
function tokensOf({ query, senderId, mentioned }: Wanted): { token: string; isWhole: boolean }[] {
  const tokens: { token: string; isWhole: boolean }[] = [];
  if (senderId !== undefined) tokens.push({ token: sender + senderId, isWhole: true });
  if (mentioned !== undefined) tokens.push({ token: mention + mentioned, isWhole: true });
  for (const { pattern } of query?.terms ?? []) {
    const parts = partsOf(pattern);
    for (const [index, part] of parts.entries()) {
      if (!isRunAt(part, 0)) {
        const isLast = index === parts.length - 1;
        tokens.push({ token: part.slice(0, tokenUnitsMax), isWhole: !isLast });
        continue;
      }
      const pairs = [...pairsOf(part)];
      const last = pairs.pop() ?? "";
      for (const pair of pairs) tokens.push({ token: pair, isWhole: true });
      // A single character begins a pair, or is the last of a run. For more characters the pairs suffice.
      if (pairs.length === 0) tokens.push({ token: last, isWhole: false });
    }
  }
  // The longest token comes first, because it leaves the fewest slots.
  return tokens.sort((a, b) => b.token.length - a.token.length);
}

/** Each pair of neighbours in a run, and its last character. */
function* pairsOf(part: string): Generator<string> {
  let before = "";
  for (const character of part) {
    if (before !== "") yield before + character;
    before = character;
  }
  yield before;
}

/** Merges the sorted entries, without the slot, and the sorted tokens of the slot. */
function* merged(entries: Iterable<Entry>, tokens: readonly string[], slot: number): Generator<Entry> {
  let next = 0;
  for (const entry of entries) {
    for (let token = tokens[next]; token !== undefined && token < entry.token; token = tokens[++next])
      yield { token, slots: [slot] };
    const isHere = tokens[next] === entry.token;
    if (isHere) next++;
    if (isHere === entry.slots.includes(slot)) yield entry;
    else if (isHere) yield { token: entry.token, slots: [...entry.slots, slot].sort((a, b) => a - b) };
    else if (entry.slots.length > 1) yield { token: entry.token, slots: entry.slots.filter((other) => other !== slot) };
  }
  for (const token of tokens.slice(next)) yield { token, slots: [slot] };
}
