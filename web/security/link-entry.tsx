/** Owns signing in by another device, on the new device: the QR code, the same as text, and the waiting. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useState } from "react";
import { type Account, ParleyError, type ShownLink } from "parley-sdk";
import { parley } from "../accounts/parley.ts";
import { linkAddress } from "../navigation/route.ts";
import { errorText } from "../texts/error-text.ts";
import { FormError } from "../ui/field.tsx";
import { QrCode } from "./qr.tsx";
import "./security.css";

/** Another code takes the place of one that is over, as long as somebody is likely to look at it. */
const codesMax = 5;

type Shown =
  | { readonly is: "waiting"; readonly link: ShownLink | null }
  | { readonly is: "over"; readonly why: string };

export function LinkEntry({ onEntered }: { onEntered: (account: Account) => void }): JSX.Element {
  const [shown, setShown] = useState<Shown>({ is: "waiting", link: null });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    void waitFor(setShown, onEntered, abort.signal);
    return () => abort.abort();
  }, [round, onEntered]);
  if (shown.is === "over")
    return (
      <div className="link-entry">
        <FormError text={shown.why} />
        <button
          type="button"
          className="button button-main"
          autoFocus
          onClick={() => {
            setShown({ is: "waiting", link: null });
            setRound(round + 1);
          }}
        >
          {t`Show another code`}
        </button>
      </div>
    );
  const { link } = shown;
  return (
    <div className="link-entry">
      <p>{t`On a device that is signed in, scan this with the camera. Or open Parley there, choose to sign in another device in the settings, and type the code.`}</p>
      <QrCode
        text={link === null ? "" : linkAddress(link.code)}
        label={t`Picture to be scanned by the device that is signed in`}
      />
      <p className="link-code" dir="ltr" aria-live="polite" data-testid="link-code">
        {link?.code ?? "…"}
      </p>
      <p className="quiet">{t`Waiting for the other device…`}</p>
    </div>
  );
}

async function waitFor(
  show: (shown: Shown) => void,
  onEntered: (account: Account) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let n = 1; ; n++) {
    try {
      onEntered(await parley.signInByLink((link) => show({ is: "waiting", link }), { signal }));
      return;
    } catch (error) {
      if (signal.aborted) return;
      const code = error instanceof ParleyError ? error.code : null;
      if (code === "not_found" && n < codesMax) continue;
      if (code === "not_found") show({ is: "over", why: t`Nobody has used the code.` });
      else if (code === "forbidden") show({ is: "over", why: t`The other device has refused.` });
      else show({ is: "over", why: errorText(error) });
      return;
    }
  }
}
