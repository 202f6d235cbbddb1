/** Owns the line that offers a newer version of the app. */
import { Trans } from "@lingui/react/macro";
import { type JSX, useEffect } from "react";
import { useAccount } from "../../accounts/account-context.ts";
import { useIsNewVersionOffered, versions } from "../../versions/new-version.ts";
import { useObservable } from "parley-sdk/react";

export function VersionBanner(): JSX.Element | null {
  const isOnline = useObservable(useAccount().connection).status === "online";
  useEffect(() => {
    if (isOnline) versions.connected();
  }, [isOnline]);
  if (!useIsNewVersionOffered()) return null;
  return (
    <div className="banner" role="status" data-testid="version-banner">
      <span>
        <Trans>There is a new version of Parley.</Trans>
      </span>
      <button type="button" className="button-link" onClick={() => location.reload()}>
        <Trans>Load it</Trans>
      </button>
    </div>
  );
}
