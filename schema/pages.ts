/** Owns the addresses of the web app. People keep them and send them to each other, so they outlive every deploy. */

/** What a page asks the app to begin: a shortcut on the home screen, or what another app shares with it. */
export const starts = ["chat", "group", "search", "share"] as const;
export type Start = (typeof starts)[number];

/**
 * A page of the app: the inbox alone, or a conversation, perhaps at one of its messages. `userId` names the account whose page it is, for
 * a browser that is signed in to several. An address without it belongs to whichever account has the conversation.
 */
export type AccountPage =
  | { readonly at: "inbox"; readonly userId?: string }
  | { readonly at: "conversation"; readonly userId?: string; readonly conversationId: string; readonly seq?: number };

/** The other pages are of no account: an invite, a device that asks to be signed in, a person by the handle, something to begin. They lead to the inbox of the account on screen. */
export type AppPage =
  | AccountPage
  | { readonly at: "join"; readonly code: string }
  | { readonly at: "link"; readonly code: string }
  | { readonly at: "person"; readonly handle: string }
  | { readonly at: "start"; readonly what: Start };

export function isAccountPage(page: AppPage): page is AccountPage {
  return page.at === "inbox" || page.at === "conversation";
}

const accountPath = /^\/u\/([A-Za-z0-9_.-]{1,64})(\/c\/.*)?$/;
const conversationPath = /^\/c\/([A-Za-z0-9_.-]{1,64})(?:\/m\/([1-9][0-9]{0,14}))?$/;
const linkPath = /^\/link\/([A-Za-z0-9-]{1,64})$/;
const invitePath = /^\/join\/([A-Za-z0-9_.-]{1,200})$/;
/** No id has an `@`. */
const personPath = /^\/u\/@([A-Za-z0-9_.]{3,32})$/;
const startPath = /^\/start\/([a-z]+)$/;

/** The page at an address; null where the app has none. */
export function pageAt(path: string): AppPage | null {
  const [, userId, rest = "/"] = accountPath.exec(path) ?? [];
  if (userId !== undefined) {
    const page = pageAt(rest);
    return page === null || !isAccountPage(page) ? null : { ...page, userId };
  }
  if (path === "/") return { at: "inbox" };
  const [, conversationId, seq] = conversationPath.exec(path) ?? [];
  if (conversationId !== undefined)
    return { at: "conversation", conversationId, ...(seq === undefined ? {} : { seq: Number(seq) }) };
  const [, linked] = linkPath.exec(path) ?? [];
  if (linked !== undefined) return { at: "link", code: linked };
  const [, code] = invitePath.exec(path) ?? [];
  if (code !== undefined) return { at: "join", code };
  const [, handle] = personPath.exec(path) ?? [];
  if (handle !== undefined) return { at: "person", handle: handle.toLowerCase() };
  const what = starts.find((each) => each === startPath.exec(path)?.[1]);
  return what === undefined ? null : { at: "start", what };
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
    case "person":
      return `/u/@${page.handle}`;
    case "start":
      return `/start/${page.what}`;
  }
}
