/** Decides who gets a handle that somebody has claimed. */

/** `holder`: what the claim's owner said, asked only where the claim is old and somebody else's. */
export type ClaimFacts = {
  purpose: "signUp" | "rename";
  /** The claim was made just now, by the asker. */
  isNew: boolean;
  isOwn: boolean;
  /** Older than any sign-up or rename that could still be under way. */
  isOld: boolean;
  holder: "held" | "free" | "no account" | undefined;
};

/** `take`: go on with the claim as it stands. `swap`: first write it anew, for its owner or for the asker, if it still is the same. */
export type ClaimDecision = { do: "take" } | { do: "swap"; by: "owner" | "asker" } | { do: "refuse" };

/**
 * A sign-up goes on with whatever claim is there: the owner's object lets the first one in and tells the rest `exists`.
 * An old claim is swapped before it is used, so that of two people who find it at the same time one loses.
 */
export function decideClaim({ purpose, isNew, isOwn, isOld, holder }: ClaimFacts): ClaimDecision {
  if (isNew) return { do: "take" };
  if (isOwn) return { do: "swap", by: "owner" };
  if (!isOld) return purpose === "signUp" ? { do: "take" } : { do: "refuse" };
  switch (holder) {
    case "free":
      return { do: "swap", by: "asker" };
    case "no account":
      // The claim of a sign-up that was cut off: the next sign-up continues it, so that a lost answer is found again.
      return { do: "swap", by: purpose === "signUp" ? "owner" : "asker" };
    case "held":
    case undefined:
      return purpose === "signUp" ? { do: "take" } : { do: "refuse" };
  }
}
