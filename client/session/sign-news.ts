/** Owns the messages by which the tabs of a browser learn that an account was signed in or out, or has another profile or other settings. They need no network. */
import { z } from "zod";
import type { OpenChannel } from "../contract/platform.ts";

const signNews = z.union([
  z.object({ signedOut: z.string(), deviceId: z.string().optional() }),
  z.object({ signedIn: z.string() }),
  z.object({ changed: z.string() }),
]);
/**
 * Ids of users. A sign-in is in storage before the message is sent. A sign-out names the device that it ends: a tab may receive it after another tab
 * has signed in again. `changed`: the server has another profile or other settings of the user, which are to be asked for.
 */
export type SignNews = z.infer<typeof signNews>;

export interface SignChannel {
  post(news: SignNews): void;
  /** Calls the listener with each message of another tab. */
  listen(listener: (news: SignNews) => void): void;
  close(): void;
}

export function signChannelOf(baseUrl: string, openChannel: OpenChannel | undefined): SignChannel {
  if (openChannel === undefined) return { post: () => undefined, listen: () => undefined, close: () => undefined };
  const channel = openChannel(`parley ${baseUrl}`);
  return {
    post: (news) => channel.post(news),
    listen: (listener) => {
      channel.listen((message) => {
        const parsed = signNews.safeParse(message);
        if (parsed.success) listener(parsed.data);
      });
    },
    close: () => channel.close(),
  };
}
