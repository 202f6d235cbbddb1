/** Owns the addresses of the web app. People keep them and send them to each other, so they outlive every deploy. */

/** A page of the app: the inbox alone, a conversation, perhaps at one of its messages, an invite. */
export type AppPage =
  | { readonly at: "inbox" }
  | { readonly at: "conversation"; readonly conversationId: string; readonly seq?: number }
  | { readonly at: "join"; readonly code: string };

const conversationPath = /^\/c\/([A-Za-z0-9_.-]{1,64})(?:\/m\/([1-9][0-9]{0,14}))?$/;
const invitePath = /^\/join\/([A-Za-z0-9_.-]{1,200})$/;

/** The page at an address; null where the app has none. */
export function pageAt(path: string): AppPage | null {
  if (path === "/") return { at: "inbox" };
  const [, conversationId, seq] = conversationPath.exec(path) ?? [];
  if (conversationId !== undefined)
    return { at: "conversation", conversationId, ...(seq === undefined ? {} : { seq: Number(seq) }) };
  const [, code] = invitePath.exec(path) ?? [];
  return code === undefined ? null : { at: "join", code };
}

export function pathOfPage(page: AppPage): string {
  switch (page.at) {
    case "inbox":
      return "/";
    case "conversation":
      return `/c/${page.conversationId}${page.seq === undefined ? "" : `/m/${page.seq}`}`;
    case "join":
      return `/join/${page.code}`;
  }
}
