/** Owns the dialog that asks for the second factor: a passkey, or a recovery code. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useRef, useState } from "react";
import type { SecondFactor, SecondFactorAsk } from "parley-sdk";
import { errorText } from "../../texts/error-text.ts";
import { Field, FormError } from "../../ui/field.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { hasPasskeys, isUnanswered, askPasskey } from "../passkeys.ts";

export interface SecondFactorQuestion {
  readonly ask: SecondFactorAsk;
  readonly fault: string | null;
  /** null: the user has closed the question. */
  readonly answer: (second: SecondFactor | null) => void;
}

export function SecondFactorDialog({ ask, fault, answer }: SecondFactorQuestion): JSX.Element {
  const [code, setCode] = useState("");
  const [error, setError] = useState<string | null>(fault);
  const [isBusy, setIsBusy] = useState(false);
  const passkey = useRef<HTMLButtonElement>(null);
  const request = hasPasskeys() ? ask.passkey : null;
  useEffect(() => passkey.current?.focus(), []);
  const withPasskey = () => {
    if (request === null) return;
    setIsBusy(true);
    askPasskey(request).then(
      (given) => answer({ passkey: given }),
      (failure: unknown) => {
        setIsBusy(false);
        setError(isUnanswered(failure) ? t`No passkey was used.` : errorText(failure));
      },
    );
  };
  return (
    <Dialog title={t`Is it you?`} onClose={() => answer(null)}>
      <form
        className="dialog-body form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (code.trim() !== "") answer({ recoveryCode: code });
        }}
      >
        <p>{t`This account asks for a passkey besides the password.`}</p>
        {request !== null && (
          <button ref={passkey} type="button" className="button button-main" disabled={isBusy} onClick={withPasskey}>
            {t`Use a passkey`}
          </button>
        )}
        <Field
          label={t`Or a recovery code`}
          name="recovery-code"
          autoComplete="one-time-code"
          autoCapitalize="characters"
          spellCheck={false}
          dir="ltr"
          value={code}
          onChange={(event) => setCode(event.target.value)}
          hint={t`Each code works once.`}
        />
        <FormError text={error} />
        <DialogActions onClose={() => answer(null)}>
          <button type="submit" className="button" disabled={code.trim() === ""}>
            {t`Use the code`}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
