/** Uploads of people who mean no good: names that are paths, files that pretend, numbers that are none. Each gets one definite answer. */
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { uploadLimits } from "../../../schema/bounds/uploads.ts";
import type { ConversationId } from "../../../schema/ids.ts";
import { attachmentIds } from "../../../schema/wire/attachment.ts";
import { ask, type Caller, caller, must } from "../../rig/objects/door.ts";
import { foundDm } from "../../rig/objects/people.ts";
import { begin, png, received, sha256Of, someBytes, upload } from "../../rig/objects/media/uploads.ts";

let ana: Caller;
let id: ConversationId;

beforeAll(async () => {
  ana = await caller("ana");
  id = await foundDm(ana, await caller("bo"));
});

const codeOf = async (draft: Record<string, unknown>): Promise<string> => {
  const answer = await ask(ana, "POST", `/conversations/${id}/uploads`, {
    name: "a.bin",
    type: "",
    bytes: 1,
    ...draft,
  });
  if (answer.status !== 201) return String(answer.body["code"]);
  await must(204, ana, "DELETE", `/uploads/${String(answer.body["uploadId"])}`);
  return "ok";
};

describe("names", () => {
  const refused: [string, string][] = [
    ["a path", "../../etc/passwd"],
    ["a path of Windows", "..\\..\\boot.ini"],
    ["the folder", "."],
    ["the folder above", ".."],
    ["nothing", ""],
    ["an absolute path", "/etc/passwd"],
    ["a NUL", "a.png\0.exe"],
    ["a line feed", "a\r\nContent-Type: text/html"],
    ["an escape", "a\u001b[31m"],
    ["DEL", "a\u007f"],
    ["a C1 control", "a\u0085b"],
    ["text that is turned round", "photo\u202Egpj.exe"],
    ["an isolate", "a\u2066b\u2069"],
    ["a mark of direction", "a\u200Eb"],
    ["the Arabic mark", "a\u061Cb"],
    ["a lone surrogate", "a\ud800b"],
  ];
  test.each(refused)("[U8] %s is refused", async (_, name) => {
    expect(await codeOf({ name })).toBe("bad_request");
  });

  test.each([
    "…",
    "...",
    "a b",
    "con",
    "'; DROP TABLE uploads; --",
    "<img src=x onerror=alert(1)>.png",
    "%2e%2e%2f",
    "a\u200Db",
    "👩‍👩‍👧.jpg",
    "__proto__",
    "C:",
    "-rf",
    " ",
    "ﬁle",
  ])("%j is a name like others", async (name) => {
    expect(await codeOf({ name })).toBe("ok");
  });

  test("takes its bound and not one more, and so do the other fields", async () => {
    const { attachmentNameCodePointsMax: max, saidTypeCharactersMax, attachmentBytesMax } = uploadLimits;
    expect(await codeOf({ name: "👍".repeat(max) })).toBe("ok");
    expect(await codeOf({ name: "👍".repeat(max + 1) })).toBe("too_large");
    expect(await codeOf({ name: "a".repeat(100_000) })).toBe("too_large");
    expect(await codeOf({ type: "a".repeat(saidTypeCharactersMax) })).toBe("ok");
    expect(await codeOf({ type: "a".repeat(saidTypeCharactersMax + 1) })).toBe("too_large");
    expect(await codeOf({ bytes: attachmentBytesMax })).toBe("ok");
    expect(await codeOf({ bytes: attachmentBytesMax + 1 })).toBe("too_large");
    for (const bytes of [0, -1, 1.5, "5", null, 2 ** 60])
      expect(await codeOf({ bytes })).toMatch(/bad_request|too_large/);
    for (const sha256 of ["", "a".repeat(63), "A".repeat(64), "g".repeat(64)])
      expect(await codeOf({ sha256 })).toBe("bad_request");
    expect(await codeOf({ from: "x" })).toBe("not_found");
    expect(await codeOf({ from: "a/b" })).toBe("bad_request");
    const ids = Array.from({ length: uploadLimits.attachmentsPerMessageMax }, (_, at) => `a.${at}`);
    expect(attachmentIds.safeParse(ids).success).toBe(true);
    expect(attachmentIds.safeParse([...ids, "b"]).error?.issues[0]?.code).toBe("too_big");
    expect(attachmentIds.safeParse(["a", "a"]).error?.issues[0]?.code).toBe("custom");
  });
});

