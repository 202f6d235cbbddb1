/** Owns the page's one instance of the SDK. All tabs of a browser share its accounts; each tab has its own sockets. */
import { createParley } from "parley-sdk";
import { indexedDbStorage } from "parley-sdk/indexed-db";
import { deviceName } from "./device-name.ts";
import { noteStorageTrouble } from "../browser/browser-store.ts";

export const storage = indexedDbStorage({ onTrouble: noteStorageTrouble });

export const parley = createParley({
  baseUrl: location.origin,
  storage,
  device: {
    // This is read when a user signs in. Before that, the page's language is not known yet.
    get name() {
      return deviceName(navigator.userAgent);
    },
    platform: "web",
  },
});
