/**
 * Owns which of two states of one message is the newer one. The result does not depend on the order in which states are joined, nor on how
 * often.
 */
import type { Message } from "../../schema/wire/message.ts";

/** The state with the higher rev; where that one carries only the beginning of a text which the other holds whole, with the whole text. */
export function joinMessages(a: Message, b: Message): Message {
  if (a === b) return a;
  // Of the same rev, the whole one.
  const [later, earlier] = b.rev > a.rev || (b.rev === a.rev && a.truncated === true) ? [b, a] : [a, b];
  if (later.truncated !== true || earlier.truncated === true || !haveSameText(later, earlier)) return later;
  const { truncated: _cut, ...rest } = later;
  return { ...rest, text: earlier.text };
}

/** A text changes only by an edit or an unsend, and each leaves its time. */
function haveSameText(later: Message, earlier: Message): boolean {
  return (
    later.editedAt === earlier.editedAt &&
    later.unsentAt === null &&
    earlier.unsentAt === null &&
    earlier.text.startsWith(later.text)
  );
}
