/** Owns the banner of a device that was signed out elsewhere: it asks for the password, and nothing that is kept here is lost. */
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useState } from "react";
import { useAccount } from "../../accounts/account-context.ts";
import { useSignOut } from "../../accounts/sign-out/sign-out.tsx";
import { useSecondFactor } from "../../security/second-factor/use-second-factor.tsx";
import { errorText } from "../../texts/error-text.ts";
import { Field } from "../../ui/field.tsx";

export function SignInAgain(): JSX.Element {
  const account = useAccount();
  const { prove, question } = useSecondFactor();
  const leaving = useSignOut();
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    prove((second) => account.reauthenticate(password, second)).catch((failure: unknown) =>
      setError(errorText(failure)),
    );
  };
  return (
    <>
      <form
        className="banner banner-reauth"
        aria-label={t`Sign in again`}
        data-testid="connection-banner"
        data-status="reauth"
        onSubmit={submit}
        noValidate
      >
        <span>{t`This device was signed out. Nothing is lost: sign in again to go on.`}</span>
        <Field
          label={t`Password`}
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={error}
        />
        <button type="submit" className="button button-main">
          {t`Sign in`}
        </button>
        <button type="button" className="button-link" onClick={leaving.signOut}>
          {t`Forget this account here`}
        </button>
      </form>
      {question}
      {leaving.question}
    </>
  );
}
