/** Owns the addresses of the web app. People keep them and send them to each other, so they outlive every deploy. */

/**
 * A page of the app: the inbox alone, a conversation, perhaps at one of its messages, an invite, a device that asks to be signed in. `userId` names the account whose page it is, for
 * a browser that is signed in to several. An address without it belongs to whichever account has the conversation.
 */
export type AppPage =
  | { readonly at: "inbox"; readonly userId?: string }
  | { readonly at: "conversation"; readonly userId?: string; readonly conversationId: string; readonly seq?: number }
  | { readonly at: "join"; readonly code: string }
  | { readonly at: "link"; readonly code: string };

const accountPath = /^\/u\/([A-Za-z0-9_.-]{1,64})(\/c\/.*)?$/;
const conversationPath = /^\/c\/([A-Za-z0-9_.-]{1,64})(?:\/m\/([1-9][0-9]{0,14}))?$/;
const linkPath = /^\/link\/([A-Za-z0-9-]{1,64})$/;
const invitePath = /^\/join\/([A-Za-z0-9_.-]{1,200})$/;

/** The page at an address; null where the app has none. */
export function pageAt(path: string): AppPage | null {
  const [, userId, rest = "/"] = accountPath.exec(path) ?? [];
  if (userId !== undefined) {
    const page = pageAt(rest);
    return page === null || page.at === "join" || page.at === "link" ? null : { ...page, userId };
  }
  if (path === "/") return { at: "inbox" };
  const [, conversationId, seq] = conversationPath.exec(path) ?? [];
  if (conversationId !== undefined)
    return { at: "conversation", conversationId, ...(seq === undefined ? {} : { seq: Number(seq) }) };
  const [, linked] = linkPath.exec(path) ?? [];
  if (linked !== undefined) return { at: "link", code: linked };
  const [, code] = invitePath.exec(path) ?? [];
  return code === undefined ? null : { at: "join", code };
}

export function pathOfPage(page: AppPage): string {
  switch (page.at) {
    case "inbox":
      return page.userId === undefined ? "/" : `/u/${page.userId}`;
    case "conversation": {
      const account = page.userId === undefined ? "" : `/u/${page.userId}`;
      return `${account}/c/${page.conversationId}${page.seq === undefined ? "" : `/m/${page.seq}`}`;
    }
    case "join":
      return `/join/${page.code}`;
    case "link":
      return `/link/${page.code}`;
  }
}
