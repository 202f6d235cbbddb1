/** Owns the defaults for what the SDK takes from its surroundings: clock, sockets, wakeups, ids, locks between tabs. */
import type { Channel, Clock, CommonGround, SocketConstructor, SocketLike, Wakeups } from "./contract/platform.ts";

/** The longest delay that timers take; beyond it they fire at once. */
const timerMsMax = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, Math.min(ms, timerMsMax));
    return () => clearTimeout(timer);
  },
};

/** Opens sockets by the class given, or by the platform's own; that one is looked up at each call, for a page may replace it. */
export function socketsOf(given: SocketConstructor | undefined): (url: string, protocols: string[]) => SocketLike {
  return (url, protocols) => (given === undefined ? new WebSocket(url, protocols) : new given(url, protocols));
}

/** Globals that a page has and that workers, Node and Workers lack. No other file of the SDK names them. */
interface PageGlobals {
  readonly window?: EventTarget;
  readonly document?: EventTarget & { readonly visibilityState: string };
}

/** They are looked up at each call, so that nothing happens at import. */
function pageGlobals(): PageGlobals {
  return globalThis as PageGlobals;
}

/** The network coming back and the page becoming visible, where there is a page; elsewhere never. */
export const pageWakeups: Wakeups = {
  // Node has a `navigator` without `onLine`: only a plain false means that there is no network.
  isOffline: () => typeof navigator === "object" && navigator.onLine === false,
  subscribe: (listener) => {
    const { window, document } = pageGlobals();
    if (window === undefined || document === undefined) return () => undefined;
    const onVisibility = () => {
      if (document.visibilityState === "visible") listener();
    };
    window.addEventListener("online", listener);
    window.addEventListener("offline", listener);
    window.addEventListener("pageshow", listener);
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      window.removeEventListener("online", listener);
      window.removeEventListener("offline", listener);
      window.removeEventListener("pageshow", listener);
      document.removeEventListener("visibilitychange", onVisibility);
    };
  },
  isHidden: () => pageGlobals().document?.visibilityState === "hidden",
  watchRest: (listener) => {
    const { window, document } = pageGlobals();
    if (window === undefined || document === undefined) return () => undefined;
    const onRest = () => listener(true);
    const onWake = () => listener(false);
    // The page is frozen, or left for another one, and the user may come back to it.
    const events = [
      [document, "freeze", onRest],
      [window, "pagehide", onRest],
      [document, "resume", onWake],
      [window, "pageshow", onWake],
    ] as const;
    for (const [target, type, react] of events) target.addEventListener(type, react);
    return () => {
      for (const [target, type, react] of events) target.removeEventListener(type, react);
    };
  },
};

/** What pages and workers of one origin share. Elsewhere a channel would keep the program from ending, and no storage is shared. */
export function browserCommon(): CommonGround {
  if (pageGlobals().document === undefined && !("WorkerNavigator" in globalThis)) return {};
  return {
    locks: typeof navigator === "object" ? navigator.locks : undefined,
    openChannel: typeof BroadcastChannel === "function" ? openBroadcast : undefined,
  };
}

function openBroadcast(name: string): Channel {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    listen: (listener) => channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => listener(data)),
    close: () => channel.close(),
  };
}

/** 144 random bits, in the letters that every id of the protocol allows. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/** Waits; the clock is the SDK's, so that a test can wind it. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
