import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitted, moved, scaleMax, whole, type Zoom, zoomed } from "../../../web/pictures/zoom.ts";

const screen = { width: 1_000, height: 600 };
const picture = { width: 900, height: 600 };

describe("an enlarged picture", () => {
  test("keeps under the pointer what was there", () => {
    const around = { x: 100, y: -80 };
    const { scale, x, y } = zoomed(whole, 3, around, picture, screen);
    expect(scale).toBe(3);
    // The place of the picture under the pointer, before and after.
    expect((around.x - x) / scale).toBeCloseTo(around.x);
    expect((around.y - y) / scale).toBeCloseTo(around.y);
  });

  test("is whole again, and in the middle, when it is made small", () => {
    const large = zoomed(whole, 4, { x: 300, y: 200 }, picture, screen);
    expect(zoomed(large, 0.1, { x: -50, y: 10 }, picture, screen)).toEqual(whole);
  });

  test("has no edge further in than the screen's, and bounds, whatever is done to it", () => {
    const act = fc.record({
      times: fc.double({ min: 0.2, max: 5, noNaN: true }),
      x: fc.integer({ min: -900, max: 900 }),
      y: fc.integer({ min: -900, max: 900 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        let zoom: Zoom = whole;
        for (const { times, x, y } of acts) {
          zoom = zoomed(zoom, times, { x, y }, picture, screen);
          zoom = moved(zoom, { x: y, y: x }, picture, screen);
        }
        const { scale, x, y } = zoom;
        expect(scale).toBeGreaterThanOrEqual(1);
        expect(scale).toBeLessThanOrEqual(scaleMax);
        expect(Math.abs(x)).toBeLessThanOrEqual(Math.max(0, (picture.width * scale - screen.width) / 2) + 1e-6);
        expect(Math.abs(y)).toBeLessThanOrEqual(Math.max(0, (picture.height * scale - screen.height) / 2) + 1e-6);
      }),
    );
  });

  test("is fitted into the screen, and not made larger than it is", () => {
    expect(fitted({ width: 4_000, height: 1_200 }, screen)).toEqual({ width: 1_000, height: 300 });
    expect(fitted({ width: 20, height: 10 }, screen)).toEqual({ width: 20, height: 10 });
  });
});
