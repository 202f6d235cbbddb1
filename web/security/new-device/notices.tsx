/** Owns the place of the notices of new devices, above the conversations. */
import { plural } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../../accounts/account-context.ts";
import { later } from "../../browser/later.tsx";

const NewDeviceNotice = later(async () => (await import("./notice.tsx")).NewDeviceNotice, { isSoon: true });

export function NewDeviceNotices(): JSX.Element | null {
  const devices = useObservable(useAccount().security.newDevices);
  const [areAllShown, setAreAllShown] = useState(false);
  // Several would push the chats out of sight.
  const newestFirst = devices.toSorted((one, other) => other.createdAt - one.createdAt);
  const shown = areAllShown ? newestFirst : newestFirst.slice(0, 1);
  const more = newestFirst.length - shown.length;
  // Always there, so that screen readers say what comes into it.
  return (
    <div className="new-devices" role="status">
      {shown.map((device) => (
        <NewDeviceNotice key={device.id} device={device} />
      ))}
      {more > 0 && (
        <button type="button" className="button-link new-devices-more" onClick={() => setAreAllShown(true)}>
          {plural(more, { one: "# more new device", other: "# more new devices" })}
        </button>
      )}
    </div>
  );
}
