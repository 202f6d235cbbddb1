/** Owns signing out: whoever would lose what the server has not got is asked before. */
import { type JSX, useCallback, useState } from "react";
import { useObservable } from "parley-sdk/react";
import { later } from "../../browser/later.tsx";
import { useAttempt } from "../../ui/toast.tsx";
import { useAccount } from "../account-context.ts";

const SignOutQuestion = later(async () => (await import("./sign-out-question.tsx")).SignOutQuestion, {
  isSoon: true,
  whenMissing: ({ onClose }) => onClose(),
});

interface SigningOut {
  readonly signOut: () => void;
  /** To be shown where the component stands. */
  readonly question: JSX.Element | null;
}

export function useSignOut(): SigningOut {
  const account = useAccount();
  const unsent = useObservable(account.unsent);
  const unanswered = useObservable(account.unanswered);
  const attempt = useAttempt();
  const [isAsking, setIsAsking] = useState(false);
  const leave = useCallback(() => attempt(() => account.signOut()), [account, attempt]);
  const signOut = useCallback(
    () => (unsent + unanswered > 0 ? setIsAsking(true) : leave()),
    [unsent, unanswered, leave],
  );
  const question = isAsking ? (
    <SignOutQuestion unsent={unsent} unanswered={unanswered} onConfirm={leave} onClose={() => setIsAsking(false)} />
  ) : null;
  return { signOut, question };
}
