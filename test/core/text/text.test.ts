import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deviceLabel, signUp } from "../../../schema/http/account/accounts.ts";
import { conversationPatch, groupDraft } from "../../../schema/http/conversation/conversations.ts";
import { mePatch } from "../../../schema/http/account/me.ts";
import {
  bio,
  cleanText,
  draft,
  hasOpenBidi,
  isBlank,
  messageText,
  name,
  title,
  trimmed,
} from "../../../schema/text.ts";
import { messageDraft } from "../../../schema/wire/send.ts";
import { parseWith } from "../../../schema/wire/frames/parse.ts";
import { cpuMsOf } from "../../rig/cpu-time.ts";

function shown(text: string): string {
  return Array.from(text, (character) => `U+${character.codePointAt(0)?.toString(16).toUpperCase()}`).join(" ");
}

const showNothing = [
  ...Array.from(" \t\n\r\u00A0\u1680\u2000\u2003\u200A\u2028\u2029\u202F\u205F\u3000"),
  ...Array.from("\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B\u180E\u180F"),
  ...Array.from("\u200B\u200C\u200D\u200E\u200F\u202A\u202C\u202E\u2060\u2064\u2066\u2069\u206A\u206F"),
  ...Array.from("\u2800\u3164\uFE00\uFE0E\uFE0F\uFEFF\uFFA0\uFFF0\uFFFF\u007F"),
  ...Array.from(
    "\u{1BCA0}\u{1D159}\u{1D173}\u{13430}\u{13441}\u{16FE4}\u{E0001}\u{E0020}\u{E007F}\u{E0100}\u{E01EF}\u{E0FFF}",
  ),
];
const refused = Array.from("\u0000\u0007\u0008\u000B\u000C\u001B\u001F\u0080\u0085\u009B\u009F\uFFF9\uFFFA\uFFFB");

function codeOf(schema: Parameters<typeof parseWith>[0], value: unknown): string {
  const judged = parseWith(schema, value);
  return judged.ok ? "fine" : judged.refusal.code;
}

describe("what shows nothing", () => {
  test("[S14] alone, doubled and mixed it is no message and no name", () => {
    const all = [...showNothing, ...showNothing.map((each) => each + each), showNothing.join("")];
    const taken = all.filter((text) => [messageText, name, title].some((schema) => codeOf(schema, text) === "fine"));
    expect(taken.map(shown)).toEqual([]);
    expect(isBlank("")).toBe(true);
  });

  test("with one character that shows, it is a message that is kept as it was sent", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...showNothing)), fc.array(fc.constantFrom(...showNothing)), (a, b) => {
        for (const letter of ["x", "é", "字", "👍", "\u0301", "ـ", "\u{1D15A}"]) {
          const text = a.join("") + letter + b.join("");
          expect(messageText.parse(text)).toBe(text);
        }
      }),
    );
  });
});

describe("what no text holds", () => {
  test.each(refused.map((character) => [shown(character), character]))(
    "[S14] %s is refused everywhere",
    (_, character) => {
      for (const text of [`a${character}b`, `${character}ab`, character]) {
        // At the ends of a name some of them are white space, and are cut.
        const isCut = ["\u000B", "\u000C", "\u0085"].includes(character) && text === `${character}ab`;
        expect(codeOf(messageText, text)).toBe("bad_request");
        if (!isCut) expect(codeOf(name, text)).toBe("bad_request");
        expect(codeOf(mePatch, { bio: text })).toBe("bad_request");
      }
    },
  );

  test("nor halves of surrogate pairs", () => {
    for (const text of ["a\uD800", "\uDC00a", "a\uDC00\uD800b"]) {
      for (const schema of [messageText, name, title]) expect(codeOf(schema, text)).toBe("bad_request");
    }
  });

  test("tab, line feeds and DEL are text, and so is every other assigned character", () => {
    for (const text of ["a\tb", "a\nb", "a\r\nb", "a\u007Fb", "a\u2028b", "a\u202Eb", "\u{10FFFD}"])
      expect(codeOf(messageText, text)).toBe("fine");
  });

  test("what the browser takes out beforehand is exactly that", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...refused, "\uD800", "a", "\n", "👍", "\u202E")), (characters) => {
        const clean = cleanText(characters.join(""));
        expect(codeOf(messageText, `x${clean}`)).toBe("fine");
        expect(clean.replaceAll("\uFFFD", "")).toBe(
          characters.filter((each) => !refused.includes(each) && each !== "\uD800").join(""),
        );
      }),
    );
  });
});

