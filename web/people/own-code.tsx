/** Owns the page by which others add the user: the link to the own profile, to copy and to pass on. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { copyText } from "../browser/copy.ts";
import { Avatar } from "../names/avatar.tsx";
import { Handle } from "../names/handle.tsx";
import { nameOf } from "../names/names.ts";
import { personLink } from "../navigation/route.ts";
import { QrCode } from "../security/qr.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { useAttempt } from "../ui/toast.tsx";
import "./profile/panel.css";

export function OwnCode({ onClose }: { onClose: () => void }): JSX.Element {
  const account = useAccount();
  const user = useObservable(account.user);
  const attempt = useAttempt();
  const link = user.handle === null ? "" : personLink(user.handle);
  const share: ((data: ShareData) => Promise<void>) | undefined = navigator.share?.bind(navigator);
  return (
    <Dialog title={t`Add me`} onClose={onClose}>
      <div className="dialog-body own-code">
        <QrCode text={link} label={t`QR code of the link to you`} />
        <Avatar id={user.id} name={nameOf(user)} url={user.avatarUrl} size="large" />
        <p className="own-code-name">
          <bdi>{nameOf(user)}</bdi>
        </p>
        <Handle handle={user.handle} />
        <p className="quiet">{t`Whoever opens this link finds you here, and can write to you.`}</p>
        <div className="invite-link">
          <Field label={t`Link to you`} dir="ltr" readOnly value={link} onFocus={(event) => event.target.select()} />
          <button type="button" className="button" onClick={() => attempt(() => copyText(link), t`Copied`)}>
            {t`Copy`}
          </button>
          {share !== undefined && (
            <button
              type="button"
              className="button"
              // Who closes the system's list has changed their mind.
              onClick={() => void share({ url: link, title: nameOf(user) }).catch(() => undefined)}
            >
              {t({ message: "Share", context: "verb" })}
            </button>
          )}
        </div>
      </div>
    </Dialog>
  );
}
