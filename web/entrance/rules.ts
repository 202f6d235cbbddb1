/** Owns the checks of handles, names and passwords before the server is asked. The server checks them again. */
import { codePoints, isBlank, limits, trimmed } from "parley-sdk";

export const handleHint = "3 to 32 of a–z, 0–9, _ and . with a letter or digit at both ends. Others find you by it.";
export const passwordHint = `At least ${limits.passwordCodePointsMin} characters, and not a common one.`;

const handle = /^[a-z0-9][a-z0-9_.]{1,30}[a-z0-9]$/;

export function handleFault(text: string): string | null {
  const folded = text.trim().toLowerCase();
  if (folded === "") return "Choose a handle.";
  return handle.test(folded) ? null : handleHint;
}

export function passwordFault(password: string): string | null {
  // The server normalises it in the same way.
  const normal = password.normalize("NFKC");
  const length = codePoints(normal);
  if (length < limits.passwordCodePointsMin) return `At least ${limits.passwordCodePointsMin} characters.`;
  if (length > limits.passwordCodePointsMax) return `At most ${limits.passwordCodePointsMax} characters.`;
  return normal.trim() === "" ? "Not only spaces." : null;
}

/** For a name that is not left empty. */
export function nameFault(name: string): string | null {
  if (isBlank(name)) return "A name needs at least one character that shows.";
  return codePoints(trimmed(name)) > limits.nameCodePointsMax
    ? `At most ${limits.nameCodePointsMax} characters.`
    : null;
}
