/** Owns the shape of an imported catalog, or of a part of it, which the build compiles from its .po file. */
declare module "*?lingui" {
  import type { Messages } from "@lingui/core";
  export const messages: Messages;
}
