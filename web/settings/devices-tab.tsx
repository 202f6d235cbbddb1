/** Owns the list of the user's devices, and signing them out. */
import { t } from "@lingui/core/macro";
import { type JSX, useCallback, useState } from "react";
import type { Device } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useFetched } from "../accounts/fetched.ts";
import { useNow } from "../browser/observe.ts";
import { agoText } from "../texts/time.ts";
import { useOpenDialog } from "../navigation/open-dialog.ts";
import { Confirm } from "../ui/dialog.tsx";
import { useAttempt } from "../ui/toast.tsx";
import { Unfetched } from "../accounts/unfetched.tsx";
import "../security/security.css";

export function DevicesTab(): JSX.Element {
  const account = useAccount();
  const attempt = useAttempt();
  const now = useNow(60_000, account.presence.now);
  const [isEnding, setIsEnding] = useState(false);
  const [ended, setEnded] = useState<Device | null>(null);
  const openDialog = useOpenDialog();
  const ask = useCallback((signal: AbortSignal) => account.devices({ signal }), [account]);
  const { value: devices, error, reload: load } = useFetched(ask);

  if (devices === undefined) return <Unfetched error={error} onAgain={() => void load()} />;
  const others = devices.filter(({ current }) => !current).sort((one, other) => other.lastActiveAt - one.lastActiveAt);
  return (
    <div className="form">
      <div className="device-actions">
        <button type="button" className="button" onClick={() => openDialog({ kind: "link", code: "" })}>
          {t`Sign in another device…`}
        </button>
        {others.length > 0 && (
          <button type="button" className="button button-danger" onClick={() => setIsEnding(true)}>
            {t`Sign out all others…`}
          </button>
        )}
      </div>
      <ul className="device-list" aria-label={t`Devices`}>
        {[...devices.filter(({ current }) => current), ...others].map((device) => (
          <li key={device.id} className="device">
            <span className="person-names">
              <bdi className="person-name">{device.name}</bdi>
              <span className="quiet">
                {device.current ? t`This device` : activeText(agoText(device.lastActiveAt, now))}
              </span>
            </span>
            {!device.current && (
              <button
                type="button"
                className="button button-danger"
                aria-label={signOutText(device.name)}
                onClick={() => setEnded(device)}
              >
                {t`Sign out…`}
              </button>
            )}
          </li>
        ))}
      </ul>
      {ended !== null && (
        <Confirm
          title={t`Sign out this device?`}
          text={cutOffText(ended.name)}
          action={t`Sign out`}
          onConfirm={() =>
            attempt(async () => {
              await account.signOutDevice(ended.id);
              await load();
            })
          }
          onClose={() => setEnded(null)}
        />
      )}
      {isEnding && (
        <Confirm
          title={t`Sign out all other devices?`}
          text={t`You stay signed in here. The others have to sign in again.`}
          action={t`Sign out all others`}
          onConfirm={() =>
            attempt(async () => {
              await account.security.signOutOthers();
              await load();
            })
          }
          onClose={() => setIsEnding(false)}
        />
      )}
    </div>
  );
}

function cutOffText(name: string): string {
  return t`${name} cannot read or write anything any more.`;
}

function activeText(ago: string): string {
  return t({ message: `Active ${ago}`, comment: "When a device was last used: Active 5 min. ago" });
}

function signOutText(name: string): string {
  return t({ message: `Sign out ${name}`, comment: "Ends the session of a device, which is named" });
}
