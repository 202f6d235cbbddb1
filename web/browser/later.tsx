/**
 * Owns the parts of the app that come after the first screen: each is a file of its own, which is fetched when the part is first shown. Those that nearly everybody
 * wants soon are fetched before, when the page has nothing else to do. The service worker keeps them all, so that they are there without network, too.
 */
import { t } from "@lingui/core/macro";
import {
  type ComponentType,
  type JSX,
  type ReactNode,
  startTransition,
  useEffect,
  useEffectEvent,
  useState,
} from "react";
import type { Observable } from "parley-sdk";
import { afterFrame } from "./after-frame.ts";
import { sometime } from "./sometime.ts";
import { State } from "./state.ts";

interface LaterOptions<P> {
  /** What stands there until the part has come, and around the line that says it cannot be fetched. Without it nothing stands there, and the line alone. */
  readonly Frame?: (props: { readonly children?: ReactNode }) => JSX.Element;
  /** Whether a first screen shows it: it needs no texts but those that are here from the beginning. */
  readonly isFirst?: boolean;
  /** Whether the part is fetched as soon as the page is idle. */
  readonly isSoon?: boolean;
  /** Whether it comes only after the first screen, also where it is shown with it. Nobody waits for it, so it is never said to be missing. */
  readonly isAfterFirst?: boolean;
  /** What takes the part away where it cannot be fetched, such as closing a dialog. Without it a line stands in its place, which offers to try again. */
  readonly whenMissing?: (props: P) => void;
}

type Part<P> = ((props: P) => JSX.Element | null) & {
  /** Fetches it before it is shown. */ readonly fetch: () => void;
};

const waiting: (() => Promise<unknown>)[] = [];
const missed = new State(0);
let fetchNeeded = async (): Promise<void> => undefined;

/** Counts the parts that were to be shown and could not be fetched. */
export const missedParts: Observable<number> = missed;

/** What is fetched beside each part that no first screen shows. To be called before the first is fetched. */
export function partsNeed(fetch: () => Promise<void>): void {
  fetchNeeded = fetch;
}

export function later<P extends object>(load: () => Promise<ComponentType<P>>, options: LaterOptions<P> = {}): Part<P> {
  const { Frame, isFirst = false, isSoon = false, isAfterFirst = false, whenMissing } = options;
  let loaded: ComponentType<P> | undefined;
  let loading: Promise<ComponentType<P>> | undefined;
  const fetch = (): Promise<ComponentType<P>> => {
    loading ??= Promise.all([load().catch(load), isFirst ? undefined : fetchNeeded().catch(fetchNeeded)]).then(
      ([part]) => (loaded = part),
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  };
  if (isSoon) {
    waiting.push(fetch);
    void fetchWaiting();
  }

  function Later(props: P): JSX.Element | null {
    // What has come already is there at once, and not a moment later: the focus may have moved on by then.
    const [Present, setPresent] = useState<ComponentType<P> | undefined>(() => loaded);
    const [isMissing, setIsMissing] = useState(false);
    const show = useEffectEvent(() => {
      let isWanted = true;
      const ask = () =>
        (isAfterFirst ? firstIdle.then(() => sometime(fetch)) : fetch()).then(
          (part) => {
            if (!isWanted) return;
            const present = () => setPresent(() => part);
            // After the first screen what the user does meanwhile comes first.
            if (isIdle) startTransition(present);
            else present();
          },
          () => {
            if (!isWanted) return;
            setIsMissing(true);
            if (whenMissing === undefined) return;
            missed.set(missed.getSnapshot() + 1);
            whenMissing(props);
          },
        );
      // The frame that answers a press comes first: to ask for the files takes a slow processor longer.
      let takeBack: (() => void) | undefined;
      if (isIdle && loading === undefined) takeBack = afterFrame(() => void ask());
      else void ask();
      return () => {
        isWanted = false;
        takeBack?.();
      };
    });
    const isWaiting = Present === undefined && !isMissing;
    useEffect(() => (isWaiting ? show() : undefined), [isWaiting]);
    if (Present !== undefined) return <Present {...props} />;
    const missing = isMissing && whenMissing === undefined && <Missing onAgain={() => setIsMissing(false)} />;
    return Frame === undefined ? missing || null : <Frame>{missing}</Frame>;
  }
  return Object.assign(Later, { fetch: () => void fetch().catch(() => undefined) });
}

function Missing({ onAgain }: { onAgain: () => void }): JSX.Element {
  return (
    <p className="part-missing" role="status">
      {t`This part of the app could not be loaded. Try again when there is a connection.`}{" "}
      <button type="button" className="button-link" onClick={onAgain}>
        {t`Try again`}
      </button>
    </p>
  );
}

let isIdle = false;
let isFetching = false;
let beIdle = (): void => undefined;

/** Resolves once the page has shown its first screen and has nothing else to do. What the first screen does not need waits for it. */
export const firstIdle = new Promise<void>((resolve) => (beIdle = resolve));

/** To be called by whatever is the first screen. */
export function useFirstScreen(): void {
  useEffect(() => fetchLaterParts(), []);
}

/** The parts that are wanted soon are fetched once the page is idle, and those that parts bring with them; one that does not come now is fetched when it is shown. */
function fetchLaterParts(): void {
  const begin = () => {
    isIdle = true;
    beIdle();
    void fetchWaiting();
  };
  if ("requestIdleCallback" in window) requestIdleCallback(begin, { timeout: 1_000 });
  else setTimeout(begin, 500);
}

/** One after the other, so that messages need not wait behind them. */
async function fetchWaiting(): Promise<void> {
  if (!isIdle || isFetching) return;
  isFetching = true;
  for (let load = waiting.shift(); load !== undefined; load = waiting.shift()) await load().catch(() => undefined);
  isFetching = false;
}