test("[U3] what is said at the end takes its bound and not one more", async () => {
  const uploadId = await received(ana, someBytes(20), { to: id });
  const code = async (said: Record<string, unknown>): Promise<unknown> => {
    const answer = await ask(ana, "POST", `/uploads/${uploadId}/complete`, said);
    return answer.status === 200 ? "ok" : answer.body["code"];
  };
  const wrong: Record<string, unknown>[] = [
    { width: 65_536 },
    { width: 0 },
    { height: -1 },
    { height: 1.5 },
    { width: "9" },
    { durationMs: -1 },
    { durationMs: 1e12 },
    { thumbhash: "a".repeat(41) },
    { thumbhash: "not base64!" },
    { thumbhash: "" },
    { waveform: Array.from({ length: 129 }, () => 0) },
    { waveform: [256] },
    { waveform: [-1] },
    { waveform: ["1"] },
    { waveform: "0,1" },
    { preview: 7 },
    { preview: "a b" },
  ];
  wrong.push({ alt: 7 }, { alt: "" }, { alt: " \u200B" }, { alt: "a\u0000b" }, { alt: "\ud800" });
  for (const said of wrong) expect(await code(said), JSON.stringify(said)).toBe("bad_request");
  expect(await code({ alt: "\u{1F600}".repeat(1_001) })).toBe("too_large");
  const most = {
    alt: "\u{1F600}".repeat(1_000),
    width: 65_535,
    height: 65_535,
    durationMs: 604_800_000,
    thumbhash: "a".repeat(40),
    waveform: Array.from({ length: 128 }, () => 255),
  };
  expect(await code(most)).toBe("ok");
});

describe("files", () => {
  const text = (value: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(value));
  const bomb = Uint8Array.from(gzipSync(new Uint8Array(10_000_000)));
  const huge = new Uint8Array(png);
  huge.set([0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff], 16);
  const files: [string, Uint8Array<ArrayBuffer>, string, string, string][] = [
    ["SVG that is said to be a picture", text('<svg onload="alert(1)"/>'), "image/png", "image/svg+xml", "file"],
    ["HTML that is said to be a film", text("<script>alert(1)</script>"), "video/mp4", "text/html", "file"],
    ["HTML that is said to be SVG", text("<!doctype html><p>"), "image/svg+xml", "text/html", "file"],
    ["a program that is said to be a picture", text("MZ\u0090"), "image/jpeg", "application/x-msdownload", "file"],
    ["a bomb", bomb, "image/png", "application/gzip", "file"],
    ["a picture that is said to be a page", png, "text/html", "image/png", "image"],
    ["a picture of two thousand million points", huge, "", "image/png", "image"],
    [
      "a picture with a script behind it",
      Uint8Array.from([...png, ...text("<script>alert(1)</script>")]),
      "",
      "image/png",
      "image",
    ],
    ["one byte", Uint8Array.from([0]), "image/png", "application/octet-stream", "file"],
  ];
  test.each(files)("[U3] %s is kept bit by bit, as what it is", async (_, bytes, said, type, kind) => {
    const attachment = await upload(ana, bytes, { to: id, type: said, name: "<b>.html" });
    expect(attachment).toMatchObject({ type, kind, sha256: sha256Of(bytes), bytes: bytes.length });
    await must(204, ana, "DELETE", `/uploads/${attachment.id}`);
  });

  test("[U3] sound with a waveform is a voice message, and nothing else is", async () => {
    const ogg = text("OggS\0\u0002");
    const waveform = [1, 2, 3];
    const [voice, film, plain] = [
      await upload(ana, ogg, { to: id, type: "audio/ogg" }, { waveform }),
      await upload(ana, ogg, { to: id, type: "video/ogg" }, { waveform }),
      await upload(ana, ogg, { to: id, type: "audio/ogg" }),
    ];
    expect([voice.kind, film.kind, plain.kind]).toEqual(["voice", "video", "audio"]);
  });

  test("more bytes than were declared never arrive", async () => {
    const { uploadId } = await begin(ana, 10, { to: id });
    expect(await must(200, ana, "GET", `/uploads/${uploadId}`)).toMatchObject({ received: [] });
    await expect(received(ana, someBytes(uploadLimits.previewBytesMax + 1), { to: id })).resolves.toBeDefined();
  });
});

test("[U3] a preview takes its bound and not one more", async () => {
  const padded = (length: number): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(length);
    bytes.set(png);
    return bytes;
  };
  const { previewBytesMax } = uploadLimits;
  const [large, most] = [
    await upload(ana, padded(previewBytesMax + 1), { to: id }),
    await upload(ana, padded(previewBytesMax), { to: id }),
  ];
  const file = await received(ana, someBytes(5), { to: id });
  expect((await ask(ana, "POST", `/uploads/${file}/complete`, { preview: large.id })).status).toBe(400);
  expect((await ask(ana, "POST", `/uploads/${file}/complete`, { preview: most.id })).status).toBe(200);
});
