/** Owns what leaves the composer: with those mentioned, and given back if it cannot be sent at all. */
import { codePoints, type ConversationHandle, handlesIn, isBlank, limits, type User } from "../../client/index.ts";

/** Why it cannot be sent as it stands; "" for a text with nothing in it, about which nothing need be said. */
export function sendFault(text: string): string | null {
  if (isBlank(text)) return "";
  const length = codePoints(text);
  if (length <= limits.textCodePointsMax) return null;
  return `Too long: ${length.toLocaleString()} of at most ${limits.textCodePointsMax.toLocaleString()} characters.`;
}

export function mentionedIn(text: string, members: readonly Pick<User, "handle" | "id">[]): string[] {
  const handles = handlesIn(text);
  return members
    .filter(({ handle }) => handle !== null && handles.has(handle))
    .slice(0, limits.mentionsPerMessageMax)
    .map(({ id }) => id);
}

interface SendAsk {
  readonly text: string;
  readonly replyTo: number | null;
  readonly members: readonly User[];
  /** It is not in the timeline either: the text must not be lost. */
  readonly onUnsendable: (error: unknown) => void;
}

export function sendMessage(conversation: ConversationHandle, { text, replyTo, members, onUnsendable }: SendAsk): void {
  const mentions = mentionedIn(text, members);
  const clientId = randomId();
  const options = { clientId, mentions, ...(replyTo === null ? {} : { replyTo }) };
  conversation.send(text, options).catch((error: unknown) => {
    const isShown = conversation.timeline
      .getSnapshot()
      .entries.some((entry) => entry.kind === "pending" && entry.pending.clientId === clientId);
    if (!isShown) onUnsendable(error);
  });
}

/** Not `randomUUID`: pages without TLS, on somebody's own network, lack it. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
