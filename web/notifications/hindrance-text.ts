/** Owns how the app says what hinders notifications, and what the user can do about it. */
import { t } from "@lingui/core/macro";
import { sentences } from "../texts/sentences.ts";
import type { Hindrance } from "./device.ts";

export function hindranceText(hindrance: Hindrance): string {
  switch (hindrance) {
    case "unsupported":
      return t`This browser cannot show notifications of this page.`;
    case "needs-home-screen":
      return sentences(
        t`Here notifications work only in an app on the home screen.`,
        t`Share this page, choose “Add to Home Screen”, and open Parley from there.`,
      );
    case "denied":
      return sentences(
        t`This browser blocks notifications of Parley.`,
        t`To allow them, open the site settings beside the address, allow notifications there, and come back.`,
      );
    case "no-server":
      return t`This server sends no notifications.`;
    case "failed":
      return sentences(t`Notifications could not be set up.`, t`Parley tries again when it is opened the next time.`);
  }
}
