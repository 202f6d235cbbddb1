/** Owns the dialog that shows new recovery codes: this once, to be copied, saved or written down. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { copyText } from "../browser/copy.ts";
import { sentences } from "../texts/sentences.ts";
import { Dialog } from "../ui/dialog.tsx";
import { useAttempt } from "../ui/toast.tsx";
import "./security.css";

const fileName = "parley-recovery-codes.txt";
const textFile = "data:text/plain;charset=utf-8,";

export function RecoveryCodesDialog({
  codes,
  onClose,
}: {
  codes: readonly string[];
  onClose: () => void;
}): JSX.Element {
  const attempt = useAttempt();
  const text = codes.join("\n");
  return (
    <Dialog title={t`Your recovery codes`} onClose={onClose} isKeptOpen>
      <div className="dialog-body form">
        <p>
          {sentences(
            t`Keep these codes where you find them without this device: on paper, or in a password manager.`,
            t`They are shown only now.`,
          )}
        </p>
        <ol className="recovery-codes" aria-label={t`Recovery codes`} dir="ltr">
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ol>
        <div className="actions">
          <button type="button" className="button" onClick={() => attempt(() => copyText(text), t`Copied`)}>
            {t`Copy`}
          </button>
          <a className="button" download={fileName} href={`${textFile}${encodeURIComponent(text)}`}>
            {t`Save as a file`}
          </a>
          <button type="button" className="button button-main" onClick={onClose}>
            {t`I have kept them`}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
