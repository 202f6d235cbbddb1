/** Owns how far a picture is enlarged and where it stands: pure, in CSS pixels from the middle of the screen. */

export interface Zoom {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Area {
  readonly width: number;
  readonly height: number;
}

export const scaleMax = 8;
/** Below this a picture counts as not enlarged. */
const almostOne = 1.02;

export const whole: Zoom = { scale: 1, x: 0, y: 0 };

/** Enlarges `times` around a point of the screen: what is under the point stays there. */
export function zoomed(zoom: Zoom, times: number, around: Point, picture: Area, screen: Area): Zoom {
  const scale = Math.min(scaleMax, Math.max(1, zoom.scale * times));
  if (scale < almostOne) return held({ ...zoom, scale: 1 }, picture, screen);
  const by = scale / zoom.scale;
  return held(
    { scale, x: around.x - (around.x - zoom.x) * by, y: around.y - (around.y - zoom.y) * by },
    picture,
    screen,
  );
}

export function moved(zoom: Zoom, by: Point, picture: Area, screen: Area): Zoom {
  return held({ scale: zoom.scale, x: zoom.x + by.x, y: zoom.y + by.y }, picture, screen);
}

/** No edge of the picture comes further in than the edge of the screen; what fits stays in the middle. */
function held({ scale, x, y }: Zoom, picture: Area, screen: Area): Zoom {
  return {
    scale,
    x: within(x, (picture.width * scale - screen.width) / 2),
    y: within(y, (picture.height * scale - screen.height) / 2),
  };
}

function within(value: number, most: number): number {
  // `+ 0` makes no zero negative.
  return most <= 0 ? 0 : Math.min(most, Math.max(-most, value)) + 0;
}

/** The size at which all of the picture is seen. A small picture is not enlarged. */
export function fitted(picture: Area, screen: Area): Area {
  const scale = Math.min(1, screen.width / picture.width, screen.height / picture.height);
  return { width: picture.width * scale, height: picture.height * scale };
}
