/** Owns that what was done without network goes out although the app is closed before there is one. */
import { useEffect } from "react";
import type { Account } from "parley-sdk";
import { sendLater } from "../pushes/send-later.ts";

export function useSentLater(accounts: readonly Account[]): void {
  useEffect(() => {
    if (!("serviceWorker" in navigator)) return undefined;
    const ends = accounts.flatMap(({ connection, unsent, unanswered }) => {
      let isAsked = false;
      const look = () => {
        const isWaiting =
          connection.getSnapshot().status === "offline" && unsent.getSnapshot() + unanswered.getSnapshot() > 0;
        if (isWaiting && !isAsked) void navigator.serviceWorker.ready.then(sendLater, () => undefined);
        isAsked = isWaiting;
      };
      look();
      return [connection, unsent, unanswered].map((each) => each.subscribe(look));
    });
    return () => {
      for (const end of ends) end();
    };
  }, [accounts]);
}
