/** Owns where errors of a program's listeners go: to be seen, without stopping the SDK or ending the process. */

/** Where the program named no place of its own: the page's or Worker's error event, and the console elsewhere. */
export function report(error: unknown): void {
  // A throw that nobody catches would end a Node process.
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}
