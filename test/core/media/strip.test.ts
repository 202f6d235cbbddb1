/** What is taken out of pictures, and that what is left shows the same; over whole pictures and over bytes that somebody made up. */
import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { pictureSize } from "../../../core/media/picture-size.ts";
import type { RasterType } from "../../../core/media/sniff.ts";
import { withoutMetadata } from "../../../core/media/strip.ts";
import { seeded } from "../../rig/random.ts";

const bytesOf = (...parts: (string | readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part, "latin1")] : [...part])));
const textOf = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString("latin1");
const be = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const le = (value: number): number[] => be(value).toReversed();

const secret = "GPS 52.520008,13.404954";
const segment = (marker: number, text: string): Uint8Array<ArrayBuffer> =>
  bytesOf([0xff, marker, (text.length + 2) >> 8, (text.length + 2) & 255], text);
const scan = bytesOf([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0], [1, 2, 0xff, 0, 3, 0xff, 0xd0, 4, 0xff, 0xff, 0, 5]);
const frame = segment(0xc0, "\x08\x00\x10\x00\x20\x01\x01\x11\x00");
const jpegParts = {
  kept: [
    segment(0xe0, "JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
    segment(0xe2, "ICC_PROFILE\0\x01\x01icc"),
    segment(0xdb, "\0quant"),
    frame,
    segment(0xc4, "\0huff"),
    scan,
    segment(0xc4, "\0again"),
    scan,
  ],
  gone: [
    segment(0xe1, `Exif\0\0${secret}`),
    segment(0xe1, `http://ns.adobe.com/xap/1.0/\0<x:xmpmeta ${secret}`),
    segment(0xe2, `MPF\0${secret}`),
    segment(0xed, `Photoshop 3.0\0${secret}`),
    segment(0xfe, secret),
    segment(0xe0, `JFXX\0${secret}`),
    segment(0xef, secret),
  ],
};
const [soi, eoi] = [bytesOf([0xff, 0xd8]), bytesOf([0xff, 0xd9])];
const jpeg = bytesOf(
  soi,
  ...jpegParts.kept.flatMap((part, at) => [jpegParts.gone[at % jpegParts.gone.length] ?? [], part]),
  eoi,
  `trailing ${secret}`,
);
const bareJpeg = bytesOf(soi, ...jpegParts.kept, eoi);

const chunk = (type: string, data: string | Uint8Array): Uint8Array<ArrayBuffer> =>
  bytesOf(be(data.length), type, bytesOf(data), [0, 0, 0, 0]);
const ihdr = chunk("IHDR", bytesOf(be(32), be(16), [8, 6, 0, 0, 0]));
const signature = bytesOf("\x89PNG\r\n\x1a\n");
const bombs = ["tEXt", "zTXt", "iTXt", "eXIf", "tIME", "dSIG", "vpAg", "caBX"];
const png = bytesOf(
  signature,
  ihdr,
  chunk("sRGB", "\0"),
  ...bombs.map((type) => chunk(type, `XML:com.adobe.xmp ${secret}`)),
  chunk("IDAT", "data"),
  chunk("tEXt", secret),
  chunk("IEND", ""),
  secret,
);
const barePng = bytesOf(signature, ihdr, chunk("sRGB", "\0"), chunk("IDAT", "data"), chunk("IEND", ""));

const riff = (type: string, data: Uint8Array | string): Uint8Array<ArrayBuffer> =>
  bytesOf(type, le(data.length), bytesOf(data), data.length % 2 === 0 ? [] : [0]);
const webpOf = (...chunks: Uint8Array[]): Uint8Array<ArrayBuffer> => riff("RIFF", bytesOf("WEBP", ...chunks));
const vp8x = (flags: number): Uint8Array<ArrayBuffer> =>
  riff("VP8X", bytesOf([flags, 0, 0, 0], [31, 0, 0], [15, 0, 0]));
const frameOf = (...inside: Uint8Array[]): Uint8Array<ArrayBuffer> =>
  riff("ANMF", bytesOf(new Uint8Array(16), ...inside));
const webp = bytesOf(
  webpOf(
    vp8x(0x2c | 0x10),
    riff("ICCP", "icc"),
    riff("ALPH", "alpha"),
    riff("VP8 ", "picture"),
    frameOf(riff("VP8 ", "one"), riff("EXIF", secret)),
    riff("EXIF", secret),
    riff("XMP ", secret),
    riff("evil", secret),
  ),
  secret,
);
const bareWebp = webpOf(
  vp8x(0x20 | 0x10),
  riff("ICCP", "icc"),
  riff("ALPH", "alpha"),
  riff("VP8 ", "picture"),
  frameOf(riff("VP8 ", "one")),
);

const blocks = (text: string): Uint8Array<ArrayBuffer> => bytesOf([text.length], text, [0]);
const gifHead = bytesOf("GIF89a", [32, 0, 16, 0, 0x80, 0, 0], [0, 0, 0, 255, 255, 255]);
const image = bytesOf([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2], blocks("\x44\x01"));
const control = bytesOf([0x21, 0xf9, 4, 0, 0, 0, 0, 0]);
const loops = bytesOf([0x21, 0xff, 11], "NETSCAPE2.0", [3, 1, 0, 0, 0]);
const gif = bytesOf(
  gifHead,
  [0x21, 0xfe],
  blocks(secret),
  [0x21, 0xff, 11],
  "XMP DataXMP",
  blocks(secret),
  loops,
  control,
  [0x21, 0x01, 12],
  new Uint8Array(12),
  blocks(secret),
  image,
  [0x3b],
  secret,
);
const bareGif = bytesOf(gifHead, loops, control, image, [0x3b]);

const box = (type: string, ...data: (string | readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> => {
  const inside = bytesOf(...data);
  return bytesOf(be(inside.length + 8), type, inside);
};
const infe = (id: number, type: string, more = "\0"): Uint8Array<ArrayBuffer> =>
  box("infe", [2, 0, 0, 0, 0, id, 0, 0], type, more);
function avifOf(extraBoxes: Uint8Array[] = []): Uint8Array<ArrayBuffer> {
  const ftyp = box("ftyp", "avif", be(0), "mif1miaf");
  const build = (base: number): Uint8Array<ArrayBuffer> => {
    const place = (id: number, from: number, length: number): number[] => [
      0,
      id,
      0,
      0,
      0,
      1,
      ...be(from),
      ...be(length),
    ];
    const iloc = box(
      "iloc",
      [0, 0, 0, 0, 0x44, 0, 0, 3],
      place(1, base, 7),
      place(2, base + 7, secret.length),
      place(3, base + 7 + secret.length, secret.length),
    );
    const iinf = box(
      "iinf",
      [0, 0, 0, 0, 0, 3],
      infe(1, "av01"),
      infe(2, "Exif"),
      infe(3, "mime", "\0application/rdf+xml\0"),
    );
    const ispe = box("iprp", box("ipco", box("ispe", [0, 0, 0, 0], be(32), be(16))));
    return bytesOf(ftyp, box("meta", [0, 0, 0, 0], box("hdlr", "x".repeat(20)), iinf, iloc, ispe), ...extraBoxes);
  };
  const before = build(0).length + 8;
  return bytesOf(build(before), box("mdat", "picture", secret, secret));
}

const pictures: Record<RasterType, { whole: Uint8Array<ArrayBuffer>; bare: Uint8Array<ArrayBuffer> | null }> = {
  "image/jpeg": { whole: jpeg, bare: bareJpeg },
  "image/png": { whole: png, bare: barePng },
  "image/webp": { whole: webp, bare: bareWebp },
  "image/gif": { whole: gif, bare: bareGif },
  "image/avif": { whole: avifOf([box("uuid", secret), box("evil", secret)]), bare: null },
};
const types = Object.keys(pictures) as RasterType[];

describe.each(types)("%s", (type) => {
  const { whole, bare } = pictures[type];

  test("[U11] keeps what shows the picture, and nothing of where and when it was made", () => {
    const stripped = withoutMetadata(type, whole);
    if (bare !== null) expect(textOf(stripped)).toBe(textOf(bare));
    for (const trace of [secret, "GPS", "Exif", "xmp", "XMP", "rdf"]) expect(textOf(stripped)).not.toContain(trace);
    expect(withoutMetadata(type, stripped ?? new Uint8Array())).toEqual(stripped);
    expect(pictureSize(type, whole)).toEqual({ width: 32, height: 16 });
    expect(pictureSize(type, stripped ?? new Uint8Array())).toEqual({ width: 32, height: 16 });
  });

  test("[U11] is never read beyond its end, and never grows, however it was cut or changed", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = seeded(seed);
    const before = textOf(whole);
    for (let n = 0; n < 3_000; n++) {
      const bad = whole.slice(0, random() < 0.3 ? Math.floor(random() * whole.length) : whole.length);
      for (let times = Math.floor(random() * 6); times > 0; times--)
        bad[Math.floor(random() * bad.length)] = random() < 0.4 ? 255 : Math.floor(random() * 256);
      const stripped = withoutMetadata(type, bad);
      expect((stripped?.length ?? 0) <= bad.length + 2, `seed ${seed}`).toBe(true);
      pictureSize(type, bad);
    }
    expect(textOf(whole)).toBe(before);
  });

  test.each([0, 1, 2, 3, 8, 12, 20])("of %i bytes it is damaged", (length) => {
    expect(withoutMetadata(type, whole.slice(0, length))).toBeNull();
  });
});

test("[U11] a real PNG of a browser comes out as it went in", () => {
  const real = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
    "base64",
  );
  const stripped = withoutMetadata("image/png", real);
  expect(Buffer.from(stripped ?? []).equals(real)).toBe(true);
  expect(inflateSync(real.subarray(41, 54))).toHaveLength(5);
});

test("[U11] an AVIF whose metadata cannot be found is damaged", () => {
  const elsewhere = avifOf();
  const at = textOf(elsewhere).indexOf("iloc");
  elsewhere[at + 4] = 3;
  expect(withoutMetadata("image/avif", elsewhere)).toBeNull();
  const beyond = avifOf();
  beyond.fill(255, at + 28, at + 32);
  expect(withoutMetadata("image/avif", beyond)).toBeNull();
});
