/** Owns the question whether a key belongs to an input method that is composing, and not to the page. */
/** The code under which browsers report a key that an input method takes. */
const composingKeyCode = 229;

/** Safari ends the composition before it reports the Enter that accepted it: there the code alone says whose key it was. */
export function isComposing({ isComposing: isSaid, keyCode }: KeyboardEvent): boolean {
  return isSaid || keyCode === composingKeyCode;
}
