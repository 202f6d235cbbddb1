/** Owns the place of the notices of new devices, above the conversations. */
import type { JSX } from "react";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../../accounts/account-context.ts";
import { later } from "../../browser/later.tsx";

const NewDeviceNotice = later(async () => (await import("./notice.tsx")).NewDeviceNotice, { isSoon: true });

export function NewDeviceNotices(): JSX.Element | null {
  const devices = useObservable(useAccount().security.newDevices);
  // Always there, so that screen readers say what comes into it.
  return (
    <div className="new-devices" role="status">
      {devices.map((device) => (
        <NewDeviceNotice key={device.id} device={device} />
      ))}
    </div>
  );
}
