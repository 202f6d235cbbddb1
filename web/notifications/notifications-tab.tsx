/** Owns the settings of notifications: of this device, and of the account on all its devices. Each is saved when it is changed. */
import { t } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import type { Me, MePatch, SettingsPatch } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { show } from "../pushes/shown.ts";
import { SoundSection } from "../sounds/sound-section.tsx";
import { useAttempt } from "../ui/toast.tsx";
import { hindranceText } from "./hindrance-text.ts";
import { QuietHours } from "./quiet-hours.tsx";
import { thisDevice } from "./this-device.ts";
import "./notifications.css";

interface NotificationsTabProps {
  readonly me: Me;
  readonly change: (patch: MePatch) => Promise<void>;
}

export function NotificationsTab({ me, change }: NotificationsTabProps): JSX.Element {
  const attempt = useAttempt();
  const { enabled, preview, quietHours } = me.settings.notifications;
  const patch = (notifications: NonNullable<SettingsPatch["notifications"]>) =>
    attempt(() => change({ settings: { notifications } }));
  return (
    <div className="form">
      <section className="data-part" aria-labelledby="notify-device">
        <h3 id="notify-device">{t`On this device`}</h3>
        <OnThisDevice />
      </section>
      <SoundSection />
      <section className="data-part notify-account" aria-labelledby="notify-account">
        <h3 id="notify-account">{t`On all your devices`}</h3>
        <label className="switch-line">
          <input
            type="checkbox"
            role="switch"
            checked={enabled}
            onChange={(event) => patch({ enabled: event.target.checked })}
          />
          <span>
            {t`Notifications`}
            <span className="field-hint">{t`If this is off, no device of yours is notified.`}</span>
          </span>
        </label>
        <label className="switch-line">
          <input
            type="checkbox"
            role="switch"
            checked={preview}
            onChange={(event) => patch({ preview: event.target.checked })}
          />
          <span>
            {t`Show names and texts`}
            <span className="field-hint">{t`If this is off, a notification says only that there is a new message.`}</span>
          </span>
        </label>
        <QuietHours quietHours={quietHours} onChange={(next) => patch({ quietHours: next })} />
      </section>
    </div>
  );
}

function OnThisDevice(): JSX.Element {
  const { userId } = useAccount();
  const { isLoaded, hindrance, choices } = useObservable(thisDevice);
  const [isBusy, setIsBusy] = useState(false);
  const attempt = useAttempt();
  const run = (task: () => Promise<void>) => {
    setIsBusy(true);
    attempt(() => task().finally(() => setIsBusy(false)));
  };
  if (!isLoaded) return <p className="quiet">{t`Loading…`}</p>;
  const isOn = choices.get(userId) === "on";
  // Only what can be tried again, or was turned on already, has buttons.
  if (hindrance !== null && !(hindrance === "failed" || isOn)) return <p>{hindranceText(hindrance)}</p>;
  return (
    <>
      <p>
        {hindrance !== null
          ? hindranceText(hindrance)
          : isOn
            ? onText()
            : t`Notifications are turned off for this device.`}
      </p>
      <div className="notify-actions">
        {isOn ? (
          <button
            type="button"
            className="button"
            disabled={isBusy}
            onClick={() => run(() => thisDevice.turnOff(userId))}
          >
            {t`Turn off for this device`}
          </button>
        ) : (
          <button
            type="button"
            className="button button-main"
            disabled={isBusy}
            onClick={() => run(() => thisDevice.turnOn([userId]))}
          >
            {t`Turn on notifications`}
          </button>
        )}
        {hindrance === "failed" && isOn && (
          <button type="button" className="button" disabled={isBusy} onClick={() => run(() => thisDevice.look())}>
            {t`Try again`}
          </button>
        )}
        {isOn && hindrance === null && (
          <button type="button" className="button" onClick={() => attempt(showTest)}>
            {t`Show a test notification`}
          </button>
        )}
      </div>
    </>
  );
}

function onText(): string {
  return t`Notifications are turned on for this device. They come also while Parley is closed.`;
}

async function showTest(): Promise<void> {
  const registration = await navigator.serviceWorker.ready;
  await show(registration, "Parley", {
    body: t`This is how a notification looks.`,
    tag: "test",
    icon: "/icon-192.png",
  });
}
