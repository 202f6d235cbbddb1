/** Owns how many messages count as unread, and that number on the app's icon, where the system shows one. */
import type { InboxState, Summary } from "parley-sdk";

/** The unread messages of an account, wherever the app shows one number for all its chats. */
export function unreadOf({ conversations, archived }: Pick<InboxState, "conversations" | "archived">): number {
  return unreadIn(conversations) + unreadIn(archived);
}

/** As the server counts it for pushes: muted and archived chats too, requests not. */
export function unreadIn(rows: readonly Pick<Summary, "unread" | "request">[]): number {
  return rows.reduce((sum, { unread, request }) => sum + (request ? 0 : unread), 0);
}

interface Badged {
  readonly setAppBadge?: (count: number) => Promise<void>;
  readonly clearAppBadge?: () => Promise<void>;
}

/** Works in pages and in service workers. A browser that refuses shows none. */
export async function showBadge(navigator: object, count: number): Promise<void> {
  const badged: Badged = navigator;
  await (count > 0 ? badged.setAppBadge?.(count) : badged.clearAppBadge?.())?.catch(() => undefined);
}
