/** Owns the one SDK of the page. The accounts in it are those of this browser; each tab has its own links. */
import { createParley } from "../../client/index.ts";
import { indexedDbStorage } from "../../client/storage/storage-indexed-db.ts";
import { deviceFace } from "./device-face.ts";
import { noteKeepingTrouble } from "../browser/kept.ts";

export const parley = createParley({
  baseUrl: location.origin,
  storage: indexedDbStorage({ onTrouble: noteKeepingTrouble }),
  device: deviceFace(navigator.userAgent),
});
