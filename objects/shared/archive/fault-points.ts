/** Owns named points at which a test may make the work throw, as if the machine had died there. Outside of tests they do nothing. */

export const faultPoints: { reach: ((name: string) => void) | undefined } = { reach: undefined };

/** The work has come to this point. */
export function reach(name: string): void {
  faultPoints.reach?.(name);
}
