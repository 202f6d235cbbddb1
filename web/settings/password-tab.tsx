/** Owns changing the password. The change signs out all other devices. */
import { sentences } from "../texts/sentences.ts";
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useState } from "react";
import { ParleyError } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { errorText, fieldText } from "../texts/error-text.ts";
import { useObservable } from "parley-sdk/react";
import { passwordFault, passwordHint } from "../entrance/rules.ts";
import { useSecondFactor } from "../security/second-factor/use-second-factor.tsx";
import { Field, FormError } from "../ui/field.tsx";
import { useSay } from "../ui/toast.tsx";

type Faults = Readonly<Partial<Record<"current" | "next" | "form", string>>>;

export function PasswordTab(): JSX.Element {
  const account = useAccount();
  const user = useObservable(account.user);
  const say = useSay();
  const { prove, question } = useSecondFactor();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [faults, setFaults] = useState<Faults>({});
  const [isBusy, setIsBusy] = useState(false);

  const save = (event: FormEvent) => {
    event.preventDefault();
    const fault = passwordFault(next);
    setFaults(fault === null ? {} : { next: fault });
    if (fault !== null) return;
    setIsBusy(true);
    prove(async (second) => {
      await account.changePassword(current, next, second);
      return true;
    }).then(
      (isDone) => {
        setIsBusy(false);
        if (isDone === null) return;
        setCurrent("");
        setNext("");
        say(t`The password is changed. All other devices are signed out.`);
      },
      (error: unknown) => {
        setIsBusy(false);
        setFaults(faultsOf(error));
      },
    );
  };

  return (
    <>
      <form className="form" onSubmit={save} noValidate>
        {/* Password managers take the handle from here. */}
        <input type="text" name="username" autoComplete="username" value={user.handle ?? ""} readOnly hidden />
        <Field
          label={t`Present password`}
          type="password"
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
          error={faults.current}
        />
        <Field
          label={t`New password`}
          type="password"
          autoComplete="new-password"
          value={next}
          onChange={(event) => setNext(event.target.value)}
          hint={sentences(passwordHint(), t`All other devices are signed out.`)}
          error={faults.next}
        />
        <FormError text={faults.form} />
        <div className="actions">
          <button type="submit" className="button button-main" disabled={isBusy}>
            {t`Change the password`}
          </button>
        </div>
      </form>
      {question}
    </>
  );
}

function faultsOf(error: unknown): Faults {
  if (error instanceof ParleyError && error.code === "forbidden")
    return { current: t`That is not the present password.` };
  if (error instanceof ParleyError && error.code === "bad_request") return { next: fieldText(error) };
  return { form: errorText(error) };
}
