/**
 * Owns the question for the second factor. A form calls `prove` around its call: if the server asks for more than the password, the question is shown, and the call
 * is made again with the answer. The dialog is loaded when it is needed: most sign-ins need none.
 */
import { t } from "@lingui/core/macro";
import { type JSX, useCallback, useState } from "react";
import { ParleyError, type SecondFactor } from "parley-sdk";
import { later } from "../../browser/later.tsx";
import type { SecondFactorQuestion } from "./second-factor-dialog.tsx";

const SecondFactorDialog = later(async () => (await import("./second-factor-dialog.tsx")).SecondFactorDialog);

export interface SecondFactorProof {
  /** Makes the call, and asks for the second factor for as long as the server does. Answers null where the user has closed the question. */
  readonly prove: <T>(call: (second: SecondFactor) => Promise<T>) => Promise<T | null>;
  /** The question, to be shown somewhere in the component. */
  readonly question: JSX.Element | null;
}

export function useSecondFactor(): SecondFactorProof {
  const [question, setQuestion] = useState<SecondFactorQuestion | null>(null);
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
