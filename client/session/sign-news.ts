/** Owns telling the other tabs of a browser that an account was signed in or out here, which no server can tell them while there is no network. */
import { z } from "zod";
import type { OpenChannel } from "../contract/platform.ts";

const signNews = z.union([z.object({ signedOut: z.string() }), z.object({ signedIn: z.string() })]);
/** Ids of users. What of them is stored was written before it is told. */
export type SignNews = z.infer<typeof signNews>;

export interface SignChannel {
  tell(news: SignNews): void;
  /** Calls the listener with what other tabs tell. */
  listen(listener: (news: SignNews) => void): void;
  close(): void;
}

export function signChannelOf(baseUrl: string, openChannel: OpenChannel | undefined): SignChannel {
  if (openChannel === undefined) return { tell: () => undefined, listen: () => undefined, close: () => undefined };
  const channel = openChannel(`parley ${baseUrl}`);
  return {
    tell: (news) => channel.post(news),
    listen: (listener) => {
      channel.listen((message) => {
        const parsed = signNews.safeParse(message);
        if (parsed.success) listener(parsed.data);
      });
    },
    close: () => channel.close(),
  };
}
