/** Owns the opening of an account's sockets: to the server, or by way of the tab that leads. */
import { protocol } from "../../schema/wire/frames/version.ts";
import type { SocketLike } from "../contract/platform.ts";
import type { Http } from "../link/http.ts";
import type { Session } from "../session/session.ts";
import type { SocketAsk } from "./tab-messages.ts";
import type { Tabs } from "./tabs.ts";

export interface OpeningParts {
  readonly http: Http;
  readonly session: Pick<Session, "token">;
  readonly tabs: Pick<Tabs, "decided" | "isDecided" | "isFollowing" | "open">;
  readonly openSocket: (url: string, protocols: string[]) => SocketLike;
}

/** `ask` is asked last of all, `listen` called in the moment of opening. Errors: those of getting an access token. */
export type OpenAccountSocket = (ask: () => SocketAsk, listen: (socket: SocketLike) => void) => Promise<void>;

export function openingOf({ http, session, tabs, openSocket }: OpeningParts): OpenAccountSocket {
  return async (ask, listen) => {
    let token = "";
    do {
      await tabs.decided();
      // The tab that leads has its own.
      token = tabs.isFollowing ? "" : await session.token();
      // The browser may have announced meanwhile that it freezes the page: then another tab may lead when the page goes on.
    } while (!tabs.isDecided);
    if (tabs.isFollowing) return listen(tabs.open(ask()));
    listen(openSocket(addressOf(http, ask()), [protocol, `bearer.${token}`]));
  };
}

function addressOf(http: Http, ask: SocketAsk): string {
  if (ask.kind === "sync") return http.url("/v1/sync", { since: ask.since, epoch: ask.epoch }, "ws");
  return http.url(`/v1/conversations/${ask.conversationId}/live`, { rev: ask.rev, epoch: ask.epoch }, "ws");
}
