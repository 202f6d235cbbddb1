/** Owns sending a text from the composer. It is kept in the browser until the SDK has stored it, and given back if it cannot be sent at all. */
import { numberText } from "../texts/formats.ts";
import { t } from "@lingui/core/macro";
import {
  type Account,
  type AttachmentSource,
  codePoints,
  type ConversationHandle,
  handlesIn,
  isBlank,
  limits,
  ParleyError,
  type OpenTabs,
  type User,
} from "parley-sdk";
import { browserStore } from "../browser/browser-store.ts";

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

/** What is written to mention all members of a group, in every language. A member who has this handle is meant alone. */
export const allHandle = "all";

export function mentionsAllIn(text: string, members: readonly Pick<User, "handle">[]): boolean {
  return handlesIn(text).has(allHandle) && members.every(({ handle }) => handle !== allHandle);
}

/** The handles in a text that none of them has. */
export function handlesBeyond(text: string, members: readonly Pick<User, "handle">[]): string[] {
  const known = new Set(members.map(({ handle }) => handle));
  return [...handlesIn(text)].filter((handle) => !known.has(handle));
}

/** Whom a text mentions. */
export interface Mentioned {
  /** The ids of those whom this page knows. */
  readonly mentions: readonly string[];
  /** The handles that it does not know, for which the SDK asks the server before the text is sent. */
  readonly mentionHandles: readonly string[];
  /** Whether it mentions all members. */
  readonly mentionsAll?: boolean;
}

interface SendAsk extends Mentioned {
  readonly tabs: OpenTabs;
  readonly text: string;
  readonly replyTo: number | null;
  readonly attachments?: readonly AttachmentSource[];
  /** Called if the SDK did not take the message, so that it is not in the timeline. The text must not be lost. */
  readonly onUnsendable: (error: unknown) => void;
}

export function sendMessage({ userId }: Account, conversation: ConversationHandle, ask: SendAsk): void {
  const { tabs, text, replyTo, attachments = [], mentions, mentionHandles, mentionsAll = false, onUnsendable } = ask;
  const [clientId, conversationId] = [randomId(), conversation.id];
  const whom = { mentions, mentionHandles, mentionsAll };
  keptAt = Math.max(keptAt + 1, Date.now());
  const sending = { tab: tabs.name, keptAt, conversationId, clientId, text, replyTo, ...whom };
  handOver(conversation, userId, sending, attachments).catch((error: unknown) => {
    // The user has cancelled it.
    if (error instanceof ParleyError && error.code === "discarded") return;
    const isShown = conversation.timeline
      .getSnapshot()
      .entries.some((entry) => entry.kind === "pending" && entry.pending.clientId === clientId);
    if (!isShown) onUnsendable(error);
  });
}

/** Rises with each message that this page keeps, whatever the clock does. */
let keptAt = 0;

/** Gives the message to the SDK, and keeps it in the browser until the SDK has stored it, for the page may end before. */
async function handOver(
  conversation: ConversationHandle,
  userId: string,
  sending: Sending,
  attachments: readonly AttachmentSource[] = [],
): Promise<void> {
  const { clientId, text, replyTo, mentions, mentionHandles, mentionsAll = false } = sending;
  const key = `${sendingPrefix(userId)}${clientId}`;
  // Files cannot be kept here, and the text must not go without them.
  if (attachments.length === 0) browserStore.set(key, JSON.stringify(sending));
  const onKept = () => browserStore.remove(key);
  const more = { ...(replyTo !== null && { replyTo }), ...(mentionsAll && { mentionsAll }) };
  try {
    await conversation.send(text, { clientId, mentions, mentionHandles, attachments, onKept, ...more });
  } finally {
    onKept();
  }
}

/**
 * Sends messages that an earlier page kept and ended before the SDK had stored them, in the order in which they were written. They keep their `clientId`, so that none is
 * sent twice. One page alone takes a message, and none that its own page is about to hand over.
 */
export async function sendLeftOver(account: Account, tabs: OpenTabs): Promise<void> {
  const { userId } = account;
  const at = (key: string) => readSending(browserStore.get(key))?.keptAt ?? 0;
  for (const key of browserStore.keys(sendingPrefix(userId)).toSorted((a, b) => at(a) - at(b)))
    await tabs.exclusive(key, async () => {
      const text = browserStore.get(key);
      if (text === null) return;
      const sending = readSending(text);
      if (sending === null) return browserStore.remove(key);
      if ((await tabs.running()).has(sending.tab)) {
        if (sending.tab === tabs.name) return;
        return void tabs.ended(sending.tab).then(() => sendLeftOver(account, tabs));
      }
      handOver(account.conversation(sending.conversationId), userId, { ...sending, tab: tabs.name }).catch(
        () => undefined,
      );
    });
}

interface Sending extends Mentioned {
  /** The tab that hands it over. */
  readonly tab: string;
  /** When it was written, by the clock of the device; later for each that the page kept after it. */
  readonly keptAt: number;
  readonly conversationId: string;
  readonly clientId: string;
  readonly text: string;
  readonly replyTo: number | null;
}

/** The kept messages of one account are stored under keys that begin with this. They are removed when it signs out. */
export function sendingPrefix(userId: string): string {
  return `parley.sending.${userId}.`;
}

function readSending(json: string | null): Sending | null {
  try {
    const value: unknown = JSON.parse(json ?? "null");
    if (typeof value !== "object" || value === null) return null;
    const fields: Partial<Record<keyof Sending, unknown>> = { ...value };
    const { tab, keptAt: at, conversationId, clientId, text, replyTo, mentions, mentionHandles, mentionsAll } = fields;
    if (typeof conversationId !== "string" || typeof clientId !== "string" || typeof text !== "string") return null;
    return {
      // Pages of an older version did not name themselves.
      tab: typeof tab === "string" ? tab : "",
      keptAt: typeof at === "number" ? at : 0,
      conversationId,
      clientId,
      text,
      replyTo: typeof replyTo === "number" ? replyTo : null,
      mentions: textsOf(mentions),
      mentionHandles: textsOf(mentionHandles),
      mentionsAll: mentionsAll === true,
    };
  } catch {
    return null;
  }
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

/** Not by `randomUUID`, which pages on plain http lack. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
