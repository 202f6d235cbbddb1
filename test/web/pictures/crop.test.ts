import fc from "fast-check";
import { expect, test } from "vitest";
import { covering, cropOf } from "../../../web/pictures/crop.ts";
import { moved, whole, zoomed } from "../../../web/pictures/zoom.ts";

const side = 280;
const screen = { width: side, height: side };

test("a picture that was not touched is cut to the square in its middle", () => {
  expect(cropOf({ width: 1_200, height: 800 }, side, whole)).toEqual({ x: 200, y: 0, side: 800 });
});

test("what is moved to the right shows more of the left", () => {
  const picture = { width: 1_200, height: 800 };
  const zoom = moved(whole, { x: 1_000, y: 50 }, covering(picture, side), screen);
  expect(cropOf(picture, side, zoom)).toEqual({ x: 0, y: 0, side: 800 });
});

test("the part is a square within the picture, whatever is done to it", () => {
  const place = fc.integer({ min: -300, max: 300 });
  const act = fc.record({ times: fc.double({ min: 0.3, max: 4, noNaN: true }), x: place, y: place });
  const size = fc.record({ width: fc.integer({ min: 1, max: 5_000 }), height: fc.integer({ min: 1, max: 5_000 }) });
  fc.assert(
    fc.property(size, fc.array(act, { maxLength: 12 }), (picture, acts) => {
      const covers = covering(picture, side);
      let zoom = whole;
      for (const { times, x, y } of acts)
        zoom = moved(zoomed(zoom, times, { x, y }, covers, screen), { x: y, y: x }, covers, screen);
      const { x, y, side: cropped } = cropOf(picture, side, zoom);
      const slack = 1e-6 * Math.max(picture.width, picture.height);
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(x + cropped).toBeLessThanOrEqual(picture.width + slack);
      expect(y + cropped).toBeLessThanOrEqual(picture.height + slack);
      expect(cropped).toBeGreaterThan(0);
    }),
  );
});
