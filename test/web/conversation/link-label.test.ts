import { describe, expect, test } from "vitest";
import { withoutLanguage } from "../../../web/conversation/message/text/code-language.ts";
import { isHonestHost } from "../../../web/conversation/message/text/link-label.ts";
import { partsOf } from "../../../web/conversation/message/text/text-parts.ts";

/** How the one link in a text is shown; null if there is none. */
function labelOf(text: string): string | null {
  const links = partsOf(`see ${text} there`, new Map()).filter((part) => part.kind === "link");
  expect(links.length).toBeLessThanOrEqual(1);
  const [link] = links;
  return link?.kind === "link" ? link.shown : null;
}

describe("[W8] how a link is shown", () => {
  test.each([
    "https://example.org",
    "https://Example.org/Path?q=a+b#c",
    "http://localhost:8787/#/join/x",
    "https://example.org/päth/字?ü=é",
    "https://bücher.example/x",
    "https://日本語.jp",
    "https://テスト-abc.jp",
    "https://例え.テスト",
    "https://한국.kr/",
    "https://правда.рф",
    "https://пример.com",
    "https://ελλάδα.gr",
    "https://ישראל.example",
    "https://xn--bcher-kva.example/",
    "https://[::1]:8787/",
    "mailto:ana@example.org?subject=hi",
    "mailto:ana@bücher.example",
  ])("%s is shown as it was written", (text) => {
    expect(labelOf(text)).toBe(text);
  });

  test.each([
    // A Cyrillic а in a Latin word, a whole word of Cyrillic letters that look Latin, a Greek ο.
    ["https://pаypal.com/x", "https://xn--pypal-4ve.com/x"],
    ["https://аррӏе.com", "https://xn--80ak6aa92e.com"],
    ["https://gοοgle.com:8080/a", "https://xn--ggle-0nda.com:8080/a"],
    // A phonetic ɡ, full-width letters, an ideographic dot, an invisible character, and letters that look like a slash.
    ["https://ɡoogle.com", "https://xn--oogle-qmc.com"],
    ["https://ｅｘａｍｐｌｅ.org", "https://example.org"],
    ["https://example。org/", "https://example.org/"],
    ["https://exam\u00ADple.org/", "https://example.org/"],
    ["https://bank.com∕login.example.org", "https://bank.xn--comlogin-0f7d.example.org"],
    ["https://bank.comノlogin.example.org", "https://bank.xn--comlogin-634g.example.org"],
    // Numbers are shown as the address that they mean.
    ["http://0x7f.1/", "http://127.0.0.1/"],
    ["http://2130706433", "http://127.0.0.1"],
    ["https://ex%61mple.org", "https://example.org"],
    // Characters that reverse the text after them, and invisible ones.
    ["https://example.org/\u202Egpj.exe", "https://example.org/%E2%80%AEgpj.exe"],
    ["https://example.org/a\u200B\u2066b?\u2069=\u061Cc", "https://example.org/a%E2%80%8B%E2%81%A6b?%E2%81%A9=%D8%9Cc"],
    ["https:///example.org/x", "https://example.org/x"],
    ["mailto:ana@pаypal.com", "mailto:ana@xn--pypal-4ve.com"],
    ["mailto:ana\u202E@example.org", "mailto:ana%E2%80%AE@example.org"],
  ])("%s is shown as %s", (text, label) => {
    expect(labelOf(text)).toBe(label);
  });

  test.each(["https://bank.example@evil.example/", "https://bank.example:443@evil.example", "https://a:b@c.example"])(
    "%s is no link",
    (text) => {
      expect(labelOf(text)).toBeNull();
    },
  );

  test("a link leads to the address that the browser makes of the written one", () => {
    const text = "https://pаypal.com/\u202Ex";
    expect(partsOf(text, new Map())).toEqual([
      {
        kind: "link",
        text,
        shown: "https://xn--pypal-4ve.com/%E2%80%AEx",
        href: "https://xn--pypal-4ve.com/%E2%80%AEx",
      },
    ]);
  });
});

test.each([
  ["example.org", true],
  ["a_b.example.org", true],
  ["ḃŭċħéř.example", true],
  ["tiếngviệt.vn", true],
  ["аррӏе.рф", true],
  ["中文ㄅ.tw", true],
  ["中文한글.kr", true],
  ["ひらがなㄅ.jp", false],
  ["abcд.org", false],
  ["aβ.org", false],
  ["дβ.org", false],
  ["عربيא.org", false],
  ["a\u0301\u0323.org", false],
  ["ⅷ.org", false],
  ["☃.net", false],
  ["😀.example", false],
  ["xǃ.example", false],
])("the look of %s is honest: %s", (host, isHonest) => {
  expect(isHonestHost(host)).toBe(isHonest);
});

test.each([
  ["js\nconst x = 1;", "const x = 1;"],
  ["TypeScript\nlet x;\n", "let x;\n"],
  ["yes\nor no", "yes\nor no"],
  ["js", "js"],
  ["js\n  \n", "js\n  \n"],
  ["go on", "go on"],
])("the name of a language is no part of the code %j", (code, shown) => {
  const text = `before ${code} behind`;
  const { from, to } = withoutLanguage(text, { kind: "text", from: 7, to: 7 + code.length });
  expect(text.slice(from, to)).toBe(shown);
});
