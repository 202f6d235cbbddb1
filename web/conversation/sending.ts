/** Owns sending a text from the composer. It is kept in the browser until the SDK has stored it, and given back if it cannot be sent at all. */
import { numberText } from "../texts/formats.ts";
import { t } from "@lingui/core/macro";
import { type Account, codePoints, type ConversationHandle, handlesIn, isBlank, limits, type User } from "parley-sdk";
import { kept } from "../browser/kept.ts";

/** Why a text cannot be sent; null if it can. For a blank text it is "", because that needs no message to the user. */
export function sendFault(text: string): string | null {
  if (isBlank(text)) return "";
  const count = codePoints(text);
  if (count <= limits.textCodePointsMax) return null;
  const [length, most] = [numberText(count), numberText(limits.textCodePointsMax)];
  return t`Too long: ${length} of at most ${most} characters.`;
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
  /** Whom it may mention. A promise while the server is asked for some of them. */
  readonly members: readonly User[] | Promise<readonly User[]>;
  /** Called if the SDK did not take the message, so that it is not in the timeline. The text must not be lost. */
  readonly onUnsendable: (error: unknown) => void;
}

export function sendMessage(
  { userId }: Account,
  conversation: ConversationHandle,
  { text, replyTo, members, onUnsendable }: SendAsk,
): void {
  const clientId = randomId();
  const sending = { conversationId: conversation.id, clientId, text, replyTo };
  // The page may end before it is known whom the message mentions.
  if ("then" in members) kept.set(`${sendingPrefix(userId)}${clientId}`, JSON.stringify({ ...sending, mentions: [] }));
  inOrder(conversation, members, (known) => {
    const mentions = mentionedIn(text, known);
    return handOver(conversation, userId, { ...sending, mentions });
  }).catch((error: unknown) => {
    const isShown = conversation.timeline
      .getSnapshot()
      .entries.some((entry) => entry.kind === "pending" && entry.pending.clientId === clientId);
    if (!isShown) onUnsendable(error);
  });
}

export async function editMessage(
  conversation: ConversationHandle,
  seq: number,
  text: string,
  members: readonly User[] | Promise<readonly User[]>,
): Promise<void> {
  const known = "then" in members ? await members : members;
  await conversation.edit(seq, text, mentionedIn(text, known));
}

/** The last message of each conversation that waits until it is known whom it mentions. Later ones wait behind it. */
const waiting = new Map<string, Promise<unknown>>();

function inOrder(
  { id }: ConversationHandle,
  members: readonly User[] | Promise<readonly User[]>,
  send: (members: readonly User[]) => Promise<void>,
): Promise<void> {
  const before = waiting.get(id);
  if (before === undefined && !("then" in members)) return send(members);
  let sent: Promise<void> = Promise.resolve();
  const handed = Promise.all([members, before]).then(([known]) => {
    if (waiting.get(id) === handed) waiting.delete(id);
    sent = send(known);
  });
  waiting.set(id, handed);
  return handed.then(() => sent);
}

/** Gives the message to the SDK, and keeps it in the browser until the SDK has stored it, for the page may end before. */
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

/** Sends messages that an earlier page kept and ended before the SDK had stored them. They keep their `clientId`, so that none is sent twice. */
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

/** The kept messages of one account are stored under keys that begin with this. They are removed when it signs out. */
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

/** Not by `randomUUID`, which pages on plain http lack. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
