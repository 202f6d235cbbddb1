/** Owns the checks of handles, names and passwords before the server is asked. The server checks them again. */
import { atLeastText, atMostText } from "../texts/counts.ts";
import { plural, t } from "@lingui/core/macro";
import { codePoints, isBlank, limits, trimmed } from "parley-sdk";

export function handleHint(): string {
  return t`Others find you by it. 3 to 32 letters a–z, digits, _ or .`;
}

export function passwordHint(): string {
  const count = limits.passwordCodePointsMin;
  return plural(count, {
    one: "At least # character, and not a common one.",
    other: "At least # characters, and not a common one.",
  });
}

const handle = /^[a-z0-9][a-z0-9_.]{1,30}[a-z0-9]$/;

export function handleFault(text: string): string | null {
  const folded = text.trim().toLowerCase();
  if (folded === "") return t`Choose a handle.`;
  return handle.test(folded) ? null : t`Use 3 to 32 letters a–z, digits, _ or ., with a letter or digit at both ends.`;
}

export function passwordFault(password: string): string | null {
  // The server normalises it in the same way.
  const normal = password.normalize("NFKC");
  const length = codePoints(normal);
  if (length < limits.passwordCodePointsMin) return atLeastText(limits.passwordCodePointsMin);
  if (length > limits.passwordCodePointsMax) return atMostText(limits.passwordCodePointsMax);
  return normal.trim() === "" ? t`A password cannot be only spaces.` : null;
}

/** Why a name cannot be chosen. It is called only for a name that is not empty. */
export function nameFault(name: string): string | null {
  if (isBlank(name)) return t`A name needs at least one character that shows.`;
  return codePoints(trimmed(name)) > limits.nameCodePointsMax ? atMostText(limits.nameCodePointsMax) : null;
}
