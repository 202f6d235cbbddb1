/**
 * Owns the question for the second factor. A form calls `prove` around its call: if the server asks for more than the password, the question is shown, and the call
 * is made again with the answer.
 */
import { t } from "@lingui/core/macro";
import { type JSX, useCallback, useEffect, useRef, useState } from "react";
import { ParleyError, type SecondFactor, type SecondFactorAsk } from "parley-sdk";
import { errorText } from "../texts/error-text.ts";
import { Field, FormError } from "../ui/field.tsx";
import { Dialog, DialogActions } from "../ui/dialog.tsx";
import { hasPasskeys, isUnanswered, askPasskey } from "./passkeys.ts";

interface Question {
  readonly ask: SecondFactorAsk;
  readonly fault: string | null;
  readonly answer: (second: SecondFactor | null) => void;
}

export interface SecondFactorQuestion {
  /** Makes the call, and asks for the second factor for as long as the server does. Answers null where the user has closed the question. */
  readonly prove: <T>(call: (second: SecondFactor) => Promise<T>) => Promise<T | null>;
  /** The question, to be shown somewhere in the component. */
  readonly question: JSX.Element | null;
}

export function useSecondFactor(): SecondFactorQuestion {
  const [question, setQuestion] = useState<Question | null>(null);
  const prove = useCallback(async <T,>(call: (second: SecondFactor) => Promise<T>): Promise<T | null> => {
    let second: SecondFactor = {};
    for (let tries = 0; ; tries++) {
      try {
        return await call(second);
      } catch (error) {
        const ask = error instanceof ParleyError ? error.secondFactor : null;
        if (ask === null) throw error;
        const fault = tries === 0 ? null : t`That was wrong, or was used before.`;
        const given = await new Promise<SecondFactor | null>((answer) => setQuestion({ ask, fault, answer }));
        setQuestion(null);
        if (given === null) return null;
        second = given;
      }
    }
  }, []);
  return {
    prove,
    question:
      question === null ? null : <SecondFactorDialog key={question.ask.passkey?.challenge ?? ""} {...question} />,
  };
}

function SecondFactorDialog({ ask, fault, answer }: Question): JSX.Element {
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
