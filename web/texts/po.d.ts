/** Owns the shape of an imported catalog, which the build compiles from its .po file. */
declare module "*.po" {
  import type { Messages } from "@lingui/core";
  export const messages: Messages;
}
