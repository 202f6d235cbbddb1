/** Owns whether a handle is free, told while somebody who is new writes it. It only helps: the sign-up itself decides, and without an answer nothing is said. */
import { t } from "@lingui/core/macro";
import { useEffect, useState } from "react";
import { parley } from "../accounts/parley.ts";
import { useSettled } from "../browser/observe.ts";
import { handleFault } from "./rules.ts";

/** Who types on has not finished the handle. */
const settleMs = 400;

interface Answer {
  readonly handle: string;
  readonly isFree: boolean;
}

/** Whether the handle is free; undefined where that is not known. `isAsked`: the form for a new account is on screen. */
export function useIsHandleFree(typed: string, isAsked: boolean): boolean | undefined {
  const handle = typed.trim().toLowerCase();
  const settled = useSettled(handle, settleMs);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const isWhole = isAsked && handleFault(settled) === null;
  useEffect(() => {
    if (!isWhole) return undefined;
    const asked = new AbortController();
    parley.isHandleFree(settled, { signal: asked.signal }).then(
      (isFree) => setAnswer({ handle: settled, isFree }),
      // Without network, or after too many of them: the sign-up says it.
      () => undefined,
    );
    return () => asked.abort();
  }, [settled, isWhole]);
  return isAsked && answer?.handle === handle ? answer.isFree : undefined;
}

export function freeText(typed: string): string {
  const handle = typed.trim().toLowerCase();
  return t({ message: `@${handle} is free.`, comment: "Below the field of the handle: nobody has it" });
}
