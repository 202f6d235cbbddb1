/** Owns signing in by a passkey at the entrance: by its button, and, where the browser can, offered in the field of the handle. */
import { t } from "@lingui/core/macro";
import { useCallback, useEffect, useEffectEvent, useState } from "react";
import { type Account, ParleyError } from "parley-sdk";
import { parley } from "../accounts/parley.ts";
import { errorText } from "../texts/error-text.ts";
import { canOfferPasskeys, isUnanswered, askPasskey } from "./passkeys.ts";

/** The server accepts an answer for five minutes; the offer is made anew a little before that. */
const offerMs = 270_000;

/** `isShown`: the form for signing in is on screen. */
export function usePasskeyEntry(
  isShown: boolean,
  onEntered: (account: Account) => void,
  onFault: (text: string | null) => void,
): { readonly ask: () => void } {
  /** Rises when the offer is to be made anew: after its time, and after the button has ended it. */
  const [offers, setOffers] = useState(0);
  const entered = useEffectEvent(onEntered);
  const failed = useEffectEvent((error: unknown) => {
    if (!isUnanswered(error)) onFault(faultText(error));
  });

  useEffect(() => {
    if (!isShown) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => setOffers((count) => count + 1), offerMs);
    const offer = async () => {
      if (!(await canOfferPasskeys()) || abort.signal.aborted) return;
      const account = await parley.signInWithPasskey(
        (request) => askPasskey(request, { inField: true, signal: abort.signal }),
        {
          signal: abort.signal,
        },
      );
      entered(account);
    };
    offer().catch((error: unknown) => {
      // An offer is no question of the user's: that it cannot be made is not their concern.
      if (!abort.signal.aborted && error instanceof ParleyError && error.code === "unauthenticated") failed(error);
    });
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [isShown, offers]);

  const ask = useCallback(() => {
    onFault(null);
    parley
      .signInWithPasskey((request) => askPasskey(request))
      .then(onEntered, (error: unknown) => {
        onFault(isUnanswered(error) ? null : faultText(error));
        setOffers((count) => count + 1);
      });
  }, [onEntered, onFault]);
  return { ask };
}

function faultText(error: unknown): string {
  if (error instanceof ParleyError && error.code === "unauthenticated")
    return t`This passkey does not belong to an account here any more, or it took too long. Try again.`;
  return errorText(error);
}
