/** Owns the notice of one new device: it stays until the user knows the device or has signed it out. */
import { t } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import type { NewDevice } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { useNow } from "../../browser/observe.ts";
import { sentences } from "../../texts/sentences.ts";
import { agoText } from "../../texts/time.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Icon } from "../../ui/icons.tsx";
import { useAttempt } from "../../ui/toast.tsx";
import "./new-device.css";

export function NewDeviceNotice({ device }: { device: NewDevice }): JSX.Element {
  const account = useAccount();
  const attempt = useAttempt();
  const now = useNow(60_000, account.presence.now);
  const [isEnding, setIsEnding] = useState(false);
  const ago = agoText(device.createdAt, now);
  const name = device.name;
  return (
    <section className="new-device" aria-label={t`New device`} data-testid="new-device">
      <Icon name="alert" />
      <p>
        <strong>{t`New device`}</strong> <bdi>{signedInText(name, ago)}</bdi>
      </p>
      <div className="new-device-actions">
        <button
          type="button"
          className="button-link"
          onClick={() => attempt(() => account.security.knowDevice(device.id))}
        >
          {t`It was me`}
        </button>
        <button type="button" className="button-link danger-link" onClick={() => setIsEnding(true)}>
          {t`Sign it out…`}
        </button>
      </div>
      {isEnding && (
        <Confirm
          title={t`Sign out this device?`}
          text={sentences(
            t`${name} cannot read or write anything any more.`,
            t`If you do not know it, change your password, too, and look at your passkeys in the settings.`,
          )}
          action={t`Sign out`}
          onConfirm={() => attempt(() => account.signOutDevice(device.id), t`The device is signed out.`)}
          onClose={() => setIsEnding(false)}
        />
      )}
    </section>
  );
}

function signedInText(name: string, ago: string): string {
  return t({
    message: `${name} was signed in ${ago}.`,
    comment: "A device, and when: Chrome on Linux was signed in 5 min. ago.",
  });
}
