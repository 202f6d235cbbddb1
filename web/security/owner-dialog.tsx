/** Owns the dialog that asks for the password before something changes how the account is entered. */
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useState } from "react";
import { type OwnerProof, ParleyError } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { errorText } from "../texts/error-text.ts";
import { Dialog, DialogActions } from "../ui/dialog.tsx";
import { Field, FormError } from "../ui/field.tsx";
import { isKnownHere, isUnanswered } from "./passkeys.ts";
import { useSecondFactor } from "./second-factor/use-second-factor.tsx";

interface OwnerDialogProps {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  /** What the proof is for. The dialog closes when it is done. */
  readonly act: (proof: OwnerProof) => Promise<void>;
  readonly onClose: () => void;
}

export function OwnerDialog({ title, text, action, act, onClose }: OwnerDialogProps): JSX.Element {
  const user = useObservable(useAccount().user);
  const { prove, question } = useSecondFactor();
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState<{ readonly password?: string; readonly form?: string }>({});
  const [isBusy, setIsBusy] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (password === "") return;
    setIsBusy(true);
    setFault({});
    prove(async (second) => {
      await act({ password, ...second });
      return true;
    }).then(
      (isDone) => {
        if (isDone === true) onClose();
        else setIsBusy(false);
      },
      (error: unknown) => {
        setIsBusy(false);
        setFault(faultOf(error));
      },
    );
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="dialog-body form" onSubmit={submit} noValidate aria-busy={isBusy}>
        <p>{text}</p>
        {/* Password managers take the handle from here. */}
        <input type="text" name="username" autoComplete="username" value={user.handle ?? ""} readOnly hidden />
        <Field
          label={t`Your password`}
          type="password"
          autoComplete="current-password"
          autoFocus
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={fault.password}
        />
        <FormError text={fault.form} />
        <DialogActions onClose={onClose}>
          <button type="submit" className="button button-main" disabled={isBusy || password === ""}>
            {action}
          </button>
        </DialogActions>
      </form>
      {question}
    </Dialog>
  );
}

function faultOf(error: unknown): { password?: string; form?: string } {
  if (isUnanswered(error)) return { form: t`No passkey was made.` };
  if (isKnownHere(error)) return { form: t`This device has a passkey of this account already.` };
  if (error instanceof ParleyError && error.code === "forbidden")
    return { password: t`That is not the present password.` };
  return { form: errorText(error) };
}
