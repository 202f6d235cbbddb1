/** Owns the page of changes: changes of older messages and of the conversation, and new messages, in the order of their revs. */
import { type ByteCount, Room } from "./pages.ts";
import type { Rev } from "../../schema/ids.ts";

/** A change as JSON; "" if it is neither a message nor a notice. */
type Piece = { readonly rev: Rev; readonly json: string };

/** The pieces of a source by rising rev, as long as `take` wants more. `known`: the rev up to which these are all. */
export type ChangeSource<P extends Piece> = {
  readonly known: Rev;
  readonly walk: (take: (piece: P) => boolean) => void;
};

/**
 * All pieces up to `rev`, in their order, at most `limit` pieces and `bytes`. If a source ends, or one of the bounds is reached, `rev` is the rev up to which
 * the page goes. `upTo`: the end of the stretch.
 */
export function changesWithin<P extends Piece>(
  { journal, made }: { journal: ChangeSource<P>; made: ChangeSource<P> },
  { upTo, limit, bytes, byteCount }: { upTo: Rev; limit: number; bytes: number; byteCount: ByteCount },
): { rev: Rev; changes: P[] } {
  const gather = (source: ChangeSource<P>): { pieces: P[]; known: Rev } => {
    const room = new Room(bytes, byteCount);
    const pieces: P[] = [];
    let known = Math.min(upTo, source.known);
    source.walk((piece) => {
      if (pieces.length < limit && room.take(piece.json)) {
        pieces.push(piece);
        return true;
      }
      known = Math.min(known, piece.rev - 1);
      return false;
    });
    return { pieces, known };
  };
  const [changed, fresh] = [gather(journal), gather(made)];
  // The page ends where one of the two sources was cut.
  let rev = Math.min(changed.known, fresh.known);
  const changes: P[] = [];
  const room = new Room(bytes, byteCount);
  for (const change of [...changed.pieces, ...fresh.pieces].sort((a, b) => a.rev - b.rev)) {
    if (change.rev > rev) break;
    if (changes.length === limit || !room.take(change.json)) {
      rev = change.rev - 1;
      break;
    }
    changes.push(change);
  }
  return { rev, changes };
}
