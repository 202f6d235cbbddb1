/**
 * Owns the pages of messages with links. They are found by the chat's own search, which knows the words of all messages, also of archived ones: each link begins with one of two words.
 * So no link is noted anywhere when a message is sent.
 */
import type { CallOptions, ConversationHandle, Message, SearchPage } from "parley-sdk";
import type { Found, PageOfHits } from "../../../search/hit-pages.ts";
import { partsOf } from "../../message/text/text-parts.ts";

/** Words are found by their beginning, so the first one finds "https", too. */
const words = ["http", "www"];

export interface LinkInText {
  readonly href: string;
  /** As the page shows it. */
  readonly shown: string;
}

/** A page of both searches. `cursor` has the place of each; null where it has ended. */
export async function linkPage(
  conversation: Pick<ConversationHandle, "search" | "loadFullMessage">,
  { cursor, limit, ...options }: PageOfHits,
): Promise<SearchPage<Found>> {
  const places: unknown = cursor === undefined ? words.map(() => "") : JSON.parse(cursor);
  const pages = await Promise.all(
    words.map(async (word, index) => {
      const place: unknown = Array.isArray(places) ? places[index] : null;
      if (typeof place !== "string") return { items: [], cursor: null, missing: [] };
      return await conversation.search(word, { limit, ...options, ...(place === "" ? {} : { cursor: place }) });
    }),
  );
  const found = new Map<number, Message>();
  for (const { items } of pages) for (const { message } of items) found.set(message.seq, message);
  const messages = await Promise.all([...found.values()].map((message) => reached(conversation, message, options)));
  const isOver = pages.every((page) => page.cursor === null);
  return {
    items: messages
      .filter((message) => linksIn(message.text).length > 0)
      .sort((one, other) => other.seq - one.seq)
      .map((message) => ({ message })),
    cursor: isOver ? null : JSON.stringify(pages.map((page) => page.cursor)),
    missing: pages.flatMap((page) => page.missing),
  };
}

/** Lists carry only the beginning of a long message, in which its links may be missing. */
async function reached(
  conversation: Pick<ConversationHandle, "loadFullMessage">,
  message: Message,
  options: CallOptions,
): Promise<Message> {
  return message.truncated === true ? await conversation.loadFullMessage(message.seq, options) : message;
}

/** The links to pages, each once, in the order of the text. */
export function linksIn(text: string): readonly LinkInText[] {
  const links = new Map<string, LinkInText>();
  for (const part of partsOf(text, new Map()))
    if (part.kind === "link" && /^https?:/.test(part.href) && !links.has(part.href))
      links.set(part.href, { href: part.href, shown: part.shown });
  return [...links.values()];
}
