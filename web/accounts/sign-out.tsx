/** Owns signing out: whoever would lose what the server has not got is asked before. */
import { plural, t } from "@lingui/core/macro";
import { type JSX, useCallback, useState } from "react";
import { useObservable } from "parley-sdk/react";
import { Confirm } from "../ui/dialog.tsx";
import { useAttempt } from "../ui/toast.tsx";
import { useAccount } from "./account-context.ts";

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
    <Confirm
      title={t`Sign out?`}
      text={lossText(unsent, unanswered)}
      action={t`Sign out`}
      onConfirm={leave}
      onClose={() => setIsAsking(false)}
    />
  ) : null;
  return { signOut, question };
}

function lossText(unsent: number, unanswered: number): string {
  const messages = plural(unsent, {
    one: "# message has not been sent yet and would be lost.",
    other: "# messages have not been sent yet and would be lost.",
  });
  const acts = plural(unanswered, {
    one: "# change has not reached the server yet and would be lost, such as a reaction, a star or a draft.",
    other: "# changes have not reached the server yet and would be lost, such as reactions, stars or drafts.",
  });
  const texts = [...(unsent > 0 ? [messages] : []), ...(unanswered > 0 ? [acts] : [])];
  // All of it has come while the question was on screen.
  return texts.length === 0 ? t`Everything has reached the server.` : texts.join(" ");
}
