import { expect, test } from "vitest";
import { formatMark, marked } from "../../../web/conversation/composer/writing/format-keys.ts";

const none = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };

test("[W88] Ctrl or ⌘ with a letter formats, and nothing else does", () => {
  expect(formatMark({ ...none, ctrlKey: true, key: "b" })).toBe("*");
  expect(formatMark({ ...none, metaKey: true, key: "i" })).toBe("_");
  expect(formatMark({ ...none, ctrlKey: true, shiftKey: true, key: "X" })).toBe("~");
  expect(formatMark({ ...none, ctrlKey: true, key: "e" })).toBe("`");
  // Ctrl and X cuts, and a letter alone is written.
  for (const key of [
    { ...none, ctrlKey: true, key: "x" },
    { ...none, key: "b" },
    { ...none, ctrlKey: true, altKey: true, key: "e" },
    { ...none, ctrlKey: true, metaKey: true, key: "b" },
  ])
    expect(formatMark(key)).toBeNull();
});

test("[W88] marks are put around the words, taken away again, and begun where nothing is selected", () => {
  const once = marked({ text: "a big day", from: 2, to: 6 }, "*");
  expect(once).toEqual({ text: "a *big* day", from: 3, to: 6 });
  expect(marked(once, "*")).toEqual({ text: "a big day", from: 2, to: 5 });
  expect(marked({ text: "a *big* day", from: 2, to: 7 }, "*").text).toBe("a big day");
  expect(marked({ text: "so ", from: 3, to: 3 }, "_")).toEqual({ text: "so __", from: 4, to: 4 });
  expect(marked({ text: "one\n\n two", from: 0, to: 9 }, "~").text).toBe("~one~\n\n ~two~");
  expect(marked({ text: "$& $1", from: 0, to: 5 }, "`").text).toBe("`$& $1`");
});
