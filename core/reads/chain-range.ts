/** Owns the answer to `verify`: a stretch of the hash chain. */
import { hashOfNothing } from "../chain.ts";
import type { Seq, TimeMs, UserId } from "../../schema/ids.ts";
import type { ChainRange } from "../../schema/http/conversation/messages.ts";

/** A message's part in the chain. */
export type Link = {
  seq: Seq;
  senderId: UserId;
  sentAt: TimeMs;
  contentHash: string;
  salt: string | null;
  hash: string;
};

/** A stretch of the chain as JSON. `links`: those from the message before `from`, if there is one, to `to`. */
export function chainRange(from: Seq, to: Seq, links: readonly Link[]): string {
  const start = from === 1 ? hashOfNothing : (links[0]?.hash ?? hashOfNothing);
  const own = from === 1 ? links : links.slice(1);
  const range: ChainRange = {
    from,
    to,
    startHash: start,
    items: own.map(({ seq, senderId, sentAt, contentHash, salt }) => ({ seq, senderId, sentAt, contentHash, salt })),
    hash: own.at(-1)?.hash ?? start,
  };
  return JSON.stringify(range);
}
