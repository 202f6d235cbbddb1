/**
 * Owns when a secret leaves the screen by itself: when the account's session ends here, when the page is left (a browser keeps a page that was left, and shows it again), and after a
 * while in which nobody looked. Closing its dialog forgets it anyway.
 */
import { useEffect, useEffectEvent } from "react";
import { useAccount } from "../accounts/account-context.ts";

/** Long enough to fetch a password manager, or a pen. */
const unseenMsMax = 10 * 60_000;

export function useEndOfSight(isShown: boolean, hide: () => void): void {
  const { connection } = useAccount();
  const end = useEffectEvent(hide);
  useEffect(() => {
    if (!isShown) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const locked = () => {
      if (connection.getSnapshot().status === "reauth") end();
    };
    const left = () => end();
    const looked = () => {
      clearTimeout(timer);
      if (document.visibilityState === "hidden") timer = setTimeout(left, unseenMsMax);
    };
    locked();
    const unsubscribe = connection.subscribe(locked);
    addEventListener("pagehide", left);
    document.addEventListener("visibilitychange", looked);
    return () => {
      unsubscribe();
      clearTimeout(timer);
      removeEventListener("pagehide", left);
      document.removeEventListener("visibilitychange", looked);
    };
  }, [isShown, connection]);
}