test.each([
  ["a message", messageText, 100_000],
  ["a name", name, 100],
  ["a title", title, 100],
  ["a bio", bio, 500],
  ["a draft", draft, 10_000],
] as const)("%s has a number of code points at most, however many bytes each has", (_, schema, max) => {
  for (const letter of ["a", "é", "字", "😀"]) {
    expect(codeOf(schema, letter.repeat(max))).toBe("fine");
    expect(codeOf(schema, letter.repeat(max + 1))).toBe("too_large");
  }
});

describe("a name", () => {
  test("[A14] is cut of white space at both ends, then counted, kept and answered", () => {
    expect(name.parse(" \t\u00A0\u3000\uFEFF\u0085\nAna  Maria\u2003\u2028\r\n ")).toBe("Ana  Maria");
    expect(name.parse(` ${"😀".repeat(100)} `)).toBe("😀".repeat(100));
    expect(codeOf(name, ` ${"😀".repeat(101)} `)).toBe("too_large");
    expect(codeOf(name, " ".repeat(1_000_000))).toBe("bad_request");
    expect(codeOf(name, "")).toBe("bad_request");
  });

  test("[A14] every field that is a name is one", () => {
    const spaced = "\u00A0 Ana \n";
    expect(signUp.body.parse({ handle: "ana", password: "long enough", name: spaced })).toMatchObject({ name: "Ana" });
    expect(deviceLabel.parse({ name: spaced, platform: spaced })).toEqual({ name: "Ana", platform: "Ana" });
    expect(mePatch.parse({ name: spaced })).toEqual({ name: "Ana" });
    expect(groupDraft.parse({ title: spaced, memberIds: [] })).toMatchObject({ title: "Ana" });
    expect(conversationPatch.parse({ title: spaced })).toEqual({ title: "Ana" });
  });

  test.each(["\n", "\r", "\r\n", "\u0085", "\u2028", "\u2029", "\u000B", "\u000C"])("holds no line feed %j", (feed) => {
    expect(codeOf(name, `Ana${feed}Maria`)).toBe("bad_request");
    expect(codeOf(title, `Ana${feed}Maria`)).toBe("bad_request");
  });

  test("trimming is linear: a million spaces within are looked at once", () => {
    const text = `a${" ".repeat(1_000_000)}b`;
    expect(cpuMsOf(() => expect(trimmed(text)).toBe(text))).toBeLessThan(500);
  });
});

describe("bidi controls in a name", () => {
  test.each([
    ["a", false],
    ["\u202Etxt.exe", true],
    ["\u202Etxt\u202C.exe", false],
    ["\u202A\u202Bx\u202C", true],
    ["\u202A\u202Bx\u202C\u202C", false],
    ["\u202Ex\u2069", true],
    ["\u2066x", true],
    ["\u2066x\u2069", false],
    ["\u2067x\u202C", true],
    ["\u2066\u202Ex\u2069", true],
    ["\u2066\u202Ex\u202C\u2069", false],
    ["\u202E\u2066x\u202C\u2069", true],
    ["x\u202C\u2069", false],
    ["\u200Ex\u200F\u061C", false],
  ])("%j leaves one open: %s", (line, isOpen) => {
    expect(hasOpenBidi(line)).toBe(isOpen);
    expect(codeOf(name, line)).toBe(isOpen ? "bad_request" : "fine");
    expect(codeOf(title, line)).toBe(isOpen ? "bad_request" : "fine");
    // A message is a block of its own, and is kept as it was sent.
    expect(messageDraft.parse({ clientId: "c", text: line }).text).toBe(line);
  });
});
