/** Owns the page's one instance of the SDK. All tabs of a browser share its accounts; each tab has its own sockets. */
import { createParley } from "parley-sdk";
import { indexedDbStorage } from "parley-sdk/indexed-db";
import { deviceFace } from "./device-face.ts";
import { noteKeepingTrouble } from "../browser/kept.ts";

export const parley = createParley({
  baseUrl: location.origin,
  storage: indexedDbStorage({ onTrouble: noteKeepingTrouble }),
  device: deviceFace(navigator.userAgent),
});
