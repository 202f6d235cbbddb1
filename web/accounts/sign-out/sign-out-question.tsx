/** Owns the question before signing out, which says what would be lost. */
import { plural, t } from "@lingui/core/macro";
import type { JSX } from "react";
import { Confirm } from "../../ui/dialog.tsx";

interface SignOutQuestionProps {
  readonly unsent: number;
  readonly unanswered: number;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function SignOutQuestion({ unsent, unanswered, ...on }: SignOutQuestionProps): JSX.Element {
  return <Confirm title={t`Sign out?`} text={lossText(unsent, unanswered)} action={t`Sign out`} {...on} />;
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
