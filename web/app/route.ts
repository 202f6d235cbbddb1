/** Owns the addresses of the app: what stands behind the `#`, so that any of them can be reloaded, bookmarked and sent to somebody. */
import { useMemo, useSyncExternalStore } from "react";

export type Route =
  | { readonly at: "inbox" }
  | { readonly at: "conversation"; readonly conversationId: string }
  | { readonly at: "join"; readonly code: string };

const id = /^[A-Za-z0-9_.-]{1,64}$/;
const code = /^[A-Za-z0-9_.-]{1,200}$/;

export function parseRoute(hash: string): Route {
  const [, page, what] = hash.replace(/^#/, "").split("/");
  if (page === "c" && what !== undefined && id.test(what)) return { at: "conversation", conversationId: what };
  if (page === "join" && what !== undefined && code.test(what)) return { at: "join", code: what };
  return { at: "inbox" };
}

export function hashOf(route: Route): string {
  switch (route.at) {
    case "inbox":
      return "#/";
    case "conversation":
      return `#/c/${route.conversationId}`;
    case "join":
      return `#/join/${route.code}`;
  }
}

export function navigate(route: Route, { isReplacing = false }: { isReplacing?: boolean } = {}): void {
  const hash = hashOf(route);
  if (location.hash === hash) return;
  if (isReplacing) location.replace(hash);
  else location.hash = hash;
}

export function openConversation(conversationId: string): void {
  navigate({ at: "conversation", conversationId });
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}

/** The code in what somebody pasted: a whole link or the code alone. */
export function inviteCodeIn(text: string): string | null {
  const trimmed = text.trim();
  const hash = trimmed.includes("#") ? trimmed.slice(trimmed.indexOf("#")) : `#/join/${trimmed}`;
  const route = parseRoute(hash);
  return route.at === "join" ? route.code : null;
}

export function inviteLink(inviteCode: string): string {
  return `${location.origin}/${hashOf({ at: "join", code: inviteCode })}`;
}
