/** Owns the check that the history is complete: the same on this device as on the server. It shows the result in plain words. */
import { plural, t } from "@lingui/core/macro";
import { type JSX, useEffect, useRef, useState } from "react";
import type { WholeCheck } from "parley-sdk";
import { errorText } from "../../texts/error-text.ts";
import { numberText } from "../../texts/formats.ts";
import { useActions } from "../actions.ts";

type Check =
  | { readonly at: "rest"; readonly text: string | null; readonly differing: readonly number[] }
  | { readonly at: "work"; readonly verified: number; readonly headSeq: number };

export function Completeness({ onLeave }: { onLeave: () => void }): JSX.Element {
  const { conversation, jump } = useActions();
  const [check, setCheck] = useState<Check>({ at: "rest", text: null, differing: [] });
  const giveUp = useRef<AbortController>(undefined);
  useEffect(() => () => giveUp.current?.abort(), []);
  const begin = () => {
    const ending = new AbortController();
    giveUp.current = ending;
    setCheck({ at: "work", verified: 0, headSeq: 0 });
    const onProgress = (progress: { verified: number; headSeq: number }) => setCheck({ at: "work", ...progress });
    conversation.verifyAll({ signal: ending.signal, onProgress }).then(
      (found) => setCheck({ at: "rest", text: foundText(found), differing: found.differing }),
      (error: unknown) =>
        setCheck({ at: "rest", text: ending.signal.aborted ? null : errorText(error), differing: [] }),
    );
  };
  const [first] = check.at === "rest" ? check.differing : [];
  return (
    <div className="history-tool">
      {check.at === "rest" ? (
        <button type="button" className="button" onClick={begin}>
          {t`Check that nothing is missing`}
        </button>
      ) : (
        <button type="button" className="button" onClick={() => giveUp.current?.abort()}>
          {t`Stop checking`}
        </button>
      )}
      <p className="quiet" role="status">
        {check.at === "rest" ? check.text : progressText(check)}
      </p>
      {first !== undefined && (
        <button
          type="button"
          className="button-link"
          onClick={() => {
            onLeave();
            jump(first);
          }}
        >
          {t`Show the first of them`}
        </button>
      )}
    </div>
  );
}

function progressText({ verified, headSeq }: { verified: number; headSeq: number }): string {
  if (headSeq === 0) return t`Checking…`;
  const [done, all] = [numberText(verified), numberText(headSeq)];
  return t`${done} of ${all} messages checked`;
}

function foundText({ first, verified, isSound, differing }: WholeCheck): string {
  const count = verified - first + 1;
  if (!isSound) {
    return count <= 0
      ? t`The server's history does not add up. It cannot be trusted.`
      : t`Only the first ${numberText(count)} messages of the server's history add up. What follows cannot be trusted.`;
  }
  if (differing.length > 0)
    return plural(differing.length, {
      one: "# message on this device is not the same as on the server.",
      other: "# messages on this device are not the same as on the server.",
    });
  if (count <= 0) return t`Complete: there are no messages yet.`;
  return plural(count, {
    one: "Complete: # message, same as the server.",
    other: "Complete: # messages, same as the server.",
  });
}
