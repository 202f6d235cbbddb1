/** Owns what users can do with the data that is stored about them: download it, and erase the account. */
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useState } from "react";
import { ParleyError } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { errorText } from "../texts/error-text.ts";
import { Dialog, DialogActions } from "../ui/dialog.tsx";
import { Field, FormError } from "../ui/field.tsx";
import { useSecondFactor } from "../security/second-factor/use-second-factor.tsx";
import { SaveButton } from "../ui/save-button.tsx";
import { sentences } from "../texts/sentences.ts";

export function DataTab(): JSX.Element {
  const account = useAccount();
  const [isErasing, setIsErasing] = useState(false);
  return (
    <div className="form">
      <section className="data-part" aria-labelledby="data-export">
        <h3 id="data-export">{t`Download your data`}</h3>
        <p className="quiet">
          {sentences(
            t`The file holds your profile and settings, your contacts, your drafts, and every message that you wrote.`,
            t`It does not hold what others wrote.`,
          )}
        </p>
        <SaveButton
          label={t`Download my data`}
          name="parley-my-data.ndjson"
          open={(options) => account.export(options)}
        />
      </section>
      <section className="data-part" aria-labelledby="data-erase">
        <h3 id="data-erase">{t`Delete your account`}</h3>
        <p className="quiet">
          {sentences(
            t`Your profile, your contacts and the texts of your messages are deleted, for you and for everybody else.`,
            t`This cannot be undone.`,
          )}
        </p>
        <button type="button" className="button button-danger" onClick={() => setIsErasing(true)}>
          {t`Delete my account…`}
        </button>
      </section>
      {isErasing && <EraseDialog onClose={() => setIsErasing(false)} />}
    </div>
  );
}

type Faults = Readonly<Partial<Record<"password" | "form", string>>>;

function EraseDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const account = useAccount();
  const user = useObservable(account.user);
  const { prove, question } = useSecondFactor();
  const [password, setPassword] = useState("");
  const [faults, setFaults] = useState<Faults>({});
  const [isBusy, setIsBusy] = useState(false);
  const erase = (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    // After the erasure this page has no account any more, so the dialog closes with it.
    prove(async (second) => {
      await account.erase(password, second);
      return true;
    }).then(
      (isDone) => {
        if (isDone === null) setIsBusy(false);
      },
      (error: unknown) => {
        setIsBusy(false);
        const isWrong = error instanceof ParleyError && error.code === "forbidden";
        setFaults(isWrong ? { password: t`That is not the present password.` } : { form: errorText(error) });
      },
    );
  };
  return (
    <Dialog title={t`Delete your account?`} onClose={onClose}>
      <form className="dialog-body" onSubmit={erase} noValidate>
        <p>
          {sentences(
            t`You are signed out on all devices at once. Within half a minute nobody can read your messages any more, and your name is gone from every chat.`,
            t`Others keep what they wrote, quoted or saved themselves, and your handle becomes free for somebody else.`,
          )}
        </p>
        <input type="text" name="username" autoComplete="username" value={user.handle ?? ""} readOnly hidden />
        <Field
          label={t`Your password`}
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={faults.password}
        />
        <FormError text={faults.form} />
        <DialogActions onClose={onClose}>
          <button type="submit" className="button button-danger" disabled={isBusy || password === ""}>
            {t`Delete for ever`}
          </button>
        </DialogActions>
      </form>
      {question}
    </Dialog>
  );
}
