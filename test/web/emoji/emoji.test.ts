import { beforeEach, describe, expect, test } from "vitest";
import { fold } from "../../../core/text/fold.ts";
import { emoji as reaction } from "../../../schema/emoji.ts";
import { packed } from "../../../web/emoji-data.ts";
import { emojiQueryAt, found, toned, unpacked, wholeName } from "../../../web/emoji/emoji.ts";
import { columns, emojiAt, gridRows, moved, rowOf } from "../../../web/emoji/grid.ts";
import { chooseTone, noteUsed, quickMax, quickOf, usedOf } from "../../../web/emoji/recent.ts";

const all = unpacked(packed("en"));
const names = (query: string) => found(all, query).map(({ emoji }) => emoji);

describe("[W85] the picker's emoji", () => {
  test("are all of Unicode's, each in the form that the server keeps, in every tone", () => {
    const forms = all.flatMap(({ emoji, tones }) => [emoji, ...tones]);
    expect(forms.length).toBeGreaterThan(3_000);
    expect(forms.filter((form) => reaction.safeParse(form).data !== form)).toEqual([]);
    expect(new Set(forms).size).toBe(forms.length);
    expect(all.filter(({ tones }) => tones.length > 0 && tones.length !== 5)).toEqual([]);
  });

  test("have names that are folded as searches are, in each language", () => {
    for (const language of ["en", "es", "zh", "ar"]) {
      const rows = packed(language);
      expect(rows.length).toBe(all.length);
      expect(rows.filter(([, name, words]) => fold(words) !== words || name === "")).toEqual([]);
    }
  });

  test("are found by name, by words, by shortcodes and by themselves, the closest first", () => {
    expect(names("fire")[0]).toBe("🔥");
    expect(names("hear")[0]).toBe("❤️");
    expect(names("tada")[0]).toBe("🎉");
    expect(names("+1")[0]).toBe("👍");
    expect(names("thumbs_up")[0]).toBe("👍");
    expect(names("face joy")).toContain("😂");
    expect(names("🚀")).toEqual(["🚀"]);
    expect(names("  ")).toHaveLength(all.length);
    expect(names("no such thing at all")).toEqual([]);
    expect(found(unpacked(packed("zh")), "笑").length).toBeGreaterThan(5);
    expect(found(unpacked(packed("es")), "corazon").length).toBeGreaterThan(5);
    expect(found(unpacked(packed("ar")), "قلب").length).toBeGreaterThan(5);
    expect(found(unpacked(packed("ar")), "heart").length).toBeGreaterThan(0);
  });

  test("are completed from a colon and a name, and only there", () => {
    expect(emojiQueryAt("well :smi", 9)).toEqual({ at: 5, typed: "smi" });
    expect(emojiQueryAt(":smi", 4)).toEqual({ at: 0, typed: "smi" });
    for (const text of ["at 10:30", "https://x", ":s", "a:smile", ": smile"])
      expect(emojiQueryAt(text, text.length)).toBeNull();
    expect(wholeName(all, "so :heart:", 10)).toMatchObject({ at: 3, emoji: { emoji: "❤️" } });
    expect(wholeName(all, "so :nothing:", 12)).toBeNull();
  });

  test("take the tone of the skin where they have one", () => {
    const [wave, fire] = [all.find(({ emoji }) => emoji === "👋"), all.find(({ emoji }) => emoji === "🔥")];
    if (wave === undefined || fire === undefined) throw new Error("unknown");
    expect([toned(wave, 0), toned(wave, 5), toned(fire, 5)]).toEqual(["👋", "👋🏿", "🔥"]);
  });
});

test("[W85] the arrow keys lead through the rows of the picker, over titles and to the end of a short row", () => {
  const [first, second] = [all.slice(0, columns + 2), all.slice(100, 103)];
  const rows = gridRows([
    { name: "recent", emoji: [] },
    { name: "smileys", emoji: first },
    { name: "people", emoji: second },
  ]);
  expect(rows.map(({ kind }) => kind)).toEqual(["title", "emoji", "emoji", "title", "emoji"]);
  expect(moved(rows, 5, "down")).toBe(columns + 1);
  expect(moved(rows, columns + 1, "down")).toBe(columns + 3);
  expect(moved(rows, columns + 3, "up")).toBe(columns + 1);
  expect(moved(rows, 0, "before")).toBe(0);
  expect(moved(rows, columns + 4, "next")).toBe(columns + 4);
  expect(moved(rows, columns + 1, "next")).toBe(columns + 2);
  expect(emojiAt(rows, columns + 2)).toBe(second[0]);
  expect(rowOf(rows, columns + 2)).toBe(4);
  expect(moved(gridRows([]), 3, "down")).toBe(0);
});

describe("[W85] emoji used of late", () => {
  beforeEach(() => {
    for (const emoji of ["🎈", "🚀"]) noteUsed("u_a", emoji);
  });

  test("come first among the quick reactions of their account, each once", () => {
    expect(quickOf(usedOf("u_a").getSnapshot())).toEqual(["🚀", "🎈", "👍", "❤️", "😂", "😮"]);
    noteUsed("u_a", "👍");
    expect(quickOf(usedOf("u_a").getSnapshot()).slice(0, 3)).toEqual(["👍", "🚀", "🎈"]);
    expect(quickOf(usedOf("u_b").getSnapshot())).toHaveLength(quickMax);
    expect(quickOf(usedOf("u_b").getSnapshot())[0]).toBe("👍");
  });

  test("are few, and the tone is kept beside them", () => {
    chooseTone("u_a", 3);
    for (const { emoji } of all.slice(0, 60)) noteUsed("u_a", emoji);
    const { recent, tone } = usedOf("u_a").getSnapshot();
    expect([recent.length, tone]).toEqual([24, 3]);
  });
});
