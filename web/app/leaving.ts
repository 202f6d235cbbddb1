/**
 * Owns removing what this browser keeps of an account that was signed out, here or in another tab, and what is done for each account once the page is idle. It is loaded then, for no
 * first screen needs it.
 */
import type { Account } from "parley-sdk";
import { browserStore } from "../browser/browser-store.ts";
import { forgetChosenFiles } from "../conversation/composer/chosen-files.ts";
import { draftsPrefix } from "../conversation/composer/drafts.ts";
import { sendingPrefix } from "../conversation/sending.ts";
import { emojiPrefix, forgetUsed } from "../emoji/recent.ts";
import { forgetPictures } from "../media/kept-pictures.ts";
import { thisDevice } from "../notifications/this-device.ts";
import { player } from "../voice/playing.ts";

export { sendLeftOver } from "../conversation/sending.ts";
export { sweepPictures } from "../media/kept-pictures.ts";

export function forget({ userId }: Account): void {
  forgetUsed(userId);
  for (const prefix of [draftsPrefix(userId), sendingPrefix(userId), emojiPrefix(userId)])
    for (const key of browserStore.keys(prefix)) browserStore.remove(key);
  void thisDevice.forget(userId);
  player.forget(userId);
  forgetChosenFiles(userId);
  void forgetPictures(userId);
}
