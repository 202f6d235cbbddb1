/** Decides which user gets a handle on which there is a claim. */

/** `holder`: what the object of the claim's owner answered. It is asked only where the claim is old and another user's. */
export type ClaimFacts = {
  purpose: "signUp" | "rename";
  /** The claim was made just now, by the asker. */
  isNew: boolean;
  isOwn: boolean;
  /** Older than any sign-up or rename that could still be under way. */
  isOld: boolean;
  holder: "held" | "free" | "no account" | undefined;
};

/** `take`: go on with the claim as it is. `swap`: first write it anew, for its owner or for the asker, if it still is the same. */
export type ClaimDecision = { do: "take" } | { do: "swap"; by: "owner" | "asker" } | { do: "refuse" };

/**
 * A sign-up goes on with whatever claim is there: the object of the claim's owner makes the account at the first call, and answers `exists` to the others.
 * An old claim is swapped before it is used: if two people find it at the same time, one of them loses the swap.
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
