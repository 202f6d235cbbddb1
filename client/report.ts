/** Owns where errors of a program's listeners go: to be seen, without stopping the SDK or ending the process. */

/** Where the program named no place of its own: the page's or Worker's error event, and elsewhere the console. */
export function report(error: unknown): void {
  // A throw that nobody catches would end a Node process.
  if (typeof reportError === "function") reportError(error);
  // eslint-disable-next-line no-console -- the last place where somebody can see it
  else console.error(error);
}
