/** Owns telling the other tabs of a browser that an account was signed out here, which no server can tell them while there is no network. */
import { z } from "zod";

const told = z.object({ signedOut: z.string() });

export interface SignOuts {
  tell(userId: string): void;
  /** Calls the listener with the id of each account that another tab signs out; answers the function that ends it. */
  listen(listener: (userId: string) => void): () => void;
}

export function signOutsOf(baseUrl: string): SignOuts {
  // Only pages share their storage; elsewhere a channel would keep the program from ending.
  if (typeof document !== "object" || typeof BroadcastChannel !== "function")
    return { tell: () => undefined, listen: () => () => undefined };
  const channel = new BroadcastChannel(`parley ${baseUrl}`);
  return {
    tell: (userId) => channel.postMessage({ signedOut: userId }),
    listen: (listener) => {
      const heard = ({ data }: MessageEvent<unknown>) => {
        const parsed = told.safeParse(data);
        if (parsed.success) listener(parsed.data.signedOut);
      };
      channel.addEventListener("message", heard);
      return () => channel.removeEventListener("message", heard);
    },
  };
}
