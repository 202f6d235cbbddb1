/** Owns the question whether a key belongs to an input method that is composing, and not to the page. */

/** Browsers report this code for a key that an input method takes. */
const composingKeyCode = 229;

/** Safari ends the composition before it reports the Enter that accepted it, with `isComposing` false. There only the code shows it. */
export function isComposing({ isComposing: isSaid, keyCode }: KeyboardEvent): boolean {
  return isSaid || keyCode === composingKeyCode;
}
