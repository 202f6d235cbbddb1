/**
 * Owns the table by which the type of a file is known from its first bytes. What a client says decides only between sound and picture where a container may hold
 * either. What browsers would run (SVG, HTML, XML) and what is not in the table is a `file`, and so is only ever downloaded.
 */
import type { AttachmentKind } from "../../schema/wire/attachment.ts";
import { latin, u32 } from "./bytes.ts";

export type Sniffed = { type: string; kind: AttachmentKind };

/** Types of pictures that are points and nothing else, and that browsers show. Only these become pictures of people and groups. */
const rasters = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"] as const;
export type RasterType = (typeof rasters)[number];

export function isRaster(type: string): type is RasterType {
  return (rasters as readonly string[]).includes(type);
}

/** Bytes at an offset; a text stands for its Latin-1 bytes. `null` in a list is any byte. */
type Sign = { at?: number; is: string | readonly (number | null)[] };
type Entry = { type: string; signs: readonly Sign[] };

const entry = (type: string, ...signs: Sign[]): Entry => ({ type, signs });
const starts = (type: string, is: Sign["is"]): Entry => entry(type, { is });

/** In this order: the first that fits. What needs more than fixed bytes has a function below. */
const table: readonly Entry[] = [
  starts("image/png", "\x89PNG\r\n\x1a\n"),
  starts("image/jpeg", [0xff, 0xd8, 0xff]),
  starts("image/gif", "GIF87a"),
  starts("image/gif", "GIF89a"),
  entry("image/webp", { is: "RIFF" }, { at: 8, is: "WEBP" }),
  entry("audio/wav", { is: "RIFF" }, { at: 8, is: "WAVE" }),
  entry("video/vnd.avi", { is: "RIFF" }, { at: 8, is: "AVI" }),
  entry("image/bmp", { is: "BM" }, { at: 6, is: [0, 0, 0, 0] }, { at: 11, is: [0, 0, 0] }),
  starts("image/tiff", [0x49, 0x49, 0x2a, 0]),
  starts("image/tiff", [0x4d, 0x4d, 0, 0x2a]),
  starts("image/jxl", [0xff, 0x0a]),
  entry("image/jxl", { is: [0, 0, 0, 0x0c] }, { at: 4, is: "JXL \r\n\x87\n" }),
  starts("image/x-icon", [0, 0, 1, 0]),
  starts("audio/flac", "fLaC"),
  entry("audio/aiff", { is: "FORM" }, { at: 8, is: "AIFF" }),
  starts("audio/midi", "MThd"),
  starts("audio/amr", "#!AMR"),
  starts("audio/mpeg", "ID3"),
  starts("video/x-flv", "FLV\x01"),
  starts("video/mpeg", [0, 0, 1, 0xba]),
  starts("video/mpeg", [0, 0, 1, 0xb3]),
  starts("application/pdf", "%PDF"),
  starts("application/zip", "PK\x03\x04"),
  starts("application/zip", "PK\x05\x06"),
  starts("application/gzip", [0x1f, 0x8b, 8]),
  starts("application/x-bzip2", "BZh"),
  starts("application/x-xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
  starts("application/zstd", [0x28, 0xb5, 0x2f, 0xfd]),
  starts("application/x-7z-compressed", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
  starts("application/x-rar-compressed", "Rar!\x1a\x07"),
  starts("application/x-msdownload", "MZ"),
  starts("application/x-elf", "\x7fELF"),
  starts("application/wasm", "\0asm"),
  starts("application/x-sqlite3", "SQLite format 3"),
  starts("application/rtf", "{\\rtf"),
  starts("font/woff", "wOFF"),
  starts("font/woff2", "wOF2"),
];

/** Brands of ISO media files by what they hold. A container of moving pictures has any other. */
const pictureBrands: Readonly<Record<string, string>> = {
  avif: "image/avif",
  avis: "image/avif",
  heic: "image/heic",
  heix: "image/heic",
  heim: "image/heic",
  heis: "image/heic",
  mif1: "image/heif",
  msf1: "image/heif",
};

/** The type and kind of a file, by its first bytes. */
export function sniff(head: Uint8Array, saidType: string): Sniffed {
  const type = containerOf(head, saidType) ?? typeOf(head);
  return { type, kind: kindOf(type) };
}

function kindOf(type: string): AttachmentKind {
  const [top] = type.split("/");
  if (type === "image/svg+xml") return "file";
  return top === "image" || top === "audio" || top === "video" ? top : "file";
}

function typeOf(head: Uint8Array): string {
  const known = table.find(({ signs }) => signs.every((sign) => has(head, sign)))?.type;
  return known ?? frameType(head) ?? markupOf(head) ?? (isText(head) ? "text/plain" : "application/octet-stream");
}

/** MP4, WebM and Ogg, in which there may be sound alone: the said type decides, and what was said to be neither counts as moving pictures. */
function containerOf(head: Uint8Array, saidType: string): string | undefined {
  const container = mixedContainer(head);
  if (container === undefined || container.includes("/")) return container;
  return `${/^\s*audio\//i.test(saidType) ? "audio" : "video"}/${container}`;
}

/** The name of a container that may hold either; the whole type of one that is known better. */
function mixedContainer(head: Uint8Array): string | undefined {
  if (has(head, { is: "OggS" })) return "ogg";
  if (has(head, { is: [0x1a, 0x45, 0xdf, 0xa3] })) {
    const start = latin(head, 0, 128);
    return start.includes("webm") ? "webm" : start.includes("matroska") ? "video/x-matroska" : undefined;
  }
  if (!has(head, { at: 4, is: "ftyp" })) return undefined;
  const brand = latin(head, 8, 12).toLowerCase().trim();
  const picture = pictureBrands[brand];
  if (picture === "image/heif") return pictureOf(head) ?? picture;
  if (picture !== undefined) return picture;
  return brand === "qt" ? "video/quicktime" : "mp4";
}

/** What a file of the general picture brands says that it is compatible with. */
function pictureOf(head: Uint8Array): string | undefined {
  const end = Math.min(head.length, u32(head, 0), 256);
  for (let at = 16; at + 4 <= end; at += 4) {
    const type = pictureBrands[latin(head, at, at + 4)];
    if (type !== undefined && type !== "image/heif") return type;
  }
  return undefined;
}

/** Sound that begins with a frame: MPEG audio and ADTS, told apart by the layer. */
function frameType(head: Uint8Array): string | undefined {
  const [first = 0, second = 0, third = 0] = head;
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const layer = (second >> 1) & 3;
  if ((second & 0xf6) === 0xf0) return "audio/aac";
  const isFrame = layer !== 0 && ((second >> 3) & 3) !== 1 && third >> 4 !== 0x0f && ((third >> 2) & 3) !== 3;
  return isFrame ? "audio/mpeg" : undefined;
}

/** What a browser would take for a document, in whatever of its encodings. */
function markupOf(head: Uint8Array): string | undefined {
  const text = decoded(head).replace(/^[\uFEFF\s]+/, "");
  const bare = text.replace(/<!--[\s\S]*?(?:-->|$)|<\?[\s\S]*?(?:\?>|$)|<!doctype[^>]*>/gi, "");
  if (/<svg[\s>/:]/i.test(bare.slice(0, 1_024)) || /^<!doctype\s+svg/i.test(text)) return "image/svg+xml";
  if (
    /^<!doctype\s+html/i.test(text) ||
    /<(?:html|head|body|script|iframe|title|style)[\s>/]/i.test(bare.slice(0, 1_024))
  )
    return "text/html";
  return /^<\?xml[\s?]/i.test(text) || /^<!doctype\s/i.test(text) ? "application/xml" : undefined;
}

function decoded(head: Uint8Array): string {
  const [first, second] = head;
  if ((first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe)) {
    const isBig = first === 0xfe;
    let text = "";
    for (let at = 0; at + 1 < head.length; at += 2)
      text += String.fromCharCode(((head[at + (isBig ? 0 : 1)] ?? 0) << 8) | (head[at + (isBig ? 1 : 0)] ?? 0));
    return text;
  }
  const isMarked = first === 0xef && second === 0xbb;
  return latin(head, isMarked ? 3 : 0, head.length);
}

/** Whether these are bytes of UTF-8 without control characters, but for a character that the end has cut. */
function isText(head: Uint8Array): boolean {
  let at = 0;
  while (at < head.length) {
    const byte = head[at] ?? 0;
    if (byte < 0x20 ? byte !== 9 && byte !== 10 && byte !== 13 : byte === 0x7f) return false;
    const more = byte < 0x80 ? 0 : byte < 0xc2 ? -1 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : byte < 0xf5 ? 3 : -1;
    if (more < 0) return false;
    for (let n = 1; n <= more && at + n < head.length; n++) if (((head[at + n] ?? 0) & 0xc0) !== 0x80) return false;
    at += 1 + more;
  }
  return head.length > 0;
}

function has(head: Uint8Array, { at = 0, is }: Sign): boolean {
  if (head.length < at + is.length) return false;
  for (let n = 0; n < is.length; n++) {
    const wanted = typeof is === "string" ? is.charCodeAt(n) : is[n];
    if (wanted !== null && head[at + n] !== wanted) return false;
  }
  return true;
}
