/** Owns what leaves the composer: with those mentioned, and given back if it cannot be sent at all. */
import {
  type Account,
  codePoints,
  type ConversationHandle,
  handlesIn,
  isBlank,
  limits,
  type User,
} from "../../../client/index.ts";
import { kept } from "../../browser/kept.ts";

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

export function sendMessage(
  { userId }: Account,
  conversation: ConversationHandle,
  { text, replyTo, members, onUnsendable }: SendAsk,
): void {
  const mentions = mentionedIn(text, members);
  const clientId = randomId();
  const sending = { conversationId: conversation.id, clientId, text, replyTo, mentions };
  handOver(conversation, userId, sending).catch((error: unknown) => {
    const isShown = conversation.timeline
      .getSnapshot()
      .entries.some((entry) => entry.kind === "pending" && entry.pending.clientId === clientId);
    if (!isShown) onUnsendable(error);
  });
}

/** Gives it to the SDK, and keeps it here until that has stored it: the page may end before it can. */
async function handOver(conversation: ConversationHandle, userId: string, sending: Sending): Promise<void> {
  const { clientId, text, replyTo, mentions } = sending;
  const key = `${sendingPrefix(userId)}${clientId}`;
  kept.set(key, JSON.stringify(sending));
  const onKept = () => kept.remove(key);
  try {
    await conversation.send(text, { clientId, mentions, onKept, ...(replyTo === null ? {} : { replyTo }) });
  } finally {
    onKept();
  }
}

/** Sends what an earlier page could not hand over before it ended; under the same ids, so that nothing comes twice. */
export function sendLeftOver(account: Account): void {
  for (const key of kept.keys(sendingPrefix(account.userId))) {
    const sending = readSending(kept.get(key));
    if (sending === null) kept.remove(key);
    else handOver(account.conversation(sending.conversationId), account.userId, sending).catch(() => undefined);
  }
}

interface Sending {
  readonly conversationId: string;
  readonly clientId: string;
  readonly text: string;
  readonly replyTo: number | null;
  readonly mentions: readonly string[];
}

/** All of them of one account, to be forgotten with it. */
export function sendingPrefix(userId: string): string {
  return `parley.sending.${userId}.`;
}

function readSending(json: string | null): Sending | null {
  try {
    const value: unknown = JSON.parse(json ?? "null");
    if (typeof value !== "object" || value === null) return null;
    const { conversationId, clientId, text, replyTo, mentions }: Partial<Record<keyof Sending, unknown>> = { ...value };
    if (typeof conversationId !== "string" || typeof clientId !== "string" || typeof text !== "string") return null;
    return {
      conversationId,
      clientId,
      text,
      replyTo: typeof replyTo === "number" ? replyTo : null,
      mentions: Array.isArray(mentions) ? mentions.filter((each) => typeof each === "string") : [],
    };
  } catch {
    return null;
  }
}

/** Not `randomUUID`: pages without TLS, on somebody's own network, lack it. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
