/** Owns the banner that says what is wrong with the connection. It is not there while all is well. */
import { numberText } from "../../texts/formats.ts";
import { sentences } from "../../texts/sentences.ts";
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Connection, ConnectionState } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { later } from "../../browser/later.tsx";
import { useHasLasted, useNow } from "../../browser/observe.ts";
import { useObservable } from "parley-sdk/react";

const SignInAgain = later(async () => (await import("./sign-in-again.tsx")).SignInAgain, { isSoon: true });

/** Most sockets open again sooner than this; a banner for so short a time would only flicker. */
const patienceMs = 1_200;

export function ConnectionBanner(): JSX.Element | null {
  const account = useAccount();
  const state = useObservable(account.connection);
  const isPassing = state.status === "connecting" || state.status === "catching-up";
  const isSlow = useHasLasted(isPassing, patienceMs);

  if (state.status === "online" || (isPassing && !isSlow)) return null;
  if (state.status === "reauth") return <SignInAgain />;
  return (
    <div
      className={`banner banner-${state.status}`}
      role="status"
      data-testid="connection-banner"
      data-status={state.status}
    >
      <Said state={state} />
      <TryNow connection={account.connection} state={state} />
    </div>
  );
}

function Said({ state }: { state: ConnectionState }): JSX.Element {
  const now = useNow(1_000, Date.now);
  const isRetrying = state.retryAt !== null && state.retryAt > now;
  const seconds = isRetrying ? Math.ceil(((state.retryAt ?? now) - now) / 1_000) : null;
  switch (state.status) {
    case "online":
      return <span />;
    case "connecting":
      return <span>{withWait(state.caughtUpAt === null ? t`Connecting…` : t`Reconnecting…`, seconds)}</span>;
    case "catching-up":
      return <span>{t`Fetching what is new…`}</span>;
    case "polling":
      return <span>{t`Live connections are blocked here; messages arrive a little later.`}</span>;
    case "offline":
      return (
        <span>
          {sentences(
            navigator.onLine ? withWait(t`The server cannot be reached.`, seconds) : t`You are offline.`,
            t`What you write is kept and sent later.`,
          )}
        </span>
      );
    case "stopped":
      return <span>{t`This tab is no longer connected, perhaps because Parley is open in too many of them.`}</span>;
    case "reauth":
      return <span />;
  }
}

function withWait(text: string, seconds: number | null): string {
  if (seconds === null) return text;
  const wait = numberText(seconds);
  return sentences(text, t`Next try in ${wait} s.`);
}

function TryNow({ connection, state }: { connection: Connection; state: ConnectionState }): JSX.Element | null {
  const isUseful = state.status === "stopped" || (state.retryAt !== null && navigator.onLine);
  if (!isUseful) return null;
  return (
    <button type="button" className="button-link" onClick={() => connection.reconnect()}>
      {state.status === "stopped" ? t`Connect here` : t`Try now`}
    </button>
  );
}
