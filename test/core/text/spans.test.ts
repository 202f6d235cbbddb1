import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { userId } from "../../../schema/ids.ts";
import { handlesIn, mentionQueryAt, textSpans } from "../../../core/text/text-spans.ts";
import { mentionedIn } from "../../../web/conversation/sending.ts";
import { partsOf } from "../../../web/conversation/message/text/text-parts.ts";
import { cpuMsOf } from "../../rig/cpu-time.ts";

/** The spans of a text, as `kind:what stands there`. */
function found(text: string): string[] {
  return textSpans(text).map(({ kind, from, to }) => `${kind}:${text.slice(from, to)}`);
}

describe("mentions", () => {
  test.each([
    "@bob",
    "hello @bob, come",
    "(@bob)",
    "“@bob”",
    "cc:@bob",
    "-@bob",
    "@BOB",
    "@bob.",
    "@bob...",
    "@bob's boat",
    "你好@bob",
    "こんにちは@bobさん",
    "밥아@bob님",
    "สวัสดี@bob",
    "がが\u3099@bob",
    "，@bob",
    "❤\uFE0F@bob",
    "1\uFE0F\u20E3@bob",
    "a \u200B@bob\u200B",
    "@bob😀",
    "＠bob",
    "https://e.org，@bob",
    "https://e.org @bob",
  ])("%s mentions bob", (text) => {
    expect([...handlesIn(text)]).toEqual(["bob"]);
  });

  test.each([
    "info@bob",
    "info@bob.example",
    "git@bob:repo",
    "https://x/@bob/y",
    "https://x.example/?to=@bob",
    "http://@bob",
    "www.x.example/@bob",
    "mailto:@bob",
    "é@bob",
    "e\u0301@bob",
    "n\u0303@bob",
    "a\u200B@bob",
    "ж@bob",
    "7@bob",
    "_@bob",
    "ana-@bob",
    "a.@bob",
    "src/@bob",
    "\\@bob",
    "@@bob",
    "@bobé",
    "@bobe\u0301",
    "@bob\u0301",
    "@bobж",
    "@bob@social.example",
    "@bob_x",
    "@bob.x",
    "@bob.é",
    "@_bob",
    "@ bob",
    `@bob${"b".repeat(30)}`,
    "@\u212Abob",
    "@bo",
  ])("%s does not mention bob", (text) => {
    expect([...handlesIn(text)].filter((handle) => handle !== "bob.x" && handle !== "bob_x")).toEqual([]);
  });

  test.each([
    ["@प्रि", "प्रि"],
    ["x @ก้อ", "ก้อ"],
    ["@தமிழ்", "தமிழ்"],
    ["@İl", "i̇l"],
    ["@", ""],
    ["你好@bo", "bo"],
  ])("%s asks for those who begin with %s", (text, typed) => {
    expect(mentionQueryAt(text, text.length)).toEqual({ at: text.search("@"), typed });
  });

  test("the caret in the middle asks for what stands before it", () => {
    expect(mentionQueryAt("see @bob there", 7)).toEqual({ at: 4, typed: "bo" });
    expect(mentionQueryAt("see @bob there", 9)).toBeNull();
  });

  const handles = ["bob", "bo_b", "b.o.b", "ana"];
  const pieces = fc.constantFrom(
    ...handles.map((handle) => `@${handle}`),
    ..."@ ＠ . / : _ - + % ( ) é 你 の ー 한 ก ❤ ️ ​ ‍ ́ ̃ ゙ 😀 b ж 7 , ， 。 “ ” \n".split(" "),
    " ",
    "https://",
    "http://x/",
    "www.",
    "x.example",
    "mailto:",
    "bob",
    "İ",
  );
  const texts = fc.array(pieces, { maxLength: 14 }).map((own) => own.join(""));
  const members = handles.map((handle) => ({ id: userId.parse(`u_${handle}`), handle }));
  const mentioned = new Map(members.map(({ id, handle }) => [handle, id]));

  test(
    "[W9] the users who are alerted, the mentions that are shown and those that are completed are the same",
    { timeout: 60_000 },
    () => {
      fc.assert(
        fc.property(texts, (text) => {
          const shown = partsOf(text, mentioned);
          expect(shown.map((part) => part.text).join("")).toBe(text);
          const shownIds = shown.flatMap((part) => (part.kind === "mention" ? [part.userId] : []));
          expect(mentionedIn(text, members).toSorted()).toEqual([...new Set(shownIds)].toSorted());
          for (const span of textSpans(text)) {
            if (span.kind === "mention")
              expect(mentionQueryAt(text, span.to)).toEqual({ at: span.from, typed: span.handle });
          }
        }),
        { numRuns: 3_000 },
      );
    },
  );

  test("[W9] what is completed is a mention, wherever the caret was", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const query = mentionQueryAt(before, before.length);
        if (query === null) return;
        const text = `${before.slice(0, query.at)}@bob ${after}`;
        expect(textSpans(text)).toContainEqual({ kind: "mention", from: query.at, to: query.at + 4, handle: "bob" });
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("links", () => {
  test.each([
    ["(https://e.org/Foo_(bar))", "link:https://e.org/Foo_(bar)"],
    ["https://e.org/Foo_(bar)", "link:https://e.org/Foo_(bar)"],
    ["[https://e.org/a[1]]", "link:https://e.org/a[1]"],
    ["(see https://e.org).", "link:https://e.org"],
    ["“https://e.org/x”", "link:https://e.org/x"],
    ["‘https://e.org/x’", "link:https://e.org/x"],
    ["«https://e.org»", "link:https://e.org"],
    ["'https://e.org/it's'", "link:https://e.org/it's"],
    ["https://e.org/x。然后", "link:https://e.org/x"],
    ["https://e.org。谢谢", "link:https://e.org"],
    ["https://example。org/", "link:https://example。org/"],
    ["见https://e.org，然后", "link:https://e.org"],
    ["「https://e.org/字」", "link:https://e.org/字"],
    ["（https://e.org/a）", "link:https://e.org/a"],
    ["http://[2001:db8::1]/", "link:http://[2001:db8::1]/"],
    ["http://[2001:db8::1]", "link:http://[2001:db8::1]"],
    ["https://e.org/\u200B", "link:https://e.org/"],
    ["https://e.org/x\uFEFF\u2060.", "link:https://e.org/x"],
    ["www.e.org", "www:www.e.org"],
    ["WWW.e.org/x).", "www:WWW.e.org/x"],
    ["看www.e.org", "www:www.e.org"],
    ["ana@e.org", "mail:ana@e.org"],
    ["<ana.b+c@mail.e-x.org>,", "mail:ana.b+c@mail.e-x.org"],
    ["邮箱ana@e.org。", "mail:ana@e.org"],
    ["mailto:ana@e.org?subject=hi", "link:mailto:ana@e.org?subject=hi"],
  ])("[W10] in %s stands %s", (text, span) => {
    expect(found(text)).toEqual([span]);
  });

  test.each([
    "www.",
    "www.e",
    "www..e.org",
    "xwww.e.org",
    "https://",
    "https://.",
    "mailto:",
    "ana@",
    "ana@e",
    "ana@e.org:repo",
    "éna@e.org",
    // A mail program would read it as two addresses.
    "x%2Cana@e.org",
    "@bob@e.org",
    `${"a".repeat(70)}@e.org`,
    `ana@${"e.".repeat(200)}org`,
    "e.org",
  ])("in %s stands nothing", (text) => {
    expect(found(text)).toEqual([]);
  });

  test("links without a scheme lead where they say", () => {
    const hrefs = partsOf("www.e.org/x ana@e.org", new Map()).flatMap((part) =>
      part.kind === "link" ? part.href : [],
    );
    expect(hrefs).toEqual(["https://www.e.org/x", "mailto:ana@e.org"]);
  });

  // Eight times the text in eight times the time; a quadratic walk takes 64 times it, which here is seconds. Measured again where other
  // programs may have been in between.
  test("[W10] the time is linear for any input", { timeout: 60_000 }, () => {
    const units = [
      "a",
      "@",
      "a@",
      "@a",
      "@bob",
      "a.",
      "a-",
      "a@a.",
      "@\u200B",
      "\u200B@bob\u200B",
      "\u0301",
      "(",
      ")",
      ".",
      "\u200B",
      "。",
      "。a",
      ",www.",
      "www.a.b,",
      "www.",
      "http://",
      "http://a.b(",
      "https://a.b ",
      "mailto:",
      ",mailto:",
      "mailto:,",
      "@_",
      "@.",
      "a@b.c:",
      "\uD800",
      "😀",
      "你@",
      "a%+@",
    ];
    const prefixes = ["", "http://e.org/", "www.e.org/", "a@", "mailto:"];
    const timeOf = (text: string) => cpuMsOf(() => [textSpans(text), mentionQueryAt(text, text.length)]);
    const isLinear = (ofLength: (length: number) => string) => {
      const [small, large] = [ofLength(12_500), ofLength(100_000)];
      for (let round = 0; round < 5; round++) if (timeOf(large) < 16 * Math.max(timeOf(small), 5)) return true;
      return false;
    };
    const slow = prefixes.flatMap((prefix) =>
      units
        .filter((unit) => !isLinear((length) => `${prefix}${unit.repeat(length / unit.length)}x`))
        .map((unit) => ({ prefix, unit })),
    );
    expect(slow).toEqual([]);
  });
});
