import { describe, expect, it } from "vitest";
import { rgbaToThumbHash } from "thumbhash";
import { toBase64 } from "../../../web/media/base64.ts";
import { within } from "../../../web/media/canvas.ts";
import { placeholderOf } from "../../../web/media/placeholder.ts";
import { isHeic } from "../../../web/media/picture.ts";
import { familyOf } from "../../../web/media/prepare.ts";
import { peaksOf } from "../../../web/media/sound.ts";
import { attachmentsPx, isPicture, pictureSize } from "../../../web/conversation/message/attachments/layout.ts";
import { attachmentsText, messageLine } from "../../../web/media/line.ts";
import { bytesText } from "../../../web/texts/formats.ts";

const picture = (width: number | null, height: number | null) => ({ kind: "image", width, height }) as const;

describe("[W75] what is known of files before and after they are sent", () => {
  it("an SVG is no picture, and HEIC is known by its type or its name", () => {
    const family = (type: string, name = "a") => familyOf({ type, name });
    expect(
      ["image/png", "image/svg+xml", "video/mp4", "audio/ogg", "text/html", ""].map((type) => family(type)),
    ).toEqual(["picture", "other", "video", "sound", "other", "other"]);
    expect([isHeic({ type: "image/heic", name: "x" }), isHeic({ type: "", name: "IMG_1.HEIC" })]).toEqual([true, true]);
    expect(family("", "IMG_1.HEIC")).toBe("picture");
  });

  it("a picture is scaled down and never up, and no side vanishes", () => {
    expect(within({ width: 4_000, height: 3_000 }, 1_280)).toEqual({ width: 1_280, height: 960 });
    expect(within({ width: 100, height: 50 }, 1_280)).toEqual({ width: 100, height: 50 });
    expect(within({ width: 60_000, height: 2 }, 100)).toEqual({ width: 100, height: 1 });
  });

  it("the peaks of a sound are as many as asked, in relation to the loudest", () => {
    const samples = Float32Array.from({ length: 6_400 }, (_, i) => (i < 3_200 ? 0.1 : -0.4));
    const peaks = peaksOf(samples);
    expect([peaks.length, peaks[0], peaks[63]]).toEqual([64, 64, 255]);
    expect(peaksOf(new Float32Array(0), 4)).toEqual([0, 0, 0, 0]);
    expect(peaksOf(new Float32Array(3), 4)).toEqual([0, 0, 0, 0]);
  });

  it("the room of a picture follows from its size alone, and is never more than the bubble nor less than a finger", () => {
    expect(pictureSize(picture(1_600, 900))).toEqual({ width: 320, height: 180 });
    expect(pictureSize(picture(900, 1_600))).toEqual({ width: 203, height: 360 });
    expect(pictureSize(picture(10, 65_535))).toEqual({ width: 96, height: 360 });
    expect(pictureSize(picture(1, 1))).toEqual({ width: 96, height: 96 });
    expect([isPicture(picture(1, 1)), isPicture(picture(null, null)), isPicture(picture(0, 5))]).toEqual([
      true,
      false,
      false,
    ]);
    expect(attachmentsPx([picture(1_600, 900)])).toBe(180);
    expect(attachmentsPx([picture(1, 1), picture(1, 1), picture(1, 1)])).toBe(304);
    expect(attachmentsPx([{ kind: "file", width: null, height: null }])).toBe(58);
    expect(attachmentsPx([])).toBe(0);
  });

  it("a placeholder is drawn from a thumbhash, and not from what others wrote in its place", () => {
    const hash = toBase64(rgbaToThumbHash(2, 2, new Uint8Array(16).fill(200)));
    expect(placeholderOf(hash)).toMatch(/^data:image\/png;base64,/);
    expect(placeholderOf(null)).toBeUndefined();
    for (const bad of ["", "!", "AA==", "AAAA"]) expect(placeholderOf(bad)).toBeUndefined();
  });

  it("a line names what a message has where it has no text", () => {
    const named = (kind: "image" | "video" | "voice" | "audio" | "file", name = "a.bin") => ({ kind, name });
    expect(attachmentsText([])).toBe("");
    expect(attachmentsText([named("image")])).toBe("Picture");
    expect(attachmentsText([named("image"), named("image")])).toBe("2 pictures");
    expect(attachmentsText([named("voice")])).toBe("Voice message");
    expect(attachmentsText([named("file", "plan.pdf")])).toBe("plan.pdf");
    expect(attachmentsText([named("file"), named("image")])).toBe("2 files");
    expect(messageLine({ text: "hello", attachments: [named("image")] })).toBe("hello");
    expect(messageLine({ text: "", attachments: [named("video")] })).toBe("Video");
    expect([bytesText(900), bytesText(3_400_000)]).toEqual(["900 bytes", "3.4 MB"]);
  });
});
