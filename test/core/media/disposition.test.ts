/** Under which name a file is stored, and which files a browser may show. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { dispositionOf, isShown } from "../../../core/media/disposition.ts";

test("[S29] only raster pictures, sounds and videos are shown; everything else is only ever downloaded", () => {
  for (const type of ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "audio/ogg", "video/mp4"])
    expect(isShown(type), type).toBe(true);
  const never = ["image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "application/pdf", "", "image/"];
  for (const type of [...never, "application/octet-stream", "image/png; x", "video/mp4\n", "text/plain", "IMAGE/PNG"])
    expect(isShown(type), type).toBe(false);
});

test("[S29] a name goes out as RFC 6266 and RFC 8187 write it", () => {
  expect(dispositionOf("image/png", "cat.png")).toBe(`inline; filename="cat.png"; filename*=UTF-8''cat.png`);
  expect(dispositionOf("text/html", `a "b" 100%.html`)).toBe(
    `attachment; filename="a _b_ 100_.html"; filename*=UTF-8''a%20%22b%22%20100%25.html`,
  );
  expect(dispositionOf("application/zip", "Grüße (1)*'.zip")).toBe(
    `attachment; filename="Gr__e (1)*'.zip"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%281%29%2A%27.zip`,
  );
});

test("[S29] whatever a name is, the header is one line of ASCII, and the name can be read back from it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (name) => {
      const header = dispositionOf("application/zip", name);
      expect(header).toMatch(/^attachment; filename="[ !#$&-[\]-~]*"; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]*$/);
      expect(decodeURIComponent(header.slice(header.indexOf("UTF-8''") + 7))).toBe(name);
    }),
  );
});
