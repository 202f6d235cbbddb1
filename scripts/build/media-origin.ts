/** Owns from where the web app may show pictures, play sounds and read what it keeps of them: its own origin, and that of `MEDIA_ORIGIN` where attachments have one of their own. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const source = join(import.meta.dirname, "../../web/public/_headers");

/** Writes the headers of a built web app for this origin; without one, those of the source. */
export function allowMedia(webFolder: string, mediaOrigin: string | undefined): void {
  writeFileSync(join(webFolder, "_headers"), headersFor(readFileSync(source, "utf8"), mediaOrigin));
}

export function headersFor(headers: string, mediaOrigin: string | undefined): string {
  if (mediaOrigin === undefined || mediaOrigin === "") return headers;
  const { origin } = new URL(mediaOrigin);
  return headers.replaceAll(/(img-src|media-src|connect-src) ([^;]+);/g, `$1 $2 ${origin};`);
}
