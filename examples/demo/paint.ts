/** Paints the demo's pictures: evenings over hills, by numbers, so that no picture of anybody's has to be kept here. As PNG (ISO/IEC 15948). */
import { crc32, deflateSync } from "node:zlib";
import { rgbaToThumbHash } from "thumbhash";

type Colour = readonly [number, number, number];

interface Palette {
  readonly sky: readonly [Colour, Colour];
  readonly sun: Colour;
  readonly hills: readonly Colour[];
}

const palettes: readonly Palette[] = [
  {
    sky: [
      [36, 44, 92],
      [248, 158, 108],
    ],
    sun: [255, 226, 160],
    hills: [
      [116, 74, 108],
      [74, 50, 92],
      [38, 30, 66],
    ],
  },
  {
    sky: [
      [88, 160, 214],
      [226, 240, 246],
    ],
    sun: [255, 250, 226],
    hills: [
      [122, 168, 150],
      [70, 128, 112],
      [34, 88, 84],
    ],
  },
  {
    sky: [
      [20, 26, 48],
      [70, 92, 128],
    ],
    sun: [236, 240, 250],
    hills: [
      [48, 66, 96],
      [32, 46, 72],
      [18, 26, 44],
    ],
  },
  {
    sky: [
      [238, 152, 130],
      [252, 224, 190],
    ],
    sun: [255, 250, 240],
    hills: [
      [206, 116, 112],
      [150, 80, 98],
      [92, 54, 84],
    ],
  },
  {
    sky: [
      [74, 92, 108],
      [178, 190, 196],
    ],
    sun: [222, 228, 230],
    hills: [
      [104, 118, 124],
      [74, 88, 96],
      [46, 58, 68],
    ],
  },
  {
    sky: [
      [120, 190, 186],
      [248, 244, 214],
    ],
    sun: [255, 244, 170],
    hills: [
      [240, 190, 120],
      [210, 140, 96],
      [130, 92, 80],
    ],
  },
];

export interface Painting {
  readonly file: Blob;
  readonly width: number;
  readonly height: number;
  /** Base64, for `AttachmentFile.thumbhash`. */
  readonly thumbhash: string;
}

/** The picture of a number: the same each time. */
export function paint(n: number, width: number, height: number): Painting {
  const palette = palettes[n % palettes.length] ?? palettes[0];
  const pixels = draw(palette as Palette, n, width, height);
  const small = draw(palette as Palette, n, 48, Math.max(1, Math.round((48 * height) / width)));
  const thumb = rgbaToThumbHash(48, small.length / 48 / 4, small);
  return {
    file: new Blob([png(pixels, width, height)], { type: "image/png" }),
    width,
    height,
    thumbhash: Buffer.from(thumb).toString("base64"),
  };
}

function draw({ sky, sun, hills }: Palette, n: number, width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(width * height * 4);
  const sunX = 0.2 + 0.6 * fraction(n * 0.618);
  const sunY = 0.32 + 0.12 * fraction(n * 0.381);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / width, y / height];
      const far = Math.hypot((u - sunX) * (width / height), v - sunY);
      let colour = far < 0.09 ? sun : mix(sky[0], sky[1], Math.min(1, v * 1.3));
      if (far >= 0.09) colour = mix(colour, sun, Math.max(0, 0.5 - far * 1.4));
      for (const [index, hill] of hills.entries()) {
        const ridge = 0.52 + index * 0.15 + 0.07 * Math.sin(u * (5 + index * 2) + n * 1.7 + index * 2.1);
        if (v > ridge + 0.02 * Math.sin(u * 23 + n + index)) colour = hill;
      }
      pixels.set([...colour, 255], (y * width + x) * 4);
    }
  }
  return pixels;
}

const fraction = (value: number): number => value - Math.floor(value);

function mix(a: Colour, b: Colour, share: number): Colour {
  const at = (index: 0 | 1 | 2): number => Math.round(a[index] + (b[index] - a[index]) * share);
  return [at(0), at(1), at(2)];
}

function png(pixels: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const lines = new Uint8Array(height * (width * 4 + 1));
  for (let y = 0; y < height; y++)
    lines.set(pixels.subarray(y * width * 4, (y + 1) * width * 4), y * (width * 4 + 1) + 1);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // Eight bits, red, green, blue and alpha.
  head.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [signature, chunk("IHDR", head), chunk("IDAT", deflateSync(lines)), chunk("IEND", Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat(parts));
}

function chunk(name: string, data: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const whole = Buffer.alloc(named.length + 8);
  whole.writeUInt32BE(data.length, 0);
  whole.set(named, 4);
  whole.writeUInt32BE(crc32(named), named.length + 4);
  return whole;
}
