/** What a file is by its bytes, compared with the library that knows most, and with files that pretend. */
import { fileTypeFromBuffer } from "file-type";
import { describe, expect, test } from "vitest";
import { isRaster, sniff } from "../../../core/media/sniff.ts";

const bytesOf = (...parts: (string | readonly number[])[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part, "latin1")] : part)));
const pad = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const padded = new Uint8Array(4_096);
  padded.set(bytes);
  return padded;
};
const ftyp = (brand: string, ...compatible: string[]): Uint8Array<ArrayBuffer> =>
  bytesOf([0, 0, 0, 16 + 4 * compatible.length], "ftyp", brand, [0, 0, 0, 0], ...compatible);
const ebml = (kind: string): Uint8Array<ArrayBuffer> =>
  bytesOf(
    [
      0x1a,
      0x45,
      0xdf,
      0xa3,
      0x9f,
      0x42,
      0x86,
      0x81,
      1,
      0x42,
      0xf7,
      0x81,
      1,
      0x42,
      0xf2,
      0x81,
      4,
      0x42,
      0xf3,
      0x81,
      8,
      0x42,
      0x82,
      0x80 + kind.length,
    ],
    kind,
  );

/** Beginnings of files of which the library says the same; where it has another name for the type, that is given. */
const known: [string, Uint8Array<ArrayBuffer>, string?][] = [
  [
    "image/png",
    bytesOf(
      "\x89PNG\r\n\x1a\n",
      [0, 0, 0, 13],
      "IHDR",
      [0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0],
      "IDAT",
    ),
  ],
  ["image/jpeg", bytesOf([0xff, 0xd8, 0xff, 0xe0, 0, 16], "JFIF\0")],
  ["image/gif", bytesOf("GIF89a", [1, 0, 1, 0])],
  ["image/webp", bytesOf("RIFF", [30, 0, 0, 0], "WEBPVP8 ")],
  ["image/bmp", bytesOf("BM", [0x46, 0, 0, 0, 0, 0, 0, 0, 0x36, 0, 0, 0])],
  ["image/tiff", bytesOf([0x49, 0x49, 0x2a, 0, 8, 0, 0, 0])],
  ["image/x-icon", bytesOf([0, 0, 1, 0, 1, 0, 16, 16])],
  ["image/jxl", bytesOf([0xff, 0x0a])],
  ["image/avif", ftyp("avif", "mif1", "miaf")],
  ["image/heic", ftyp("heic", "mif1", "heic")],
  ["audio/wav", bytesOf("RIFF", [36, 0, 0, 0], "WAVEfmt ")],
  ["audio/flac", bytesOf("fLaC", [0, 0, 0, 34])],
  ["audio/mpeg", bytesOf([0xff, 0xfb, 0x90, 0x44])],
  ["audio/aac", bytesOf([0xff, 0xf1, 0x50, 0x80])],
  ["audio/midi", bytesOf("MThd", [0, 0, 0, 6])],
  ["audio/amr", bytesOf("#!AMR\n")],
  ["audio/aiff", bytesOf("FORM", [0, 0, 0, 0], "AIFF")],
  ["video/vnd.avi", bytesOf("RIFF", [36, 0, 0, 0], "AVI LIST")],
  ["video/quicktime", ftyp("qt  ", "qt  ")],
  ["video/mp4", ftyp("isom", "isom", "mp42")],
  ["video/webm", ebml("webm")],
  ["video/x-matroska", ebml("matroska"), "video/matroska"],
  ["video/x-flv", bytesOf("FLV\x01", [5, 0, 0, 0, 9])],
  ["application/pdf", bytesOf("%PDF-1.7\n")],
  ["application/gzip", bytesOf([0x1f, 0x8b, 8, 0])],
  ["application/x-bzip2", bytesOf("BZh9")],
  ["application/x-xz", bytesOf([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0])],
  ["application/zstd", bytesOf([0x28, 0xb5, 0x2f, 0xfd])],
  ["application/x-7z-compressed", bytesOf([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c])],
  ["application/x-rar-compressed", bytesOf("Rar!\x1a\x07\x01\0")],
  ["application/x-msdownload", bytesOf("MZ\x90\0")],
  ["application/x-elf", bytesOf("\x7fELF", [2, 1, 1])],
  ["application/wasm", bytesOf("\0asm", [1, 0, 0, 0])],
  ["application/x-sqlite3", bytesOf("SQLite format 3\0")],
  ["application/rtf", bytesOf("{\\rtf1\\ansi}")],
  ["font/woff", bytesOf("wOFF", [0, 1, 0, 0])],
  ["font/woff2", bytesOf("wOF2", [0, 1, 0, 0])],
];

