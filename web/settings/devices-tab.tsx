/** Owns the list of the user's devices, and signing them out. */
import { type JSX, useCallback, useEffect, useState } from "react";
import type { Device } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { errorText } from "../app/error-text.ts";
import { useNow } from "../app/observe.ts";
import { agoText } from "../ui/time.ts";
import { useAttempt } from "../ui/toast.tsx";

export function DevicesTab(): JSX.Element {
  const account = useAccount();
  const attempt = useAttempt();
  const now = useNow(60_000, account.presence.now);
  const [devices, setDevices] = useState<readonly Device[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const load = useCallback(
    () => account.devices().then(setDevices, (failure: unknown) => setError(errorText(failure))),
    [account],
  );
  useEffect(() => {
    void load();
  }, [load]);

  if (error !== null) return <p>{error}</p>;
  if (devices === null) return <p className="quiet">Loading …</p>;
  return (
    <ul className="device-list" aria-label="Devices">
      {devices.map((device) => (
        <li key={device.id} className="device">
          <span className="person-names">
            <bdi className="person-name">{device.name}</bdi>
            <span className="quiet">
              {device.current ? "This device" : `Active ${agoText(device.lastActiveAt, now)}`}
            </span>
          </span>
          {!device.current && (
            <button
              type="button"
              className="button button-danger"
              aria-label={`Sign out ${device.name}`}
              onClick={() =>
                attempt(async () => {
                  await account.signOutDevice(device.id);
                  await load();
                })
              }
            >
              Sign out
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
