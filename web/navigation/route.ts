/**
 * Owns the app's addresses. They stand behind the `#`: each can be reloaded, bookmarked and sent to somebody, and the browser sends none of
 * them to a server. This matters because an invite's address is a secret.
 */
import { useMemo, useSyncExternalStore } from "react";
import { type AppPage, isAccountPage, pageAt, pathOfPage } from "parley-sdk";
import { isEntryMarked } from "./back.ts";

export type Route = AppPage;

export function parseRoute(hash: string): Route {
  const [, ...parts] = hash.replace(/^#/, "").replace(/\/$/, "").split("/");
  // What a later version may add behind the address of an account or a conversation leads to the account or the conversation.
  for (const count of [parts.length, 4, 2]) {
    const page = pageAt(`/${parts.slice(0, count).join("/")}`);
    if (page !== null) return page;
  }
  return { at: "inbox" };
}

/** The account that an address names. */
export function ownerOf(route: Route): string | undefined {
  return isAccountPage(route) ? route.userId : undefined;
}

/** The address of a page. Unless the page names an account, it is one of the account that the present address names. */
export function hashOf(route: Route): string {
  const here = typeof location === "object" ? ownerOf(parseRoute(location.hash)) : undefined;
  return `#${pathOfPage(!isAccountPage(route) || here === undefined ? route : { userId: here, ...route })}`;
}

/** Puts the `#` into an address that came without it. This is done before anything reads the address. */
export function mendAddress(): void {
  const page = location.hash === "" ? pageAt(location.pathname) : null;
  if (location.pathname !== "/") history.replaceState(null, "", `/${page === null ? location.hash : hashOf(page)}`);
}

export function navigate(route: Route, { isReplacing = false }: { isReplacing?: boolean } = {}): void {
  const hash = hashOf(route);
  if (location.hash === hash) return;
  if (isReplacing || isEntryMarked()) location.replace(hash);
  else location.hash = hash;
}

export function openConversation(conversationId: string): void {
  navigate({ at: "conversation", conversationId });
}

/** A link for others. It names no account, because theirs is another one. */
export function messageLink(conversationId: string, seq: number): string {
  return `${location.origin}/#${pathOfPage({ at: "conversation", conversationId, seq })}`;
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}

/** The invite code in a pasted text, which is a link, with or without its `#`, or the code alone. */
export function inviteCodeIn(text: string): string | null {
  const written = text.trim();
  const [, path = `/join/${written}`] = /(\/join\/[^/?#]+)\/?$/.exec(written) ?? [];
  const page = pageAt(path);
  return page?.at === "join" ? page.code : null;
}

/** The address that the QR code of a device has which asks to be signed in. */
export function linkAddress(code: string): string {
  return `${location.origin}/${hashOf({ at: "link", code })}`;
}

/** The link by which others find a person. */
export function personLink(handle: string): string {
  return `${location.origin}/${hashOf({ at: "person", handle })}`;
}

export function inviteLink(inviteCode: string): string {
  return `${location.origin}/${hashOf({ at: "join", code: inviteCode })}`;
}
