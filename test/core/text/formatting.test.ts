import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type TextBlock, blocksOf, type TextInline, unmarked } from "../../../core/text/formatting.ts";
import { textSpans } from "../../../core/text/text-spans.ts";
import { cpuMsOf } from "../../rig/cpu-time.ts";

const short = { bold: "b", italic: "i", strike: "s", code: "c" } as const;

/** `<b>…</b>` for marks, and one line for each block. */
function shown(text: string): string {
  const write = (inlines: readonly TextInline[]): string =>
    inlines
      .map((each) => {
        if (each.kind === "text") return text.slice(each.from, each.to);
        return `<${short[each.kind]}>${write(each.children)}</${short[each.kind]}>`;
      })
      .join("");
  const line = (block: TextBlock): string => {
    if (block.kind === "codeBlock") return `[${text.slice(block.code.from, block.code.to)}]`;
    if (block.kind !== "list") return (block.kind === "quote" ? "> " : "") + write(block.children);
    return block.items.map((item, i) => `${block.start === null ? "-" : block.start + i} ${write(item)}`).join(" / ");
  };
  return blocksOf(text, textSpans(text)).map(line).join("\n");
}

describe("a text is formatted by its marks", () => {
  test.each([
    ["*bold* _italic_ ~gone~ `code`", "<b>bold</b> <i>italic</i> <s>gone</s> <c>code</c>"],
    ["**bold** ~~gone~~", "<b>bold</b> <s>gone</s>"],
    ["*bold and _both_*", "<b>bold and <i>both</i></b>"],
    ["_*both*_!", "<i><b>both</b></i>!"],
    ["(*yes*), “_so_”", "(<b>yes</b>), “<i>so</i>”"],
    ["你好*世界*再见", "你好<b>世界</b>再见"],
    ["*مرحبا* שלום", "<b>مرحبا</b> שלום"],
    ["`*not*` *`so`*", "<c>*not*</c> <b><c>so</c></b>"],
  ])("[W70] %s", (text, wanted) => {
    expect(shown(text)).toBe(wanted);
  });

  test.each([
    "2*3*4 = 24",
    "snake_case_name and __init__",
    "alone * and * again",
    "*not closed",
    "not opened*",
    "a * b * c",
    "*over\nlines*",
    "***",
    "~ ~",
    "``",
    "``````",
    "5 > 3",
    ">",
    "-5 degrees",
    "1.5 litres",
    "2026. ",
  ])("%s stays as it is", (text) => {
    expect(shown(text)).toBe(text);
  });

  test("marks that cross are closed by the outer one", () => {
    expect(shown("*a _b* c_")).toBe("<b>a _b</b> c_");
  });

  test("[W70] links and mentions are whole", () => {
    expect(shown("_see https://example.org/a_b_c now_")).toBe("<i>see https://example.org/a_b_c now</i>");
    expect(shown("@ana_maria_ *@bo_x*")).toBe("@ana_maria_ <b>@bo_x</b>");
  });

  test("[W70] lines make quotes and lists", () => {
    expect(shown("> one\n> *two*\nafter")).toBe("> one\n<b>two</b>\nafter");
    expect(shown("buy:\n- milk\n* bread\nthat's all")).toBe("buy:\n- milk / - bread\nthat's all");
    expect(shown("1. first\n2. second\n4. other")).toBe("1 first / 2 second\n4 other");
  });

  test("a block of code is as it was written", () => {
    expect(shown("look:\n```\nlet *a* = 1;\n\n- b\n```\nnice")).toBe("look:\n[let *a* = 1;\n\n- b]\nnice");
    expect(shown("```one``` and ```two```")).toBe("[one]\n and \n[two]");
    expect(shown("```never closed *b*")).toBe("```never closed <b>b</b>");
  });

  test("[W70] previews show the text without its marks", () => {
    expect(unmarked("*Dinner* at _eight_?\n> yes\n- wine")).toBe("Dinner at eight?\nyes\n• wine");
    expect(unmarked("2*3*4")).toBe("2*3*4");
  });
});

test("what is shown is the text without some marks, in its order, whatever is written", () => {
  const part = fc.constantFrom(
    "*",
    "_",
    "~",
    "`",
    "```",
    " ",
    "\n",
    "a",
    "東",
    "> ",
    "- ",
    "1. ",
    "2. ",
    "👍🏽",
    "**",
    "@bo",
    "https://x.org/_a_",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
      const text = parts.join("");
      let at = 0;
      const walk = (inlines: readonly TextInline[]) => {
        for (const each of inlines) {
          if (each.kind !== "text") {
            walk(each.children);
            continue;
          }
          expect(each.from).toBeGreaterThanOrEqual(at);
          expect(each.to).toBeGreaterThan(each.from);
          expect(text.slice(at, each.from)).toMatch(/^[*_~`>\-\s\d.]*$/);
          at = each.to;
        }
      };
      for (const block of blocksOf(text, textSpans(text))) {
        if (block.kind === "codeBlock") walk([block.code]);
        else if (block.kind === "list") for (const item of block.items) walk(item);
        else walk(block.children);
      }
      expect(text.slice(at)).toMatch(/^[*_~`>\-\s\d.]*$/);
    }),
    { numRuns: 2_000 },
  );
});

test("the work does not grow with the square of the length", () => {
  for (const piece of [
    "*a ",
    "_*~",
    "`",
    "```",
    "*_a_ ",
    "> *",
    "1. _\n",
    "*\n",
    "**a* ",
    "~_*a",
    "```a```x",
    "``` ```",
  ]) {
    const [small, large] = [2_000, 32_000].map((times) => {
      const text = piece.repeat(times);
      // The quickest of some runs: in the first ones the code is not compiled yet.
      const runs = Array.from({ length: 4 }, () => cpuMsOf(() => blocksOf(text)));
      return Math.min(...runs);
    });
    // Sixteen times the text; a work that grew with the square would take 256 times as long.
    expect(large ?? 0, piece).toBeLessThan(Math.max(400, (small ?? 0) * 120));
  }
});
