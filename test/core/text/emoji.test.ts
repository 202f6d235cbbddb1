import { describe, expect, test } from "vitest";
import { emoji, qualified } from "../../../schema/emoji.ts";

const isFine = (value: string) => emoji.safeParse(value).success;
const selector = "\uFE0F";

/** The value with each choice of its U+FE0F left out. */
function lessQualified(value: string): string[] {
  const [first = "", ...rest] = value.split(selector);
  return rest.reduce((forms, part) => forms.flatMap((form) => [form + part, form + selector + part]), [first]);
}

/** Every single character that Unicode calls an emoji. */
const singles = Array.from({ length: 0x1_ff_ff }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((character) => /\p{Emoji}/u.test(character));

describe("a reaction", () => {
  test("[S15] is one emoji, whichever its form, and comes out fully qualified", () => {
    const forms: [string, string][] = [
      ["❤", "❤️"],
      ["❤️", "❤️"],
      ["☕", "☕"],
      ["☕️", "☕"],
      ["👍", "👍"],
      ["👍️", "👍"],
      ["👍🏽", "👍🏽"],
      ["☝", "☝️"],
      ["☝🏽", "☝🏽"],
      ["☝️🏽", "☝🏽"],
      ["1⃣", "1️⃣"],
      ["#️⃣", "#️⃣"],
      ["🇩🇪", "🇩🇪"],
      ["🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
      ["🏳‍🌈", "🏳️‍🌈"],
      ["🏳‍⚧", "🏳️‍⚧️"],
      ["👁‍🗨", "👁️‍🗨️"],
      ["👁️‍🗨", "👁️‍🗨️"],
      ["❤‍🔥", "❤️‍🔥"],
      ["⛓‍💥", "⛓️‍💥"],
      ["🏃🏽‍♀‍➡", "🏃🏽‍♀️‍➡️"],
      ["🙂‍↔", "🙂‍↔️"],
      ["👩‍❤‍💋‍👨", "👩‍❤️‍💋‍👨"],
      ["🧑🏻‍❤️‍💋‍🧑🏿", "🧑🏻‍❤️‍💋‍🧑🏿"],
      ["👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"],
      ["🐻‍❄", "🐻‍❄️"],
      ["👨🏿‍🦰", "👨🏿‍🦰"],
      ["©", "©️"],
    ];
    expect(forms.map(([given]) => emoji.parse(given))).toEqual(forms.map(([, kept]) => kept));
  });

  test("every emoji of one character, of a pair and of a skin tone has one form, and its others lead to it", () => {
    const zwj = "\u200D";
    const tones = singles.flatMap((each) => (/\p{Emoji_Modifier_Base}/u.test(each) ? [`${each}🏽`] : []));
    const joined = [...singles, ...tones].flatMap((first) =>
      Array.from("♀♂⚕⚖✈❤➡↔↕❄☠⚧🗨🌈🔥💥🩹🦰🚀⬛🟫").map((second) => first + zwj + second),
    );
    const known = [...singles, ...tones, ...joined].map(qualified).filter(isFine);
    expect(known.length).toBeGreaterThan(1_700);
    const wrong = known.filter((each) => lessQualified(each).some((form) => emoji.safeParse(form).data !== each));
    expect(wrong).toEqual([]);
  });

  test.each([
    ["nothing", ""],
    ["a letter", "a"],
    ["a digit", "1"],
    ["a digit with a selector", "1️"],
    ["two", "👍👍"],
    ["one and a space", "👍 "],
    ["an emoji and a mark", "👍\u0301"],
    ["Zalgo on an emoji", `😀${"\u0301\u0323".repeat(8)}`],
    ["a tag sequence that no flag has", "🏴\u{E0061}\u{E0062}\u{E007F}"],
    ["a smiling face with tags", "😀\u{E0061}\u{E007F}"],
    ["an Arabic number sign before one", "\u0600👍"],
    ["a flag of nowhere", "🇦🇦"],
    ["half a flag", "🇩"],
    ["a skin tone on a rocket", "🚀🏽"],
    ["a join of what is not joined", "👍\u200D🚀"],
    ["a join with nothing", "👍\u200D"],
    ["a text selector", "❤\uFE0E"],
    ["a selector alone", "\uFE0F"],
    ["half a character", "\uD83D"],
    ["a name", "thumbsup"],
    ["a very long one", "👨‍👩‍👧‍👦".repeat(100_000)],
  ])("is not %s", (_, value) => {
    expect(isFine(value)).toBe(false);
  });
});