describe("[U3] the type is what the bytes are", () => {
  test.each(known)("%s, as the library says", async (type, head, name = type) => {
    expect(sniff(pad(head), "")).toMatchObject({ type });
    // Some of what is said counts only for containers.
    if (!/mp4|webm|ogg/.test(type)) expect(sniff(pad(head), "text/html")).toMatchObject({ type });
    expect((await fileTypeFromBuffer(pad(head)))?.mime).toBe(name);
  });

  test.each(["mp4", "webm", "ogg"])("%s: what is said decides between sound and moving pictures", (container) => {
    const head = pad(
      { mp4: ftyp("M4A ", "isom"), webm: ebml("webm"), ogg: bytesOf("OggS", [0, 2]) }[container] ?? bytesOf(),
    );
    expect(sniff(head, "audio/anything")).toEqual({ type: `audio/${container}`, kind: "audio" });
    expect(sniff(head, "video/mp4")).toEqual({ type: `video/${container}`, kind: "video" });
    for (const neither of ["", "image/png", "text/html", "xaudio/ogg"])
      expect(sniff(head, neither)).toEqual({ type: `video/${container}`, kind: "video" });
  });
});

const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';
const html = "<html><script>alert(1)</script></html>";
/** Files that a browser would run if it were told to guess, and what they are here. */
const hostile: [string, Uint8Array<ArrayBuffer>, string][] = [
  ["SVG", bytesOf(svg), "image/svg+xml"],
  ["SVG behind a declaration", bytesOf(`<?xml version="1.0"?>\n<!-- <b> -->${svg}`), "image/svg+xml"],
  ["SVG behind a doctype", bytesOf('<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x"><svg/>'), "image/svg+xml"],
  ["SVG behind white space and a mark", bytesOf([0xef, 0xbb, 0xbf], ` \n\t${svg}`), "image/svg+xml"],
  [
    "SVG in UTF-16",
    bytesOf(
      [0xff, 0xfe],
      Array.from(svg).flatMap((letter) => [letter.charCodeAt(0), 0]),
    ),
    "image/svg+xml",
  ],
  ["SVG with a prefix", bytesOf('<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>'), "image/svg+xml"],
  ["HTML", bytesOf(html), "text/html"],
  ["HTML in capitals", bytesOf("<HTML><BODY onload=alert(1)>"), "text/html"],
  ["HTML behind a doctype", bytesOf(`<!doctype html>${html}`), "text/html"],
  ["HTML behind a comment", bytesOf(`<!-- x -->\n<script>alert(1)</script>`), "text/html"],
  ["XHTML", bytesOf('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>'), "text/html"],
  ["XML", bytesOf('<?xml version="1.0"?><feed/>'), "application/xml"],
  ["XSLT", bytesOf('<?xml version="1.0"?><xsl:stylesheet/>'), "application/xml"],
  ["a script", bytesOf("#!/bin/sh\nrm -rf /\n"), "text/plain"],
  ["JavaScript", bytesOf("alert(1);//"), "text/plain"],
  ["a program", bytesOf("MZ", [0x90, 0, 3, 0]), "application/x-msdownload"],
  ["a zip bomb", bytesOf("PK\x03\x04", [20, 0, 0, 0]), "application/zip"],
  ["a gzip bomb", bytesOf([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), "application/gzip"],
  ["a PDF with a script", bytesOf("%PDF-1.7 /JavaScript"), "application/pdf"],
  ["zeros", new Uint8Array(64), "application/octet-stream"],
  ["nothing", new Uint8Array(), "application/octet-stream"],
  ["a cut-off PNG", bytesOf("\x89PNG\r\n"), "application/octet-stream"],
  ["RIFF of nothing", bytesOf("RIFF", [4, 0, 0, 0], "EVIL"), "application/octet-stream"],
  ["a container of nothing known", ebml("evil"), "application/octet-stream"],
];

test.each(hostile)("[U3] %s is a file, which is only ever downloaded", (_, head, type) => {
  for (const said of ["image/png", "image/svg+xml", "video/mp4", ""]) {
    const sniffed = sniff(head, said);
    expect(sniffed).toEqual({ type, kind: "file" });
    expect(isRaster(sniffed.type)).toBe(false);
  }
});

/** Files that are two things at once are what they begin as; that is what their answers say, with `nosniff`. */
test.each([
  ["GIF and JavaScript", bytesOf("GIF89a/*", [0, 0], "*/=1;alert(1)"), "image/gif"],
  ["GIF and HTML", bytesOf("GIF89a", [1, 0, 1, 0], html), "image/gif"],
  ["PNG and SVG", bytesOf("\x89PNG\r\n\x1a\n", [0, 0, 0, 13], "IHDR", svg), "image/png"],
  ["JPEG and HTML", bytesOf([0xff, 0xd8, 0xff, 0xfe, 1, 0], html), "image/jpeg"],
  ["JPEG and ZIP", bytesOf([0xff, 0xd8, 0xff, 0xe0], "PK\x03\x04"), "image/jpeg"],
  ["BMP and JavaScript", bytesOf("BM", [0x2f, 0x2a, 0, 0, 0, 0, 0, 0, 0x36, 0, 0, 0], "*/=1"), "image/bmp"],
  ["WebP and PDF", bytesOf("RIFF", [30, 0, 0, 0], "WEBPVP8 %PDF-1.7"), "image/webp"],
])("[U3] a polyglot is what it begins as: %s", (_, head, type) => {
  expect(sniff(head, "text/html")).toEqual({ type, kind: "image" });
});
