/** Owns named points at which a test may make the work throw, as if the machine had died there, or do something in between. Outside of tests they do nothing. */

export const faultPoints: { reach: ((name: string) => Promise<void> | void) | undefined } = { reach: undefined };

/** The work has come to this point. */
export async function reach(name: string): Promise<void> {
  await faultPoints.reach?.(name);
}

/** The same within a transaction, which awaits nothing. */
export function reachNow(name: string): void {
  void faultPoints.reach?.(name);
}
